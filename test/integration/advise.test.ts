import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdviceDeps, Stage } from '../../src/advisor/run.ts';
import { runAdvice } from '../../src/advisor/run-advice.ts';
import { AppError } from '../../src/base/errors.ts';
import type { MadeAdvice } from '../../src/history/advice.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import type { IndexKey } from '../../src/model/index-def.ts';
import type { Change } from '../../src/model/proposal.ts';
import { createPglitePlanner } from '../../src/planner/pglite/pglite-planner.ts';
import { adviceDepsOf } from '../support/advice-deps.ts';
import { type PostgresServer, startPostgres, temporaryFolder } from '../support/postgres-server.ts';
import { cyclesOf, makeTarget, prepareServer } from '../support/target.ts';

/**
 * The whole way on a real server: its workload as cycles saw it, one look at its catalogs, plans in
 * a world of the what-if planner, the best set, and what is said of it.
 */
const folder = temporaryFolder('advise');
const history = openSqliteHistory(join(folder, 'history.db'));
const planner = createPglitePlanner({ folder });
const database = 'shop';
let server: PostgresServer;
let target: ReturnType<typeof makeTarget>;

beforeAll(async () => {
  server = await startPostgres({
    hba:
      'host all postgres 127.0.0.1/32 trust\nhost all shop_app 127.0.0.1/32 trust\n' +
      'host all all 127.0.0.1/32 scram-sha-256\n',
  });
  await server.sql(`CREATE DATABASE ${database}`);
  await server.sql(
    readFileSync(join(import.meta.dirname, '../../demo/shop.sql'), 'utf8'),
    database,
  );
  await server.sql(visits, database);
  await prepareServer(server, database);
  await server.sql('GRANT SELECT ON ALL TABLES IN SCHEMA public TO dbintel', database);
  await server.sql(
    'GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO dbintel',
    database,
  );
  target = makeTarget({
    port: server.port,
    database,
    spec: { collection: { maxQueriesPerCycle: 50, minExecutionCount: 1 } },
  });
  await server.sql('SELECT pg_stat_statements_reset()', database);
  const cycles = cyclesOf(target);
  await history.record((await cycles.run()).batch);
  for (let i = 1; i <= 20; i += 1) for (const each of statements(i)) await run(each);
  await history.record((await cycles.run()).batch);
});
afterAll(async () => {
  await history.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** Partitions have indexes of their own, with names of their own. */
const visits = `
CREATE TABLE visits (customer_id int, at timestamptz, path text) PARTITION BY RANGE (at);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO visits SELECT g % 5000, timestamptz '2026-01-01' + g * interval '1 minute', '/' || g
  FROM generate_series(0, 80000) g;
ANALYZE visits`;

/** Parameters are the application's own; a literal stands in its text. */
const statements = (i: number): [text: string, values?: unknown[]][] => [
  [`SELECT id, country FROM customers WHERE lower(email) = 'customer${i}@example.org'`],
  ['SELECT id, total FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 9', [i]],
  ['SELECT id, email FROM customers WHERE country = $1 AND city = $2', ['DE', 'Berlin']],
  [
    'SELECT p.name, sum(l.quantity) FROM line_items l JOIN products p ON p.id = l.product_id ' +
      `WHERE p.price > ${i} GROUP BY p.name ORDER BY 2 DESC LIMIT 10`,
  ],
  [`SELECT id, total FROM orders WHERE id = ${i}.0`],
  ['SELECT path, at FROM visits WHERE customer_id = $1', [i]],
];
async function run([text, values]: [text: string, values?: unknown[]]): Promise<void> {
  const client = await server.client(database);
  await client.query(text, values).finally(() => client.end());
}

const depsOf = (over: Partial<AdviceDeps> = {}): AdviceDeps =>
  adviceDepsOf(target, history, { planner: async () => planner, ...over });
const wish = (over: object = {}) => ({
  target: { uid: target.uid, name: target.name, namespace: target.namespace },
  engine: 'postgres' as const,
  budgetBytes: 1_073_741_824,
  schemas: [],
  values: 'none' as const,
  every_ms: 86_400_000,
  ...over,
});

/** Of what plans read. */
const namesOf = (change: Change): string[] =>
  change.kind === 'create-index'
    ? (change.partitions?.map(({ name }) => name) ?? [change.name])
    : ['-'];

let made: MadeAdvice;
describe('a run', () => {
  it('ends in proposals that the server itself finds as good as was said', async () => {
    const stages = new Set<Stage['kind']>();
    made = await runAdvice(wish(), depsOf({ tell: ({ kind }) => void stages.add(kind) }));
    expect([...stages]).toEqual(['workload', 'look', 'compare', 'try', 'choose', 'check']);
    const { agreement, withheld, statements, selection, proposals } = made.run;
    expect(agreement?.compared).toBe(6);
    expect(agreement?.agreed).toBe(5);
    expect(statements.planned + sum(withheld)).toBe(statements.weighed);
    // The text of the history does not tell that the number was written 7.0.
    expect(withheld).toEqual([{ code: 'plan_differs', statements: 1 }]);
    expect(selection).toMatchObject({ method: 'optimal', gap: expect.closeTo(0, 2) });
    const keys = proposals.map(({ change }) =>
      change.kind === 'create-index' ? change.index.keys.map(nameOf) : [],
    );
    expect(keys).toContainEqual(['lower(email)']);
    expect(keys).toContainEqual(['customer_id', 'created_at']);
    const onVisits = proposals.find(
      ({ change }) => change.kind === 'create-index' && change.index.table === 'visits',
    );
    expect(onVisits?.change).toMatchObject({
      partitions: [{ table: 'visits_1' }, { table: 'visits_2' }],
    });
  });
  it('says what the server says when the indexes are really there', async () => {
    const { proposals } = made.run;
    for (const { apply } of proposals) for (const step of apply) await server.sql(step, database);
    for (const { evidence, change } of proposals) {
      // Of some texts only a planner that tries can be asked: `interval $1` is none of SQL's.
      const heaviest = evidence.statements.find(({ text = '?' }) => !/interval \$|\?/.test(text));
      if (!heaviest) continue;
      const text = heaviest.text ?? '';
      const [row] = await server.sql(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`, database);
      const explained = JSON.stringify(row);
      const cost = Number(/"Total Cost":([\d.]+)/.exec(explained)?.[1]);
      expect(Math.abs(cost / (heaviest.costAfter ?? 0) - 1), text).toBeLessThan(0.1);
      for (const name of namesOf(change)) expect(explained, text).toContain(name);
    }
    for (const { rollback } of proposals)
      for (const step of rollback) await server.sql(step, database);
  });
  it('is kept with the plans that statements would have', async () => {
    await history.recordAdvice(made);
    const [first] = await history.proposals({ target: target.uid, limit: 1 });
    expect(first).toMatchObject({ state: { phase: 'Proposed' } });
    const fingerprint = first?.evidence.statements[0]?.fingerprint ?? '';
    const plan = await history.proposedPlan({ proposal: first?.id ?? '', fingerprint });
    expect(plan?.hash.shape).toBe(first?.evidence.statements[0]?.planAfter);
  });
});

const sum = (of: readonly { statements: number }[]) =>
  of.reduce((all, { statements }) => all + statements, 0);
const nameOf = (key: IndexKey) => ('column' in key ? key.column : key.expression);

it('stays within the budget', async () => {
  const { run } = await runAdvice(wish({ budgetBytes: 3_000_000 }), depsOf());
  const bytes = run.proposals.map(({ evidence }) => evidence.sizeBytes);
  expect(bytes.length).toBeGreaterThan(0);
  expect(bytes.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(3_000_000);
});
it('ends at once when it is told to, and leaves no world open', async () => {
  const abort = new AbortController();
  const stopped = runAdvice(
    wish(),
    depsOf({
      signal: abort.signal,
      tell({ kind }) {
        if (kind === 'try') abort.abort(new AppError('emergency_stop', 'incident'));
      },
    }),
  );
  await expect(stopped).rejects.toMatchObject({ code: 'emergency_stop' });
});
