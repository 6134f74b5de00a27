import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AdviceDeps, Stage } from '../src/advisor/run.ts';
import { runAdvice } from '../src/advisor/run-advice.ts';
import { systemClock } from '../src/base/node/clock.ts';
import { cycleSettings } from '../src/collection/settings.ts';
import { freshState } from '../src/collection/target-state.ts';
import { runVisit } from '../src/collection/visit.ts';
import { createEngines } from '../src/engines/index.ts';
import type { History } from '../src/history/backends.ts';
import { openSqliteHistory } from '../src/history/sqlite/sqlite-history.ts';
import type { AdviceRun } from '../src/model/proposal.ts';
import { createPglitePlanner } from '../src/planner/pglite/pglite-planner.ts';
import { createHighsSolver } from '../src/solver/highs/highs-solver.ts';
import {
  type PostgresServer,
  startPostgres,
  temporaryFolder,
} from '../test/support/postgres-server.ts';
import {
  cycleDepsFor,
  cyclesOf,
  makeTarget,
  noAbort,
  prepareServer,
} from '../test/support/target.ts';
import type { Section } from './harness.ts';

/**
 * One run of the advisor, end to end: a hundred statements of a real server as two cycles saw them,
 * the look at its catalogs, plans elsewhere, the set and its check.
 */
const tables = 10;
const rowsOfTable = 60_000;
const runsOfStatement = 3;
const clock = systemClock;
type Target = ReturnType<typeof makeTarget>;

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

export async function advise(): Promise<Section> {
  const folder = temporaryFolder('bench-advise');
  const history = openSqliteHistory(join(folder, 'history.db'));
  const server = await startPostgres({ version: '18' });
  try {
    const target = await collected(server, history);
    const deps = depsOf(target, history, folder);
    // The empty cluster that worlds begin with is made once, and kept.
    await runAdvice(wishOf(target), deps);
    const figures = await measured(server, target, deps);
    return section(figures);
  } finally {
    await history.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

async function collected(server: PostgresServer, history: History): Promise<Target> {
  for (let i = 0; i < tables; i += 1) await server.sql(tableSql(i));
  await server.sql('VACUUM ANALYZE');
  await prepareServer(server);
  await server.sql('GRANT SELECT ON ALL TABLES IN SCHEMA public TO dbintel');
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
    for (let i = 0; i < tables; i += 1)
      for (const [text, values] of statementsOf(i)) await client.query(text, values);
  await client.end();
  await history.record((await cycles.run()).batch);
  return target;
}

const wishOf = ({ uid, namespace, name }: Target) => ({
  target: { uid, namespace, name },
  engine: 'postgres' as const,
  budgetBytes: 1_073_741_824,
  schemas: [],
  values: 'none' as const,
  replicas: [],
  every_ms: 86_400_000,
});

function depsOf(target: Target, history: History, folder: string): AdviceDeps {
  const planner = createPglitePlanner({ folder });
  return {
    history,
    engine: createEngines().postgres,
    async look(ask, signal) {
      const { explains, databaseTime } = cycleSettings(target.spec);
      const state = freshState(clock.now(), explains, databaseTime);
      const { result } = await runVisit(state, cycleDepsFor(target), signal, ask);
      if (result.kind === 'failed') throw result.error;
      return result.value;
    },
    planner: async () => planner,
    solver: async () => createHighsSolver({ clock }),
    clock,
    signal: noAbort(),
    tell: () => undefined,
  };
}

interface Figures {
  run: AdviceRun;
  /** When each stage began, milliseconds after the first. */
  stages: Map<Stage['kind'], number>;
  took_ms: number;
  rss: { before: number; most: number };
  /** What our role sent, and how often it was an EXPLAIN. */
  sent: { statements: number; explains: number; ms: number };
}

const sentSql = `
SELECT coalesce(sum(s.calls), 0)::int AS statements,
  coalesce(sum(s.calls) FILTER (WHERE s.query ILIKE '%explain%'), 0)::int AS explains,
  coalesce(sum(s.total_exec_time), 0)::float8 AS ms
FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname = 'dbintel'`;

async function measured(
  server: PostgresServer,
  target: Target,
  deps: AdviceDeps,
): Promise<Figures> {
  // Ours are not counted on a server that is prepared as it should be.
  await server.sql("ALTER ROLE dbintel SET pg_stat_statements.track = 'top'");
  await server.sql('SELECT pg_stat_statements_reset()');
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 20);
  const stages: Figures['stages'] = new Map();
  const began = performance.now();
  const tell = ({ kind }: Stage) => {
    if (!stages.has(kind)) stages.set(kind, performance.now() - began);
  };
  const { run } = await runAdvice(wishOf(target), { ...deps, tell });
  const took_ms = performance.now() - began;
  clearInterval(watch);
  const [row] = await server.sql(sentSql);
  const number = (column: string) => Number(row?.[column]);
  const sent = { statements: number('statements'), explains: number('explains'), ms: number('ms') };
  return { run, stages, took_ms, rss: { before, most }, sent };
}

const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

function section({ run, stages, took_ms, rss, sent }: Figures): Section {
  const { statements, selection, agreement, proposals, whatIfCalls } = run;
  const at = (kind: Stage['kind']) => stages.get(kind) ?? took_ms;
  const left = selection ? selection.costAfter / selection.costBefore : 1;
  return {
    title: 'Index advice, end to end',
    how:
      `${statements.weighed} statements over ${tables} tables of ` +
      `${rowsOfTable.toLocaleString('en-US')} ` +
      'rows on PostgreSQL 18, as two cycles saw them; one run, the second in its process; ' +
      'resident memory of the process by 20 ms, its planner’s and solver’s threads in it',
    rows: [
      [
        'statements weighed, planned; agree with the server',
        `${statements.weighed}, ${statements.planned}; ` +
          `${agreement?.agreed} of ${agreement?.compared}`,
        '100',
      ],
      ['plans that were asked for elsewhere', `${whatIfCalls}`, '≤ 400'],
      ['the run', seconds(took_ms), '≤ 20 s'],
      [
        'of it the look, comparing, trying, choosing, the check',
        [
          at('compare') - at('look'),
          at('try') - at('compare'),
          at('choose') - at('try'),
          at('check') - at('choose'),
          took_ms - at('check'),
        ]
          .map(seconds)
          .join(', '),
        '',
      ],
      [
        'resident memory more than before; before, at most',
        `${mib(rss.most - rss.before)}; ${mib(rss.before)}, ${mib(rss.most)}`,
        '≤ 400 MiB',
      ],
      [
        'statements sent to the server, EXPLAINs among them; time that they took there',
        `${sent.statements}, ${sent.explains}; ${Math.round(sent.ms)} ms`,
        'only the look: no EXPLAIN',
      ],
      [
        'indexes proposed; cost of the workload that is left; gap',
        `${proposals.length}; ${(100 * left).toFixed(1)} %; ` +
          `${(100 * (selection?.gap ?? 0)).toFixed(2)} %`,
        'gap ≤ 0.1 %',
      ],
    ],
  };
}
