import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { rateWords, savingWords } from '../../../src/model/advice-words.ts';
import { type ProposalAnswer, proposalQuery } from '../../data/advice.ts';
import { asFailure } from '../../data/failure.ts';
import { Age } from '../../parts/age.tsx';
import { Chip } from '../../parts/chip.tsx';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Mark } from '../../parts/mark.tsx';
import { shareWords } from '../../parts/share.ts';
import { Failed, Skeleton } from '../../parts/states.tsx';
import { useCommands } from '../commands.ts';
import { PageFoot } from '../page-foot.tsx';
import { targetPath } from '../paths.ts';
import styles from './advice.module.css';
import {
  bytes,
  changeWords,
  dropWords,
  isDone,
  isOpen,
  nameOf,
  perDay,
  phaseLooks,
} from './advice-words.ts';
import { Approve } from './approve.tsx';
import { Effects } from './effects.tsx';
import { ProposedPlans } from './proposed-plans.tsx';

/** One proposal: what it is for, on what that stands, who gains and who pays, and the way to it. */
export function ProposalPage({ id }: { id: string }) {
  const { data, error, refetch, dataUpdatedAt } = useQuery(proposalQuery(id));
  const commands = useCommands();
  const [shown, setShown] = useState<string>();
  if (!data)
    return error ? (
      <Failed
        what="This proposal cannot be shown."
        why={asFailure(error).message}
        onRetry={() => void refetch()}
      />
    ) : (
      <Skeleton label="loading the proposal" />
    );
  const { evidence, target } = data;
  const withPlan = evidence.statements.find(({ planAfter }) => planAfter !== undefined);
  const plan = shown ?? withPlan?.fingerprint;
  return (
    <div className={styles.page}>
      {error && (
        <Failed
          what="This is not up to date:"
          why={asFailure(error).message}
          onRetry={() => void refetch()}
        />
      )}
      <Head proposal={data} />
      <Stands proposal={data} />
      <Effects proposal={data} shown={plan} onShow={setShown} />
      {plan !== undefined && (
        <ProposedPlans key={plan} {...{ id, fingerprint: plan, done: isDone(data) }} />
      )}
      <Sql proposal={data} />
      <Approve proposal={data} />
      <PageFoot
        command={commands.advice(id, { ns: target.namespace ?? '', name: target.name })}
        at={dataUpdatedAt}
      />
    </div>
  );
}

function Head({ proposal }: { proposal: ProposalAnswer }) {
  const { reason, target, database, state, madeAt, expiresAt, evidence } = proposal;
  const why = dropWords(proposal);
  return (
    <header className={styles.proposal}>
      <nav aria-label="where this is" className={styles.soft}>
        <Link to="/advice">Advice</Link>
        {' ▸ '}
        <Link to={targetPath(target.namespace ?? '', target.name)}>{nameOf(proposal)}</Link>
        {' ▸ '}
        {database}
      </nav>
      <h1>
        <code>{changeWords(proposal)}</code>
      </h1>
      <p className={styles.reason}>{reason}</p>
      {why && <p className={styles.soft}>{why}</p>}
      <p className={styles.facts}>
        <Mark {...phaseLooks[state.phase]} />
        <span>
          since <Age at={state.since} />
          {state.by && ` by ${state.by}`}
        </span>
        <span>
          made <Age at={madeAt} />
          {isOpen(proposal) && (
            <>
              , expires <Age at={expiresAt} />
            </>
          )}
        </span>
        <Chip title={evidence.because.join('; ')}>{evidence.confidence} confidence</Chip>
      </p>
      {state.outcome && <p>{state.outcome}</p>}
    </header>
  );
}

/** What it would do in figures, and why they are believed as far as they are. */
function Stands({ proposal }: { proposal: ProposalAnswer }) {
  const { evidence } = proposal;
  const { benefitShare, benefitMsPerDay, writeMsPerDay, sizeBytes, because, planner } = evidence;
  const rate = rateWords(evidence.watchedMs);
  return (
    <section className={styles.stands} aria-label="what it would do">
      <dl>
        <Figure
          name={isDone(proposal) ? 'was to save' : 'would save'}
          hint={`${savingWords(evidence)}; what it does is seen once it is there`}
          value={benefitShare > 0 ? shareWords(benefitShare) : '–'}
          note={benefitShare > 0 ? `of its database time, ${perDay(benefitMsPerDay)}${rate}` : ''}
        />
        <Figure
          name="size"
          value={sizeBytes === 0 ? 'none' : bytes(sizeBytes)}
          note={sizeBytes === 0 ? '' : sizeBytes < 0 ? 'freed' : 'estimated'}
        />
        <Figure
          name="writes"
          value={writeMsPerDay === 0 ? 'unchanged' : perDay(Math.abs(writeMsPerDay))}
          note={
            writeMsPerDay === 0 ? '' : `is what they ${writeMsPerDay > 0 ? 'pay' : 'save'}${rate}`
          }
        />
      </dl>
      <div>
        <h2>
          {evidence.confidence} confidence <span>{planners[planner]}</span>
        </h2>
        <ul>
          {because.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      </div>
    </section>
  );
}
const planners: Record<ProposalAnswer['evidence']['planner'], string> = {
  pglite: 'PostgreSQL’s planner, on a copy of the catalog',
  sandbox: 'the server’s own planner, on a copy with rows',
  rules: 'by rules: no planner was asked',
  catalog: 'read from the catalog',
};

const Figure = (props: { name: string; value: string; note: string; hint?: string }) => (
  <div title={props.hint}>
    <dt>{props.name}</dt>
    <dd>
      <strong>{props.value}</strong> {props.note}
    </dd>
  </div>
);

function Sql({ proposal }: { proposal: ProposalAnswer }) {
  const { apply, rollback } = proposal;
  return (
    <section className={styles.sql} aria-label="as SQL">
      <div>
        <h2>{isDone(proposal) ? 'What ran' : 'What would run'}</h2>
        <CodeBlock text={apply.join('\n')} label="copy what would run" />
      </div>
      <div>
        <h2>What takes it back</h2>
        {rollback.length ? (
          <CodeBlock text={rollback.join('\n')} label="copy what takes it back" />
        ) : (
          <p className={styles.soft}>Nothing has to be taken back.</p>
        )}
      </div>
    </section>
  );
}
