import { useId } from 'react';
import { Age } from '../../parts/age.tsx';
import { Button } from '../../parts/button.tsx';
import type { Kept } from './recent.ts';
import styles from './recent-plans.module.css';
import type { RecentPlans } from './use-recent.ts';

/** Plans that were read here before, and everything about keeping them. */
export function RecentList({ plans, onOpen }: { plans: RecentPlans; onOpen(kept: Kept): void }) {
  const { recent, stored, forget, forgetAll, turn } = plans;
  const id = useId();
  return (
    <section className={styles.recent} aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>Recent plans</h2>
        <label>
          <input
            type="checkbox"
            checked={recent.on}
            onChange={(event) => turn(event.target.checked)}
          />
          keep them in this browser
        </label>
        {recent.kept.length > 0 && (
          <Button kind="quiet" onClick={forgetAll}>
            Delete all
          </Button>
        )}
      </header>
      <p className={styles.where}>{whereOf(recent.on, stored, recent.kept.length)}</p>
      {recent.kept.length > 0 && (
        <ul>
          {recent.kept.map((kept) => (
            <li key={kept.id}>
              <button type="button" className={styles.open} onClick={() => onOpen(kept)}>
                <b>{kept.name}</b>
                <span>{kept.what}</span>
                <span className={styles.sentence}>{kept.sentence}</span>
                <span>
                  <Age at={kept.at} />
                </span>
              </button>
              <Button
                kind="quiet"
                icon="close"
                aria-label={`delete ${kept.name}`}
                onClick={() => forget(kept.id)}
              />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function whereOf(on: boolean, stored: boolean, count: number): string {
  if (!on) return 'Nothing is kept. Plans are gone when the page is closed.';
  if (!stored) return 'This browser gives the page no storage: plans are gone when it is closed.';
  return (
    `${count === 0 ? 'None yet. ' : ''}The last 20 stay in this browser’s local storage, ` +
    'without literals, until you delete them.'
  );
}
