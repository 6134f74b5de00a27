import { CliLine } from '../../parts/cli-line.tsx';
import { Empty } from '../../parts/states.tsx';
import styles from './fleet.module.css';

/** Nothing is collected yet: three lines to the first target. */
export function NoTargets() {
  return (
    <Empty title="No target yet">
      <p>A target is a database whose query plans are collected. Three steps to the first:</p>
      <ol className={styles.steps}>
        <li>
          Make a role that may look, and nothing more
          <CliLine command="dbintel prerequisites --print-sql" />
        </li>
        <li>
          Write a DatabaseTarget, and see whether it would work
          <CliLine command="dbintel validate orders.yaml --connect" />
        </li>
        <li>
          Apply it, or put it into the folder that standalone watches
          <CliLine command="kubectl apply -f orders.yaml" />
        </li>
      </ol>
      <p>Its first plans are here within a minute.</p>
    </Empty>
  );
}
