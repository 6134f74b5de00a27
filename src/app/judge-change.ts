import type { LoopVerdict } from '../advice/machine-state.ts';
import {
  type HourOfUse,
  type Validation,
  type ValidationFacts,
  validate,
  validationPolicy,
  type WatchedStatement,
} from '../advice/validation.ts';
import { relationsOf } from '../advisor/wanted.ts';
import type { Clock } from '../base/clock.ts';
import type { Code } from '../base/codes.ts';
import type { Random } from '../base/random.ts';
import { sqlOf } from '../dialects/habits.ts';
import type { IndexChange } from '../engines/index-work.ts';
import type { Recommendation } from '../executor/ports.ts';
import type {
  HistoryQuestions,
  SeriesHour,
  WorkloadStatement,
} from '../history/history-questions.ts';
import { type Plan, preorder } from '../model/plan.ts';

/**
 * How a change did, from the history: the statements that it is for, and all others that touch its
 * table, hours before against hours after.
 */
type Asked = Pick<HistoryQuestions, 'series' | 'workload' | 'plan' | 'cycles'>;

const hour_ms = 3_600_000;
const week_ms = 7 * 86_400_000;
/** Those with the most database time; a table has hardly more that matter. */
const mostOthers = 40;
/** Of statements on other tables: enough for a median that no few of them move. */
const mostElsewhere = 20;

export const judgeFromHistory =
  (history: Asked | undefined, clock: Clock, random: Random) =>
  async (recommendation: Recommendation): Promise<LoopVerdict | undefined> => {
    const { appliedAt = clock.now() } = recommendation.state;
    if (!history) {
      const over = clock.now() - appliedAt >= validationPolicy.most_ms;
      return over ? { kind: 'unproven', reason: 'no_history' } : undefined;
    }
    if (clock.now() - appliedAt < validationPolicy.least_ms) return undefined;
    const facts = await gather(history, recommendation, appliedAt, clock.now());
    return verdictOf(validate(facts, validationPolicy, random));
  };

export function verdictOf(validation: Validation): LoopVerdict | undefined {
  switch (validation.kind) {
    case 'wait':
      return undefined;
    case 'improved':
      return { kind: 'improved' };
    case 'unproven':
      return { kind: 'unproven', reason: 'unproven' };
    case 'regression':
      return { kind: 'regression', reason: 'regression' };
    case 'braked':
      return { kind: 'regression', reason: 'brake' };
    default:
      return validation satisfies never;
  }
}

/** What was done with it, hour by hour; rows of the history's own making. */
async function gather(
  history: Asked,
  recommendation: Recommendation,
  appliedAt: number,
  now: number,
): Promise<ValidationFacts> {
  const { target, change, evidence } = recommendation;
  const since = appliedAt - week_ms;
  const meant = new Set(evidence);
  const { others, elsewhere } = await around(history, recommendation, appliedAt, meant);
  const seriesOf = (fingerprint: string) =>
    history.series({ target: target.uid, fingerprint, since, until: now });
  const statements: WatchedStatement[] = [];
  for (const fingerprint of [...meant, ...others]) {
    const hours = await seriesOf(fingerprint);
    statements.push({
      fingerprint,
      evidence: meant.has(fingerprint),
      hours: hours.map(useOf),
      switched:
        meant.has(fingerprint) &&
        (await switched(history, target.uid, fingerprint, hours, change, appliedAt)),
    });
  }
  const server: HourOfUse[][] = [];
  for (const fingerprint of elsewhere) server.push((await seriesOf(fingerprint)).map(useOf));
  const brakes = await braked(history, target.uid, appliedAt, now);
  return { appliedAt, now, statements, elsewhere: server, braked: brakes };
}

const useOf = ({ at, calls, totalMs }: SeriesHour): HourOfUse => ({ at, calls, totalMs });

/** What an index can be to blame for: a fail-over, and replicas that are late, others are. */
const blamed: ReadonlySet<unknown> = new Set<Code>([
  'brake_active_sessions',
  'brake_connections',
  'brake_lock_waiters',
  'brake_slowdown',
]);
/** A deploy, a migration or a backup has it on for once; what an index does comes again. */
const leastBraked = 3;
const mostBraked = 1_000;

/** On in hours since, and not in as long a time before: one that brakes every day says nothing. */
async function braked(
  history: Asked,
  target: string,
  appliedAt: number,
  now: number,
): Promise<boolean> {
  const hoursOn = async (since: number, until: number) => {
    const on = await history.cycles({ target, since, until, limit: mostBraked, braked: true });
    const meant = on.filter(({ safety }) => blamed.has(safety.brake));
    return new Set(meant.map(({ startedAt }) => Math.floor(startedAt / hour_ms))).size;
  };
  return (
    (await hoursOn(appliedAt, now)) >= leastBraked &&
    (await hoursOn(appliedAt - Math.min(week_ms, now - appliedAt), appliedAt - 1)) === 0
  );
}

/** Besides those that are meant: what is on the table, and what is on other tables alone. */
async function around(
  history: Asked,
  recommendation: Recommendation,
  since: number,
  meant: ReadonlySet<string>,
): Promise<{ others: string[]; elsewhere: string[] }> {
  const [others, elsewhere]: [string[], string[]] = [[], []];
  const target = recommendation.target.uid;
  const signal = AbortSignal.timeout(60_000);
  for await (const statement of history.workload({ target, since, signal })) {
    const { fingerprint } = statement;
    const on = relationsOf(statement);
    if (on.length === 0 || meant.has(fingerprint)) continue;
    if (touches(recommendation, statement, on)) others.push(fingerprint);
    else if (elsewhere.length < mostElsewhere) elsewhere.push(fingerprint);
    if (others.length >= mostOthers) break;
  }
  return { others, elsewhere };
}

/** Other schemas and databases of a server may have a table of the same name. */
function touches(
  { engine, database, change }: Recommendation,
  statement: WorkloadStatement,
  on: ReturnType<typeof relationsOf>,
): boolean {
  const across = sqlOf(engine).indexes?.acrossDatabases ?? false;
  if (!across && statement.database !== database) return false;
  const parts = change.kind === 'create-index' ? (change.partitions ?? []) : [];
  return [change.index, ...parts].some(({ schema, table }) =>
    on.some((each) => {
      const home = each.schema ?? (across ? statement.database : schema);
      return each.name === table && home === schema;
    }),
  );
}

/** A plan of since then uses the index; of a drop, none that was not there before is enough. */
async function switched(
  history: Asked,
  target: string,
  fingerprint: string,
  hours: readonly SeriesHour[],
  { kind, name }: IndexChange,
  appliedAt: number,
): Promise<boolean> {
  const after = new Set(
    hours.filter(({ at }) => at >= appliedAt).flatMap(({ plans }) => plans.map(({ hash }) => hash)),
  );
  for (const hash of after) {
    const stored = await history.plan({ target, fingerprint, hash });
    if (stored && usesIndex(stored.plan, name) === (kind === 'create-index')) return true;
  }
  return false;
}

export function usesIndex({ root }: Plan, name: string): boolean {
  return preorder(root).some((node) => node.index?.name === name);
}
