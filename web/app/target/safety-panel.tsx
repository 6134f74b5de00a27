import type { TargetStatus } from '../../data/target-answers.ts';
import { CodeWord } from '../../parts/code-word.tsx';
import { Mark } from '../../parts/mark.tsx';
import styles from './target.module.css';

/** What stands between us and the database, and how much of its time we have taken. */
export function SafetyPanel({ safety }: { safety: NonNullable<TargetStatus['safety']> }) {
  const { statementTimeout, circuit, cause, brake, databaseTimeUsed } = safety;
  const released = brake === 'none' || brake === 'released';
  return (
    <section className={styles.panel}>
      <h2>Safety</h2>
      <dl className={styles.pairs}>
        <div>
          <dt title="Of our own statements; it adapts to what the server needs">
            statement timeout
          </dt>
          <dd>{statementTimeout}</dd>
        </div>
        <div>
          <dt title="Opens after failures in a row: cycles rest, then one tries">circuit</dt>
          <dd>
            <Mark tone={circuit === 'closed' ? 'calm' : 'warning'} word={circuit} />
            {cause && <CodeWord code={cause} />}
          </dd>
        </div>
        <div>
          <dt title="Holds cycles back while the server is in trouble">brake</dt>
          <dd>{released ? <Mark tone="calm" word="released" /> : <CodeWord code={brake} />}</dd>
        </div>
        <div>
          <dt title="Of the server’s time, by our own measurement">database time used</dt>
          <dd>{databaseTimeUsed}</dd>
        </div>
      </dl>
    </section>
  );
}
