import styles from './cli-line.module.css';
import { CopyButton } from './copy-button.tsx';

/** The command that shows or does the same. */
export function CliLine({ command }: { command: string }) {
  return (
    <span className={styles.line}>
      <code>{command}</code>
      <CopyButton text={command} label="copy the command" />
    </span>
  );
}
