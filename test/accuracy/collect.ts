import { analyse, analyseUnplanned } from '../../src/analysis/analyse.ts';
import { rules } from '../../src/analysis/rules/index.ts';
import type { BatchQuery } from '../../src/model/batch.ts';
import type { EngineName } from '../../src/model/engine-name.ts';
import type { Plan } from '../../src/model/plan.ts';
import { cyclesOf, makeTarget } from '../support/target.ts';
import type { Judged, JudgedBy, Outcome } from './result.ts';
import type { Stage } from './stage.ts';

/**
 * The product looks at the copies as at any target: one cycle before the statements run, so that
 * there is something to compare with, and one after, which may ask about all of them.
 */
export interface Collection {
  collect(): Promise<(database: string, ids: readonly string[]) => Outcome>;
}

const spec = (databases: readonly string[]) => ({
  databases: { include: databases },
  collection: { maxQueriesPerCycle: 1_000 },
  safety: {
    explains: { perSecond: 1_000, burst: 10_000 },
    databaseTimeBudget: '100%',
    statementTimeout: { min: '1s', max: '5s' },
    brake: {
      slowdown: 100,
      ignore: ['connectionsUsed', 'activePerCore', 'lockWaiters', 'slowdown'],
    },
  },
});

export async function beginCollecting(
  stage: Stage,
  databases: readonly string[],
): Promise<Collection> {
  const target = makeTarget({ engine: stage.engine, port: stage.port, spec: spec(databases) });
  const judged = new Map<string, JudgedBy>();
  const cycles = cyclesOf(target, {
    analyse: async (plan, seen) => {
      const context = aged(seen);
      judged.set(context.stats.key, context);
      return findingsOf(plan, context);
    },
    analyseUnplanned: async (seen) => {
      const context = aged(seen);
      judged.set(context.stats.key, context);
      return findingsWithout(stage.engine, context);
    },
  });
  await cycles.run();
  await new Promise((resolve) => setTimeout(resolve, tick_ms));
  return {
    async collect() {
      // What was explained a moment ago is due again.
      cycles.state = { ...cycles.state, explained: new Map(), failures: new Map() };
      const { batch } = await cycles.run();
      if (batch.cycle.outcome.kind !== 'collected')
        throw new Error(`nothing was collected: ${JSON.stringify(batch.cycle)}`);
      return (database, ids) => outcomeOf(batch.queries, judged, database, ids);
    },
  };
}

/** The servers began to count a minute ago: it is taken for a month. */
const aged = (context: JudgedBy): JudgedBy => ({
  ...context,
  facts: context.facts.map((each) =>
    each.countedSince === undefined
      ? each
      : { ...each, countedSince: each.countedSince - 30 * 86_400_000 },
  ),
});

/** Some servers tell by the second since when they count a statement. */
const tick_ms = 1_100;

/** As a target without mutes has them. */
const findingsOf = (plan: Plan, context: JudgedBy) =>
  analyse(rules, plan, context, { mutes: [], timeShare: context.timeShare });

const findingsWithout = (engine: EngineName, context: JudgedBy) =>
  analyseUnplanned(rules, engine, context, { mutes: [], timeShare: context.timeShare });

/** By the rules as they are now. */
export function judgedAnew(engine: EngineName, outcome: Outcome): Outcome {
  if (outcome.kind === 'explained')
    return { ...outcome, findings: findingsOf(outcome.plan, outcome.context) };
  if (outcome.kind !== 'refused' || !outcome.judged) return outcome;
  const { context } = outcome.judged;
  return { ...outcome, judged: { context, findings: findingsWithout(engine, context) } };
}

/** Where one case was counted as several statements: of the one that ran most often. */
function outcomeOf(
  queries: readonly BatchQuery[],
  judged: ReadonlyMap<string, JudgedBy>,
  database: string,
  ids: readonly string[],
): Outcome {
  const own = ids.flatMap(
    (id) => queries.find(({ stats }) => stats.database === database && stats.nativeId === id) ?? [],
  );
  const query = own.find(({ result }) => result.kind === 'explained') ?? own[0];
  if (!query) return { kind: 'unseen' };
  const context = judged.get(query.stats.key);
  const { findings } = query.result;
  if (findings && !context) throw new Error(`findings that nobody has made, of ${database}`);
  const told = context && findings && { context, findings };
  if (query.result.kind === 'refused') {
    const { code, detail } = query.result;
    const judged = told && { judged: told };
    return { kind: 'refused', code, ...(detail ? { detail } : {}), ...judged };
  }
  return { kind: 'explained', plan: query.result.plan, ...(told as Judged) };
}
