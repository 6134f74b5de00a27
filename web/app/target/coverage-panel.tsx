import { useQuery } from '@tanstack/react-query';
import { asFailure } from '../../data/failure.ts';
import type { CoverageAnswer } from '../../data/target-answers.ts';
import { coverageQuery, type TargetName } from '../../data/target-queries.ts';
import { CodeWord } from '../../parts/code-word.tsx';
import { CoverageBar } from '../../parts/coverage-bar.tsx';
import { shareWords } from '../../parts/share.ts';
import { span } from '../../parts/span.ts';
import { Spark } from '../../parts/spark.tsx';
import styles from './target.module.css';

/** Of how much of the database's time the plan is known, and why not of the rest. */
export function CoveragePanel(target: TargetName) {
  const { data, error } = useQuery(coverageQuery(target));
  const coded = Object.entries(data?.coded ?? {}).toSorted(([, a], [, b]) => b - a);
  const withReason = coded.reduce((sum, [, share]) => sum + share, 0);
  return (
    <section className={styles.panel}>
      <h2>Database time with a plan, last {data && data.cycles > 0 ? timeOf(data) : 'day'}</h2>
      {data && data.cycles > 0 ? (
        <>
          <div className={styles.figure}>
            <strong>{shareWords(data.explained)}</strong>
            {data.points.length > 1 && (
              <Spark
                values={data.points.map(({ explained }) => explained)}
                label={`share of database time with a plan, ${data.cycles} cycles`}
                wide
              />
            )}
          </div>
          <CoverageBar
            explained={data.explained}
            accountedFor={Math.min(1, data.explained + withReason)}
          />
          <dl className={styles.pairs}>
            {coded.slice(0, mostCodes).map(([code, share]) => (
              <div key={code}>
                <dt>
                  <CodeWord code={code} />
                </dt>
                <dd>{shareWords(share)}</dd>
              </div>
            ))}
            <div>
              <dt title="Ran, but could not be compared with the look before">unknown</dt>
              <dd>{shareWords(data.unknown)}</dd>
            </div>
          </dl>
        </>
      ) : (
        <p className={styles.soft}>
          {error ? asFailure(error).message : 'No cycle has counted yet.'}
        </p>
      )}
    </section>
  );
}
const mostCodes = 4;

/** Of cycles that are many, not all of the day are counted. */
const timeOf = ({ from, to }: CoverageAnswer): string =>
  to - from > 23 * 3_600_000 ? 'day' : span(to - from);
