import { useInfiniteQuery } from '@tanstack/react-query';
import { asFailure } from '../../data/failure.ts';
import { pastStopsQuery } from '../../data/queries.ts';
import { scopeWords } from '../../data/stop-words.ts';
import { Age } from '../../parts/age.tsx';
import { Button } from '../../parts/button.tsx';
import { Failed } from '../../parts/states.tsx';
import styles from './stop.module.css';
import { didWords, endWords } from './stop-words.ts';

/** Stops that are over: who stopped what and why, what it did, and how it ended. */
export function PastStops() {
  const { data, error, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery(pastStopsQuery);
  const all = data?.pages.flatMap(({ items }) => items) ?? [];
  if (error) return <Failed what="Past stops cannot be shown." why={asFailure(error).message} />;
  if (!data) return null;
  return (
    <section aria-labelledby="past">
      <h2 id="past">Past stops</h2>
      {all.length === 0 && <p className={styles.soft}>There has been none that is remembered.</p>}
      <ul className={styles.past}>
        {all.map((stop) => (
          <li key={`${stop.id} ${stop.since}`}>
            <p>
              <b>{scopeWords(stop.scope)}</b> {stop.reason}
              {stop.by && <span className={styles.soft}> · asked for by {stop.by}</span>}
            </p>
            <p className={styles.soft}>
              began <Age at={stop.since} />, {endWords(stop)}
            </p>
            <p className={styles.soft}>{didWords(stop)}</p>
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button disabled={isFetching} onClick={() => void fetchNextPage()}>
          Earlier ones
        </Button>
      )}
    </section>
  );
}
