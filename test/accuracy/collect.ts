import { analyse } from '../../src/analysis/analyse.ts';
import { rules } from '../../src/analysis/rules/index.ts';
import type { BatchQuery } from '../../src/model/batch.ts';
import type { Plan } from '../../src/model/plan.ts';
import { cyclesOf, makeTarget } from '../support/target.ts';
import type { JudgedBy, Outcome } from './result.ts';
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
  const judged = new Map<Plan, JudgedBy>();
  const cycles = cyclesOf(target, {
    analyse: async (plan, context) => {
      judged.set(plan, context);
      return findingsOf(plan, context);
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

/** Some servers tell by the second since when they count a statement. */
const tick_ms = 1_100;

/** As a target without mutes has them. */
export const findingsOf = (plan: Plan, context: JudgedBy) =>
  analyse(rules, plan, context, { mutes: [], timeShare: context.timeShare });

/** Where one case was counted as several statements: of the one that ran most often. */
function outcomeOf(
  queries: readonly BatchQuery[],
  judged: ReadonlyMap<Plan, JudgedBy>,
  database: string,
  ids: readonly string[],
): Outcome {
  const own = ids.flatMap(
    (id) => queries.find(({ stats }) => stats.database === database && stats.nativeId === id) ?? [],
  );
  const query = own.find(({ result }) => result.kind === 'explained') ?? own[0];
  if (!query) return { kind: 'unseen' };
  if (query.result.kind === 'refused') {
    const { code, detail } = query.result;
    return { kind: 'refused', code, ...(detail ? { detail } : {}) };
  }
  const { plan, findings } = query.result;
  const context = judged.get(plan);
  if (!context) throw new Error(`a plan that nobody judged, of ${database}`);
  return { kind: 'explained', plan, context, findings };
}
