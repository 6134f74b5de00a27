import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AdviceDeps, Stage } from '../src/advisor/run.ts';
import { runAdvice } from '../src/advisor/run-advice.ts';
import { openSqliteHistory } from '../src/history/sqlite/sqlite-history.ts';
import type { AdviceRun } from '../src/model/proposal.ts';
import {
  type PostgresServer,
  startPostgres,
  temporaryFolder,
} from '../test/support/postgres-server.ts';
import {
  collected,
  depsOf,
  rowsOfTable,
  type Target,
  tables,
  tenTables,
  wishOf,
} from './advice-world.ts';
import type { Section } from './harness.ts';

/**
 * One run of the advisor, end to end: a hundred statements of a real server as two cycles saw them,
 * the look at its catalogs, plans elsewhere, the set and its check.
 */
export async function advise(): Promise<Section> {
  const folder = temporaryFolder('bench-advise');
  const history = openSqliteHistory(join(folder, 'history.db'));
  const server = await startPostgres({ version: '18' });
  try {
    const target = await collected(server, history, tenTables);
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
