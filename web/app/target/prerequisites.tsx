import type { TargetStatus } from '../../data/target-answers.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Empty } from '../../parts/states.tsx';
import styles from './target.module.css';

const looks = { ok: 'calm', warning: 'warning', failed: 'critical' } as const;

/** What the server needs to have, what was found, and what mends it. */
export function Prerequisites({ all }: { all: NonNullable<TargetStatus['prerequisites']> }) {
  if (all.length === 0)
    return <Empty title="Not checked yet">The server has not been reached.</Empty>;
  const worst = ['failed', 'warning', 'ok'];
  const sorted = all.toSorted((a, b) => worst.indexOf(a.verdict) - worst.indexOf(b.verdict));
  return (
    <ul className={styles.list}>
      {sorted.map(({ name, verdict, observed, remediation }) => (
        <li key={name}>
          <Mark tone={looks[verdict]} word={verdict} />
          <div>
            <strong>{name}</strong> {observed}
            {remediation && verdict !== 'ok' && (
              <CodeBlock text={remediation} label="copy the remedy" />
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
