import type { Unasked } from '../../../src/analysis/examine.ts';
import styles from './result.module.css';
import { needWords } from './words.ts';

/** Rules that a plan alone is not enough for: what a connected collector would know. */
export function UnaskedRules({ unasked }: { unasked: readonly Unasked[] }) {
  if (unasked.length === 0) return null;
  return (
    <details className={styles.more}>
      <summary>
        More can be said where more is known: tables and their indexes, the server’s counters, the
        statement
      </summary>
      <p>
        Other rules look at these as well; dbintel collects them with each plan where it is
        connected to the server. Of this plan, these were not asked for lack of it:
      </p>
      <ul>
        {unasked.map(({ rule, missing }) => (
          <li key={rule}>
            <code>{rule}</code>{' '}
            {missing.length > 0
              ? missing.map((need) => needWords[need]).join('; ')
              : 'a plan with actual figures'}
          </li>
        ))}
      </ul>
    </details>
  );
}
