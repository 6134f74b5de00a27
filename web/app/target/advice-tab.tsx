import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { unseenWords } from '../../../src/model/advice-words.ts';
import { targetAdviceQuery } from '../../data/advice.ts';
import { asFailure } from '../../data/failure.ts';
import type { TargetName } from '../../data/target-queries.ts';
import { Age } from '../../parts/age.tsx';
import { CodeWord } from '../../parts/code-word.tsx';
import { Mark } from '../../parts/mark.tsx';
import { shareWords } from '../../parts/share.ts';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import {
  bytes,
  changeWords,
  databaseWords,
  perDay,
  phaseLooks,
  runWords,
} from '../advice/advice-words.ts';
import { advicePath } from '../paths.ts';
import styles from './target.module.css';

/** What is advised for one target, and what its last run could and could not do. */
export function AdviceTab(target: TargetName) {
  const { data, error } = useQuery(targetAdviceQuery(target));
  if (!data)
    return error ? (
      <Failed what="Advice cannot be shown." why={asFailure(error).message} />
    ) : (
      <Skeleton label="loading advice" />
    );
  const { items, run, mode } = data;
  return (
    <>
      {error && <Failed what="This is not up to date:" why={asFailure(error).message} />}
      {run ? (
        <div className={styles.why}>
          Looked at <Age at={run.startedAt} />: {runWords(run)}.{' '}
          {run.withheld.map(({ code, statements }) => (
            <span key={code}>
              {statements} × <CodeWord code={code} />{' '}
            </span>
          ))}
        </div>
      ) : (
        <Empty title="No advice yet">
          {mode === undefined || mode === 'disabled' ? (
            <p>
              The manifest asks for none: <code>spec.advice.mode: propose</code> would.
            </p>
          ) : (
            <p>It is looked at once a day, after its first statements are known.</p>
          )}
        </Empty>
      )}
      {run?.unseen?.length ? (
        <ul className={styles.soft} aria-label="what nothing is said of">
          {run.unseen.map(unseenWords).map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      ) : undefined}
      {run && items.length === 0 && <p className={styles.why}>It advises nothing.</p>}
      <ul className={styles.list}>
        {items.map((proposal) => (
          <li key={proposal.id}>
            <Mark {...phaseLooks[proposal.state.phase]} />
            <div>
              <p>
                <Link to={advicePath(proposal.id)}>{changeWords(proposal)}</Link>
              </p>
              <p className={styles.soft}>{proposal.reason}</p>
              <p className={styles.meta}>
                {proposal.evidence.benefitShare > 0 && (
                  <span>
                    would save {shareWords(proposal.evidence.benefitShare)},{' '}
                    {perDay(proposal.evidence.benefitMsPerDay)}
                  </span>
                )}
                <span>{databaseWords(proposal)}</span>
                <span>{bytes(proposal.evidence.sizeBytes)}</span>
                <span>{proposal.evidence.confidence} confidence</span>
              </p>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
