import type { PostgresServer } from '../test/support/postgres-server.ts';
import {
  type Contender,
  countOurs,
  dbintelOf,
  peerOf,
  runStatements,
  serverCounts,
  startSharedServer,
  statements,
} from './contenders.ts';
import { type Section, sleep } from './harness.ts';
import { cpu, rss } from './processes.ts';
import { thisProgram } from './revision.ts';

/**
 * Side by side with the OpenTelemetry Collector's PostgreSQL receiver, the tool that does the most
 * similar thing: the same server, the same statements, the same interval and explain budget, one
 * after the other in one run, each from a process of its own that is started, warmed up, and then
 * watched.
 */
const interval_s = 10;
const settle_s = 4;
const watched_s = 90;
const later_s = 60;
const manyTargets = 100;

interface Figures {
  plans: number;
  coverage: number;
  cpuMs: number;
  explains: number;
  idleRssMiB: number;
  rssMiB: number;
  manyRssMiB: number;
  connections: number;
  entries: number;
  databaseMs: number;
  /** Of further statements, once the program has run for a while. */
  later: { cpuMs: number; explains: number };
}

export async function peerBench(): Promise<Section> {
  const server = await startSharedServer();
  try {
    await createDatabases(server);
    const theirs = await measure(server, peerOf(server, interval_s));
    const us = dbintelOf(server, thisProgram(), interval_s);
    const ours = await measure(server, us);
    await countOurs(server);
    ours.databaseMs = (await watch(server, us)).databaseMs;
    const row = (
      what: string,
      of: (figures: Figures) => string,
      goal = '',
    ): [string, string, string] => [what, `${of(ours)} / ${of(theirs)}`, goal];
    return {
      title: 'Side by side with a peer',
      how:
        "dbintel / the OpenTelemetry Collector 0.145's postgresql receiver, " +
        `one after the other on one PostgreSQL 18: ${statements} statements that run all the ` +
        `time, every ${interval_s} s up to ${statements} EXPLAINs, ` +
        `${watched_s} s from the moment that the statements begin; ` +
        'both ask for a plan once an hour; dbintel with redaction, hash, rules, ' +
        'history and metrics',
      rows: [
        row('statements with a plan', ({ plans }) => String(plans)),
        row(
          'coverage of database time',
          ({ coverage }) => `${(coverage * 100).toFixed(1)} %`,
          'at least as high',
        ),
        row('EXPLAINs while watched', ({ explains }) => String(explains)),
        row('CPU of the process while watched', ({ cpuMs }) => `${cpuMs.toFixed(0)} ms`),
        row('CPU a statement with a plan', ({ cpuMs, plans }) => perPiece(cpuMs, plans)),
        row('CPU an EXPLAIN', ({ cpuMs, explains }) => perPiece(cpuMs, explains), 'no more'),
        row(
          `CPU an EXPLAIN, the next ${later_s} s with ${statements} other statements`,
          ({ later }) => perPiece(later.cpuMs, later.explains),
          'no more',
        ),
        row(
          `resident memory, one target and ${statements} statements`,
          ({ rssMiB }) => `${rssMiB.toFixed(0)} MiB`,
        ),
        row(
          'resident memory, one target at rest',
          ({ idleRssMiB }) => `${idleRssMiB.toFixed(0)} MiB`,
        ),
        row(
          `resident memory, ${manyTargets} targets at rest`,
          ({ manyRssMiB }) => `${manyRssMiB.toFixed(0)} MiB`,
        ),
        row(
          'memory of one more target',
          ({ idleRssMiB, manyRssMiB }) =>
            `${((manyRssMiB - idleRssMiB) / (manyTargets - 1)).toFixed(2)} MiB`,
          '≤ 0.3 MB',
        ),
        row(
          'connections held between cycles, one target',
          ({ connections }) => String(connections),
          '0',
        ),
        row('entries left in pg_stat_statements', ({ entries }) => String(entries), '0'),
        row(
          'database time used while watched, as the server counts',
          ({ databaseMs }) => `${databaseMs.toFixed(0)} ms`,
        ),
        row('database time a statement with a plan', ({ databaseMs, plans }) =>
          perPiece(databaseMs, plans),
        ),
      ],
    };
  } finally {
    await server.stop();
  }
}

const perPiece = (ms: number, pieces: number) => `${(ms / Math.max(1, pieces)).toFixed(2)} ms`;

async function createDatabases(server: PostgresServer): Promise<void> {
  for (let i = 1; i < manyTargets; i += 1) {
    await server.sql(`CREATE DATABASE extra_${i}`);
    await server.sql('CREATE EXTENSION pg_stat_statements', `extra_${i}`);
  }
}

async function measure(server: PostgresServer, contender: Contender): Promise<Figures> {
  await server.sql('SELECT pg_stat_statements_reset()');
  const many = await contender.start([
    'postgres',
    ...Array.from({ length: manyTargets - 1 }, (_, i) => `extra_${i + 1}`),
  ]);
  await sleep(45_000);
  const manyRssMiB = rss(many.child);
  await many.stop();
  return { ...(await watch(server, contender)), manyRssMiB };
}

async function watch(
  server: PostgresServer,
  contender: Contender,
): Promise<Omit<Figures, 'manyRssMiB'>> {
  await server.sql('SELECT pg_stat_statements_reset()');
  const one = await contender.start(['postgres']);
  await sleep(settle_s * 1_000);
  const idleRssMiB = rss(one.child);
  const first = await runStatements(server, 't');
  const [cpuBefore, explainsBefore, mineBefore] = [
    cpu(one.child),
    await one.explains(),
    (await serverCounts(server, contender.role)).databaseMs,
  ];
  const held: number[] = [];
  for (let i = 0; i < watched_s; i += 1) {
    await sleep(1_000);
    const [row] = await server.sql(
      `SELECT count(*) AS n FROM pg_stat_activity WHERE usename = '${contender.role}'`,
    );
    held.push(Number(row?.['n']));
  }
  const figures = {
    cpuMs: cpu(one.child) - cpuBefore,
    explains: (await one.explains()) - explainsBefore,
    idleRssMiB,
    rssMiB: rss(one.child),
    connections: Math.min(...held),
    databaseMs: (await serverCounts(server, contender.role)).databaseMs - mineBefore,
  };
  const planned = await one.planned();
  const rows = await server.sql(
    'SELECT queryid::text AS id, total_exec_time AS ms FROM pg_stat_statements s ' +
      "JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname = 'postgres' " +
      "AND s.query LIKE 'SELECT id, c FROM t%'",
  );
  const total = rows.reduce((sum, { ms }) => sum + Number(ms), 0);
  const covered = rows.filter(({ id }) => planned.has(String(id)));
  const [left] = await server.sql(
    'SELECT count(*) AS n FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid ' +
      `WHERE r.rolname = '${contender.role}'`,
  );
  await first.stop();
  const [cpuThen, explainsThen] = [cpu(one.child), await one.explains()];
  const second = await runStatements(server, 'u');
  await sleep(later_s * 1_000);
  const later = {
    cpuMs: cpu(one.child) - cpuThen,
    explains: (await one.explains()) - explainsThen,
  };
  await one.stop();
  await second.stop();
  return {
    ...figures,
    later,
    plans: covered.length,
    coverage: covered.reduce((sum, { ms }) => sum + Number(ms), 0) / total,
    entries: Number(left?.['n']),
  };
}
