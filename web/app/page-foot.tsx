import { Age } from '../parts/age.tsx';
import { CliLine } from '../parts/cli-line.tsx';
import { toServer } from '../parts/now.ts';
import styles from './page-foot.module.css';

/** Under every page: how old its figures are, and the command that tells or does the same. */
export function PageFoot(props: {
  command?: string | undefined;
  /** When they came, by this machine’s clock; left out where nothing ages. */
  at?: number | undefined;
}) {
  const { command, at } = props;
  return (
    <footer className={styles.foot}>
      {command && <CliLine command={command} />}
      {at !== undefined && at > 0 && (
        <span>
          asked <Age at={toServer(at)} />
        </span>
      )}
    </footer>
  );
}
