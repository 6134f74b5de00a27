import styles from './code-block.module.css';
import { CopyButton } from './copy-button.tsx';

/** What is to be run or read elsewhere, as it stands; `label` says what is copied. */
export function CodeBlock({ text, label }: { text: string; label: string }) {
  return (
    <pre className={styles.block}>
      {text}
      <CopyButton text={text} label={label} />
    </pre>
  );
}
