import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresServer } from '../test/support/postgres-server.ts';
import {
  type Contender,
  countOurs,
  dbintelOf,
  peerOf,
  type Running,
  runStatements,
  serverCounts,
  startSharedServer,
  statements,
} from './contenders.ts';
import { alternate, type Figure, type Pair, type Values } from './figures.ts';
import { median, sleep } from './harness.ts';
import { cpu } from './processes.ts';
import type { Revision } from './revision.ts';

/**
 * What a statement costs that was never seen before: twice 400 of them, to a process that was just
 * started and to the same once it has run, beside the peer in the same rounds.
 */
const rounds = 3;
const interval_s = 10;
/** Until the first cycle has been, after which each statement is new. */
const settle_s = 4;
/** Two intervals and the time that 400 statements take: all have their plan by then. */
const watched_s = 22;

const [cold, warm] = ['first', 'next'].map(
  (which) => `CPU a new statement, the ${which} ${statements}`,
) as [string, string];
const [databaseTime, planned] = ['database time a statement with a plan', 'statements with a plan'];
const sent = 'EXPLAINs sent for a new statement, median';
const besidePeer = (name: string) => `${name}: times the peer’s`;
const ofPeer = (name: string) => `${name}: the peer’s own`;

export const firstSightFigures: readonly Figure[] = [
  { name: cold, unit: 'ms', goal: '≤ 0.5' },
  { name: warm, unit: 'ms', goal: '≤ 0.5' },
  { name: databaseTime, unit: 'ms', goal: '' },
  { name: planned, unit: '', goal: '' },
  { name: sent, unit: '', goal: '≤ 2 (after)' },
  { name: besidePeer(cold), unit: '', goal: '≤ 1.5 (after), better 1' },
  { name: besidePeer(warm), unit: '', goal: '≤ 1.5 (after), better 1' },
  { name: besidePeer(databaseTime), unit: '', goal: '≤ 1 (after)' },
  { name: ofPeer(cold), unit: 'ms', goal: '' },
  { name: ofPeer(warm), unit: 'ms', goal: '' },
  { name: ofPeer(databaseTime), unit: 'ms', goal: '' },
  { name: ofPeer(planned), unit: '', goal: '' },
];

export async function pairFirstSight(before: Revision, after: Revision): Promise<Pair> {
  const server = await startSharedServer();
  try {
    await countOurs(server);
    const ours = [before, after].map(({ program }) => dbintelOf(server, program, interval_s));
    const contenders = [...ours, peerOf(server, interval_s)];
    const [was = [], is = [], peer = []] = await alternate(rounds, contenders, (each) =>
      watchOne(server, each),
    );
    await server.sql("ALTER ROLE dbintel SET log_statement = 'all'");
    const counts: number[] = [];
    for (const each of ours) counts.push(await explainsSent(server, each));
    const beside = (rows: readonly Values[], i: number) =>
      rows.map((values, round) => ({
        ...values,
        [sent]: counts[i] as number,
        ...besideEach(values, peer[round] as Values),
      }));
    return { before: beside(was, 0), after: beside(is, 1) };
  } finally {
    await server.stop();
  }
}

const besideEach = (ours: Values, theirs: Values): Values =>
  Object.fromEntries(
    Object.entries(ours).flatMap(([name, value]) => [
      [besidePeer(name), value / (theirs[name] as number)],
      [ofPeer(name), theirs[name] as number],
    ]),
  );

async function watchOne(server: PostgresServer, contender: Contender): Promise<Values> {
  await server.sql('SELECT pg_stat_statements_reset()');
  const one = await contender.start(['postgres']);
  try {
    await sleep(settle_s * 1_000);
    const before = await serverCounts(server, contender.role);
    const first = await watchStatements(server, one, 't');
    const next = await watchStatements(server, one, 'u');
    const after = await serverCounts(server, contender.role);
    const plans = first.plans + next.plans;
    return {
      [cold]: first.cpuMs / first.plans,
      [warm]: next.cpuMs / next.plans,
      [databaseTime]: (after.databaseMs - before.databaseMs) / plans,
      [planned]: plans,
    };
  } finally {
    await one.stop();
  }
}

async function watchStatements(
  server: PostgresServer,
  one: Running,
  table: string,
): Promise<{ cpuMs: number; plans: number }> {
  const known = (await one.planned()).size;
  const before = cpu(one.child);
  const application = await runStatements(server, table);
  await sleep(watched_s * 1_000);
  const cpuMs = cpu(one.child) - before;
  await application.stop();
  return { cpuMs, plans: (await one.planned()).size - known };
}

/** By the server’s log, which has those that failed too: of each statement, how many. */
async function explainsSent(server: PostgresServer, contender: Contender): Promise<number> {
  const log = join(server.folder, 'server.log');
  const from = readFileSync(log, 'utf8').length;
  await server.sql('SELECT pg_stat_statements_reset()');
  const one = await contender.start(['postgres']);
  try {
    await sleep(settle_s * 1_000);
    await watchStatements(server, one, 't');
  } finally {
    await one.stop();
  }
  const lines = readFileSync(log, 'utf8').slice(from);
  const asked = [
    ...lines.matchAll(/EXPLAIN \([^)]*\)[^;]*?FROM (?:"?public"?\.)?"?t"? WHERE ([^;]*?)LIMIT/g),
  ];
  // The types of its parameters differ from one to the next.
  const statementsOf = Map.groupBy(asked, ([, conditions = '']) =>
    conditions.replaceAll(/::[\w."]+|[()"\s]/g, '').replaceAll(/\$\d+|NULL/g, '?'),
  );
  if (statementsOf.size === 0) throw new Error(`no EXPLAIN stands in ${log}`);
  return median([...statementsOf.values()].map(({ length }) => length));
}
