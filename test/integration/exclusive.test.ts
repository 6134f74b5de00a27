import { beforeAll, describe, expect, it } from 'vitest';
import { postgres } from '../../src/dialects/postgres/dialect.ts';
import { type Plan, preorder } from '../../src/model/plan.ts';
import { executed, worldSql } from '../support/executed-statements.ts';
import { planSource } from '../support/plans.ts';
import { startPostgres } from '../support/postgres-server.ts';

/**
 * Own times and costs sum to the root's, on plans of statements that were really executed. Nothing
 * scales them to fit: what is charged at a wrong place is charged twice, and the sum says so.
 */
interface Explained {
  statement: string;
  estimated: Plan;
  measured: Plan;
}

const shapes = [
  'cte, initplan, subplan, never executed, Gather, Gather Merge, Append, Merge Append, Limit',
  'Recursive Union, CTE Scan, Nested Loop, Hash Join, Merge Join, Memoize, Materialize',
  'Bitmap Heap Scan, Insert, Update, SetOp Except All',
].flatMap((line) => line.split(', '));

const sumOf = (plan: Plan, of: (node: ReturnType<typeof preorder>[number]) => number) =>
  preorder(plan.root).reduce((sum, node) => sum + of(node), 0);

/** Times are printed in microseconds, as averages: half of one may be missing in each loop. */
const timeTolerance = (plan: Plan) => sumOf(plan, ({ act }) => 0.0005 * (act?.loops ?? 0));
/** Costs are printed with two digits: half of the last may be missing in each node's run. */
const costTolerance = (plan: Plan) =>
  sumOf(plan, ({ est, derived }) =>
    est.totalCost > 0 ? 0.005 * Math.max(1, derived.exclusiveCost / est.totalCost) : 0,
  );

describe.each(['14', '18'] as const)('PostgreSQL %s', (version) => {
  const explained: Explained[] = [];
  beforeAll(async () => {
    await using disposed = new AsyncDisposableStack();
    const server = await startPostgres({ version });
    disposed.defer(() => server.stop());
    await server.sql(worldSql);
    const client = await server.client();
    disposed.defer(() => client.end());
    for (const { settings, statements } of executed)
      for (const statement of statements) {
        await client.query(`BEGIN; ${settings ?? ''}`);
        const explain = async (options: string) => {
          const { rows } = await client.query(`EXPLAIN (${options}FORMAT JSON) ${statement}`);
          return postgres.readPlan(JSON.stringify(rows[0]['QUERY PLAN']), planSource);
        };
        const estimated = await explain('');
        explained.push({ statement, estimated, measured: await explain('ANALYZE, ') });
        await client.query('ROLLBACK');
      }
  });

  it('executes plans of every shape', () => {
    expect(explained.length).toBeGreaterThanOrEqual(90);
    const seen = explained.flatMap(({ measured }) =>
      preorder(measured.root).map(({ nativeOp, parentRelation, act }) => [
        nativeOp,
        act?.loops === 0 ? 'never executed' : (parentRelation ?? 'root'),
      ]),
    );
    for (const each of shapes) expect(seen.flat()).toContain(each);
  });

  it('times sum to the root’s', () => {
    const wrong = explained.flatMap(({ statement, measured }) => {
      const whole = measured.totals.actualMs as number;
      const sum = sumOf(measured, ({ derived }) => derived.exclusiveMs ?? 0);
      return Math.abs(sum - whole) > timeTolerance(measured) ? [{ statement, whole, sum }] : [];
    });
    expect(wrong).toEqual([]);
  });

  it('costs sum to the root’s, under LIMIT and where joins end early', () => {
    const wrong = explained.flatMap(({ statement, estimated }) => {
      const whole = estimated.root.est.totalCost;
      const sum = sumOf(estimated, ({ derived }) => derived.exclusiveCost);
      return Math.abs(sum - whole) > costTolerance(estimated) ? [{ statement, whole, sum }] : [];
    });
    expect(wrong).toEqual([]);
  });

  it('two subplans are told apart', () => {
    const named = explained.find(({ statement }) => statement.includes('IN ((SELECT min(n)'));
    const names = preorder((named as Explained).estimated.root).flatMap(
      ({ subplanName }) => subplanName ?? [],
    );
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(2);
    expect(names.join()).not.toContain('?');
  });
});
