import { useMemo } from 'react';
import type { Plan } from '../../../src/model/plan.ts';
import { changeMarks, comparePlans } from '../../../src/render/compare.ts';
import styles from './changes.module.css';

/** What became of each step, what matters most first. */
const mostChanges = 40;

export function Changes({ before, after }: { before: Plan; after: Plan }) {
  const changes = useMemo(() => comparePlans(before, after), [before, after]);
  if (changes.length === 0) return <p>No step does anything else than before.</p>;
  return (
    <section className={styles.changes} aria-labelledby="what-changed">
      <h2 id="what-changed">What changed, step by step</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">change</th>
            <th scope="col">before</th>
            <th scope="col">after</th>
            <th scope="col" className={styles.number}>
              of its own
            </th>
          </tr>
        </thead>
        <tbody>
          {changes.slice(0, mostChanges).map((change) => (
            <tr key={`${change.kind} ${change.at}`}>
              <td className={styles.kind}>{changeMarks[change.kind]}</td>
              <td>{change.before}</td>
              <td>{change.after}</td>
              <td className={styles.number}>{change.figures}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {changes.length > mostChanges && <p>{changes.length - mostChanges} more.</p>}
    </section>
  );
}
