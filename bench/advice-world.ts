import type { AdviceDeps } from '../src/advisor/run.ts';
import type { History } from '../src/history/backends.ts';
import { createPglitePlanner } from '../src/planner/pglite/pglite-planner.ts';
import { adviceDepsOf } from '../test/support/advice-deps.ts';
import type { PostgresServer } from '../test/support/postgres-server.ts';
import { cyclesOf, makeTarget, prepareServer } from '../test/support/target.ts';

/** Statements of a real server as two cycles saw them, and what an advisor needs to see of it. */
export const tables = 10;
export const rowsOfTable = 60_000;
const runsOfStatement = 3;
export type Target = ReturnType<typeof makeTarget>;

const tableSql = (i: number): string => `
CREATE TABLE t${i} (id int PRIMARY KEY, parent int, kind int, state text, at timestamptz,
  amount numeric, email text, rare int, note text);
INSERT INTO t${i} SELECT g, g * 7 % ${rowsOfTable}, g % 40,
  (ARRAY['open', 'paid', 'sent', 'done'])[1 + g % 4],
  timestamptz '2026-01-01' + g * interval '1 minute', g * 31 % 10000, 'User' || g || '@example.org',
  CASE WHEN g % 50 = 0 THEN g END, repeat('n', 80) FROM generate_series(1, ${rowsOfTable}) g`;

/** Ten of each table; a third of them join the next one. */
const statementsOf = (i: number): [text: string, values: unknown[]][] => {
  const [t, next] = [`t${i}`, `t${(i + 1) % tables}`];
  // The server takes statements that differ in tables of one alias for the same.
  const [a, b] = [`a${i}`, `b${i}`];
  return [
    [`SELECT id, amount FROM ${t} WHERE parent = $1`, [77]],
    [`SELECT id FROM ${t} WHERE kind = $1 AND at > $2 ORDER BY at LIMIT 20`, [7, '2026-02-01']],
    [
      `SELECT count(*), sum(amount) FROM ${t} WHERE at >= $1 AND at < $2`,
      ['2026-02-01', '2026-02-02'],
    ],
    [`SELECT id FROM ${t} WHERE lower(email) = $1`, ['user9@example.org']],
    [`SELECT id, note FROM ${t} WHERE rare = $1`, [500]],
    [`SELECT kind, max(amount) FROM ${t} WHERE state = $1 GROUP BY kind`, ['open']],
    [`SELECT id FROM ${t} WHERE amount BETWEEN $1 AND $2 ORDER BY amount`, [10, 12]],
    [
      `SELECT ${a}.id, ${b}.amount FROM ${t} ${a} JOIN ${next} ${b} ON ${b}.parent = ${a}.id ` +
        `WHERE ${a}.kind = $1 AND ${b}.state = $2 ORDER BY ${b}.at DESC LIMIT 10`,
      [3, 'paid'],
    ],
    [
      `SELECT ${b}.kind, sum(${a}.amount) FROM ${t} ${a} ` +
        `JOIN ${next} ${b} ON ${b}.id = ${a}.parent WHERE ${b}.at > $1 GROUP BY ${b}.kind`,
      ['2026-02-10'],
    ],
    [
      `SELECT id FROM ${t} ${a} WHERE ${a}.amount > $1 AND EXISTS (SELECT FROM ${next} ${b} ` +
        `WHERE ${b}.parent = ${a}.id AND ${b}.kind = $2)`,
      [9_990, 5],
    ],
  ];
};

/** What is there, and what runs on it. */
export interface AdviceWorld {
  build(server: PostgresServer): Promise<void>;
  statements: readonly (readonly [text: string, values: unknown[]])[];
}

export const tenTables: AdviceWorld = {
  async build(server) {
    for (let i = 0; i < tables; i += 1) await server.sql(tableSql(i));
    await server.sql('VACUUM ANALYZE');
    await prepareServer(server);
    await server.sql('GRANT SELECT ON ALL TABLES IN SCHEMA public TO dbintel');
  },
  statements: Array.from({ length: tables }, (_, i) => statementsOf(i)).flat(),
};

export async function collected(
  server: PostgresServer,
  history: History,
  { build, statements }: AdviceWorld,
): Promise<Target> {
  await build(server);
  const target = makeTarget({
    port: server.port,
    spec: {
      collection: { maxQueriesPerCycle: 200, minExecutionCount: 1 },
      safety: { explains: { perSecond: 100, burst: 1_000 } },
    },
  });
  await server.sql('SELECT pg_stat_statements_reset()');
  const cycles = cyclesOf(target);
  await history.record((await cycles.run()).batch);
  const client = await server.client();
  for (let run = 0; run < runsOfStatement; run += 1)
    for (const [text, values] of statements) await client.query(text, values);
  await client.end();
  await history.record((await cycles.run()).batch);
  return target;
}

export const wishOf = ({ uid, namespace, name }: Target) => ({
  target: { uid, namespace, name },
  engine: 'postgres' as const,
  budgetBytes: 1_073_741_824,
  schemas: [],
  values: 'none' as const,
  replicas: [],
  every_ms: 86_400_000,
});

export function depsOf(target: Target, history: History, folder: string): AdviceDeps {
  const planner = createPglitePlanner({ folder });
  return adviceDepsOf(target, history, { planner: async () => planner });
}
