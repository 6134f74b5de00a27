import { useQuery } from '@tanstack/react-query';
import { Suspense, useMemo, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { counted, milliseconds, round } from '../../../src/render/figures.ts';
import { asFailure } from '../../data/failure.ts';
import type {
  PlanSummaryAnswer,
  QueryDetailAnswer,
  SeriesAnswer,
} from '../../data/target-answers.ts';
import { type StatementName, seriesQuery, statementQuery } from '../../data/target-queries.ts';
import { Age } from '../../parts/age.tsx';
import { Button } from '../../parts/button.tsx';
import { Chip } from '../../parts/chip.tsx';
import { CodeWord } from '../../parts/code-word.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { useNow } from '../../parts/now.ts';
import { clock } from '../../parts/span.ts';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { useAddress } from '../address.ts';
import { useCommands } from '../commands.ts';
import { loadPage } from '../load-page.ts';
import { PageFoot } from '../page-foot.tsx';
import { planPath, targetPath } from '../paths.ts';
import { FindingItems } from '../target/findings-list.tsx';
import { comparePath } from './compare-path.ts';
import { endOf, planLetters, planStretches, sinceSeen } from './plan-ribbon.ts';
import styles from './statement.module.css';
import { statementSentence } from './statement-sentence.ts';

/** One statement: what it costs, whether its plan changed, and what to do. */
const TimeLine = loadPage(async () => (await import('../../parts/time-line.tsx')).TimeLine);

const ranges = {
  day: { title: '24 h', ms: 86_400_000, step: '1h' },
  week: { title: '7 d', ms: 7 * 86_400_000, step: '6h' },
  month: { title: '30 d', ms: 30 * 86_400_000, step: '1d' },
} as const;
type RangeName = keyof typeof ranges;
const rangeNames = Object.keys(ranges) as RangeName[];

export function StatementPage(statement: StatementName) {
  const commands = useCommands();
  const found = useQuery(statementQuery(statement));
  const { data, error } = found;
  if (!data)
    return error ? (
      <Failed
        what="This statement cannot be shown."
        why={asFailure(error).message}
        onRetry={() => found.refetch()}
      />
    ) : (
      <Skeleton label="loading the statement" />
    );
  return (
    <div className={styles.page}>
      {error && (
        <Failed
          what="This is not up to date:"
          why={asFailure(error).message}
          onRetry={() => found.refetch()}
        />
      )}
      <StatementHead statement={statement} detail={data} />
      <Course statement={statement} detail={data} />
      <Plans statement={statement} detail={data} />
      <section aria-labelledby="statement-findings">
        <h2 id="statement-findings">Findings</h2>
        {data.findings.length ? (
          <FindingItems all={data.findings} />
        ) : (
          <p className={styles.soft}>
            {data.plans.length
              ? 'No rule speaks of any of its plans.'
              : 'No plan of it is known, and so nothing is judged.'}
          </p>
        )}
      </section>
      <PageFoot
        command={commands.statements(statement.ns, statement.name)}
        at={found.dataUpdatedAt}
      />
    </div>
  );
}

function StatementHead({ statement, detail }: Shown) {
  const { ns, name } = statement;
  const { text, fingerprint, database, user, calls, totalMs, latestCode, tables } = detail;
  return (
    <header className={styles.head}>
      <nav aria-label="where this is" className={styles.soft}>
        <Link to={targetPath(ns, name)}>
          {ns}/{name}
        </Link>{' '}
        ▸ {fingerprint.slice(0, 12)}
      </nav>
      <h1 className={styles.sentence}>{statementSentence(detail)}</h1>
      <pre className={styles.text}>
        <code>{text ?? 'The text is not kept: spec.privacy.queryText is none.'}</code>
        {text && <CopyButton text={text} label="copy the statement" />}
      </pre>
      <p className={styles.facts}>
        <span>
          {calls > 0 ? milliseconds(totalMs / calls) : '–'} a call, {counted(calls)} calls,{' '}
          {milliseconds(totalMs)} in the last day
        </span>
        <span>database {database}</span>
        {user && <span>by {user}</span>}
        {tables.length > 0 && <span>reads {tables.join(', ')}</span>}
        {latestCode && (
          <span>
            last look: <CodeWord code={latestCode} />
          </span>
        )}
      </p>
    </header>
  );
}

interface Shown {
  statement: StatementName;
  detail: QueryDetailAnswer;
}

function Course({ statement, detail }: Shown) {
  const [{ from: asked }, change] = useAddress(['from']);
  const range = rangeNames.find((each) => each === asked) ?? 'day';
  const { ms, step } = ranges[range];
  // Another hour is another question: within one it is the same. A page may be open for days.
  const now = useNow((at) => floor(at, 60_000));
  const hour = floor(now, 3_600_000);
  const { data: all, error } = useQuery(seriesQuery(statement, hour - ms, step));
  const data = useMemo(() => all && sinceSeen(all), [all]);
  return (
    <section className={styles.course} aria-labelledby="course">
      <header>
        <h2 id="course">Mean time of a call</h2>
        {rangeNames.map((each) => (
          <Button
            key={each}
            kind="quiet"
            aria-pressed={each === range}
            onClick={() => change({ from: each === 'day' ? undefined : each }, 'replace')}
          >
            {ranges[each].title}
          </Button>
        ))}
      </header>
      {error && <Failed what="Its course cannot be shown." why={asFailure(error).message} />}
      {data && (
        <>
          <Suspense fallback={<Skeleton rows={4} />}>
            <TimeLine
              label={courseWords(data)}
              t={data.t}
              end={endOf(data, now)}
              values={data.meanMs}
              format={milliseconds}
            />
          </Suspense>
          <Ribbon series={data} now={now} detail={detail} />
        </>
      )}
    </section>
  );
}

const floor = (at: number, step: number) => Math.floor(at / step) * step;

function courseWords({ meanMs, t }: SeriesAnswer): string {
  const known = meanMs.filter((value) => value !== null);
  if (known.length === 0) return 'mean time of a call: it did not run';
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return (
    `mean time of a call since ${clock(t[0] ?? 0)}: ` +
    `between ${milliseconds(least)} and ${milliseconds(most)}`
  );
}

interface RibbonProps {
  series: SeriesAnswer;
  now: number;
  detail: QueryDetailAnswer;
}

/** Which plan was in use, under the course, on the same scale of time. */
function Ribbon({ series, now, detail }: RibbonProps) {
  const letters = planLetters(detail.plans);
  const stretches = planStretches(series, now, detail);
  const [first] = stretches;
  if (!first) return null;
  return (
    <div className={styles.ribbon} role="img" aria-label={ribbonWords(stretches, letters)}>
      <i style={{ flexGrow: first.from }} />
      {stretches.map(({ hash, from, to, at }) => (
        <span
          key={at}
          style={{ flexGrow: to - from, minWidth: `min(1.5em, ${100 / stretches.length}%)` }}
          title={`plan ${letters.get(hash) ?? '?'} (${hash}) since ${clock(at)}`}
        >
          {letters.get(hash) ?? '?'}
        </span>
      ))}
    </div>
  );
}

const ribbonWords = (
  stretches: readonly { hash: string; at: number }[],
  letters: ReadonlyMap<string, string>,
) =>
  `plans in use: ${stretches
    .map(({ hash, at }) => `${letters.get(hash) ?? 'another'} since ${clock(at)}`)
    .join(', ')}`;

/** Its plans, newest first; two of them can be compared. */
function Plans({ statement, detail }: Shown) {
  const { ns, name } = statement;
  const { plans, target, fingerprint, latestHash } = detail;
  const [, navigate] = useLocation();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const letters = planLetters(plans);
  const choose = (hash: string) =>
    setChosen(
      chosen.includes(hash) ? chosen.filter((each) => each !== hash) : [...chosen, hash].slice(-2),
    );
  const pair = pairOf(plans, chosen);
  if (plans.length === 0)
    return (
      <Empty title="No plan yet">
        {detail.latestCode ? (
          <p>
            The last look gave none: <CodeWord code={detail.latestCode} />
          </p>
        ) : (
          <p>It has not been among the statements that matter most.</p>
        )}
      </Empty>
    );
  return (
    <section aria-labelledby="statement-plans">
      <header className={styles.plansHead}>
        <h2 id="statement-plans">Plans</h2>
        {plans.length > 1 && (
          <Button
            disabled={!pair}
            onClick={() => {
              if (pair) navigate(comparePath(target, fingerprint, pair));
            }}
          >
            {pair
              ? `Compare ${letters.get(pair.before)} with ${letters.get(pair.after)}`
              : 'Choose two to compare'}
          </Button>
        )}
      </header>
      <table className={styles.plans}>
        <thead>
          <tr>
            {plans.length > 1 && <th scope="col" aria-label="chosen" />}
            <th scope="col">plan</th>
            <th scope="col">hash</th>
            <th scope="col" className={styles.number}>
              cost
            </th>
            <th scope="col">mostly</th>
            <th scope="col">first seen</th>
            <th scope="col">last seen</th>
          </tr>
        </thead>
        <tbody>
          {plans.map(({ hash, cost, dominantOp, parameters, firstSeen, lastSeen }) => (
            <tr key={hash}>
              {plans.length > 1 && (
                <td>
                  <input
                    type="checkbox"
                    aria-label={`choose plan ${letters.get(hash)}`}
                    checked={chosen.includes(hash)}
                    onChange={() => choose(hash)}
                  />
                </td>
              )}
              <td>
                <Link
                  to={planPath(ns, name, fingerprint, hash)}
                >{`Plan ${letters.get(hash)}`}</Link>{' '}
                {hash === latestHash && <Chip tone="calm">in use</Chip>}
              </td>
              <td>
                <code>{hash.slice(0, 16)}</code>
              </td>
              <td className={styles.number}>{round(cost)}</td>
              <td>
                {dominantOp} <span className={styles.soft}>{parameters} parameters</span>
              </td>
              <td>
                <Age at={firstSeen} />
              </td>
              <td>
                <Age at={lastSeen} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The older first, whichever was chosen first; of two plans, both without asking. */
function pairOf(plans: readonly PlanSummaryAnswer[], chosen: readonly string[]) {
  const two = plans.length === 2 ? plans : plans.filter(({ hash }) => chosen.includes(hash));
  const [before, after] = two.toSorted((a, b) => a.firstSeen - b.firstSeen);
  return before && after ? { before: before.hash, after: after.hash } : undefined;
}
