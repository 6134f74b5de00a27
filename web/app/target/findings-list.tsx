import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { asFailure } from '../../data/failure.ts';
import type { FindingAnswer } from '../../data/target-answers.ts';
import { type TargetName, targetFindingsQuery } from '../../data/target-queries.ts';
import { Age } from '../../parts/age.tsx';
import { Chip } from '../../parts/chip.tsx';
import { CodeBlock } from '../../parts/code-block.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Mark } from '../../parts/mark.tsx';
import { shareWords } from '../../parts/share.ts';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { queryPath } from '../paths.ts';
import styles from './target.module.css';

/** What is wrong with the plans of one target, what would save most first. */
export function FindingsList({ planned, ...target }: TargetName & { planned: boolean }) {
  const found = useQuery(targetFindingsQuery(target));
  if (found.data)
    return (
      <>
        {found.error && (
          <Failed
            what="This is not up to date:"
            why={asFailure(found.error).message}
            onRetry={() => found.refetch()}
          />
        )}
        {found.data.items.length ? (
          <FindingItems all={found.data.items} linked />
        ) : (
          <Nothing planned={planned} />
        )}
      </>
    );
  return found.error ? (
    <Failed
      what="Findings cannot be shown."
      why={asFailure(found.error).message}
      onRetry={() => found.refetch()}
    />
  ) : (
    <Skeleton label="loading findings" />
  );
}

/** Where nothing has been looked at, nothing is said to be well. */
const Nothing = ({ planned }: { planned: boolean }) =>
  planned ? (
    <Empty title="Nothing found">No rule speaks of any of its plans.</Empty>
  ) : (
    <Empty title="No plan yet">No plan of its statements is known, and so nothing is judged.</Empty>
  );

/** SQL that can be run as it stands, or what to do in words. */
const Fix = ({ text }: { text: string }) =>
  /^(?:CREATE|DROP|ALTER|ANALYZE|VACUUM|SET|REINDEX|UPDATE) /.test(text) ? (
    <CodeBlock text={text} label="copy the fix" />
  ) : (
    <p>
      {text} <CopyButton text={text} label="copy the fix" />
    </p>
  );

const tones = { critical: 'critical', warning: 'warning', info: 'info' } as const;

export function FindingItems({ all, linked }: { all: readonly FindingAnswer[]; linked?: boolean }) {
  return (
    <ul className={styles.list}>
      {all.map((finding) => (
        <li key={`${finding.fingerprint} ${finding.rule}`}>
          <Mark tone={tones[finding.severity]} word={finding.severity} />
          <div>
            <p>
              <strong>{finding.rule}</strong> {finding.message}
            </p>
            <Fix text={finding.fix} />
            {finding.also?.map(({ rule, message }) => (
              <p key={rule} className={styles.soft}>
                also <b>{rule}</b>: {message}
              </p>
            ))}
            <p className={styles.meta}>
              {finding.saves !== undefined && (
                <span>could save up to {shareWords(finding.saves)} of database time</span>
              )}
              <span>the statement takes {shareWords(finding.timeShare)} of it</span>
              <span>
                since <Age at={finding.firstSeen} />
              </span>
              {finding.resolvedAt !== undefined && (
                <Chip tone="calm">
                  resolved <Age at={finding.resolvedAt} />
                </Chip>
              )}
              {finding.verdict && (
                <Chip title={finding.verdict.why ?? ''}>{finding.verdict.kind}</Chip>
              )}
              {linked && (
                <Link to={queryPath(finding.namespace, finding.name, finding.fingerprint)}>
                  statement and plan
                </Link>
              )}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
