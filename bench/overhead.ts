import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  cacheFolder,
  type PostgresServer,
  say,
  startPostgres,
} from '../test/support/postgres-server.ts';
import { cyclesOf, makeTarget, prepareServer } from '../test/support/target.ts';
import { budgetGoal, interval_s, median, quantileOf, type Section, sleep } from './harness.ts';

/**
 * pgbench with us and without us, in pairs; and the database time of a cycle against the interval.
 */
const pairs = 7;
const seconds = 12;

export async function overhead(): Promise<Section> {
  const pgbench = findPgbench();
  const server = await startPostgres({ settings: { shared_buffers: '256MB' } });
  try {
    await server.sql('CREATE DATABASE bench');
    execFileSync(
      pgbench,
      [
        '-h',
        server.host,
        '-p',
        String(server.port),
        '-U',
        'postgres',
        '-i',
        '-s',
        '10',
        '-q',
        'bench',
      ],
      {
        stdio: 'ignore',
      },
    );
    await prepareServer(server, 'bench');
    await server.sql(
      'GRANT SELECT, UPDATE, INSERT ON ALL TABLES IN SCHEMA public TO dbintel',
      'bench',
    );
    await tps(pgbench, server, 5);
    const databaseMs: number[] = [];
    const changes: number[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      const order = pair % 2 ? [true, false] : [false, true];
      const measured = new Map<boolean, number>();
      for (const withUs of order)
        measured.set(withUs, await run(pgbench, server, withUs, databaseMs));
      changes.push(((measured.get(true) ?? 0) / (measured.get(false) ?? 1) - 1) * 100);
    }
    const share = (median(databaseMs) / (interval_s * 1_000)) * 100;
    return {
      title: 'What we cost a server',
      how:
        `pgbench (TPC-B-like, scale 10, 4 clients) for ${seconds} s, ` +
        `${pairs} pairs with and without us in alternating order; with us: ` +
        'a cycle with up to 10 queries every 3 s, twenty times as often as the default',
      rows: [
        [
          'database time of a cycle (median, and the longest)',
          `${median(databaseMs).toFixed(0)} ms, ${Math.max(...databaseMs).toFixed(0)} ms`,
          '',
        ],
        [
          `share of one connection’s wall time at an interval of ${interval_s} s`,
          `${share.toFixed(3)} %`,
          budgetGoal,
        ],
        [
          'change of pgbench’s tps at twenty times the default rate (median; quartiles)',
          `${median(changes).toFixed(1)} % (${quantileOf(changes, 0.25).toFixed(1)} … ` +
            `${quantileOf(changes, 0.75).toFixed(1)} %)`,
          '',
        ],
      ],
    };
  } finally {
    await server.stop();
  }
}

async function run(
  pgbench: string,
  server: PostgresServer,
  withUs: boolean,
  databaseMs: number[],
): Promise<number> {
  const ending = new AbortController();
  const collecting = withUs ? collectOften(server, databaseMs, ending.signal) : Promise.resolve();
  const result = await tps(pgbench, server, seconds);
  ending.abort();
  await collecting;
  return result;
}

async function collectOften(
  server: PostgresServer,
  databaseMs: number[],
  signal: AbortSignal,
): Promise<void> {
  const target = makeTarget({
    port: server.port,
    database: 'bench',
    spec: {
      databases: { include: ['bench'] },
      safety: {
        explains: { perSecond: 100, burst: 1_000 },
        databaseTimeBudget: '50%',
        databaseTimeBurst: '10m',
      },
    },
  });
  const cycles = cyclesOf(target);
  while (!signal.aborted) {
    cycles.state = { ...cycles.state, explained: new Map() };
    const { batch } = await cycles.run();
    if (batch.cycle.outcome.kind === 'collected') databaseMs.push(batch.cycle.databaseMs);
    await sleep(3_000);
  }
}

function tps(pgbench: string, server: PostgresServer, time_s: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      pgbench,
      [
        '-h',
        server.host,
        '-p',
        String(server.port),
        '-U',
        'postgres',
        '-T',
        String(time_s),
        '-c',
        '4',
        '-n',
        'bench',
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.once('close', () => {
      const found = Number(/tps = ([\d.]+)/.exec(out)?.[1]);
      if (found > 0) resolve(found);
      else reject(new Error(`pgbench gave no figure: ${out}`));
    });
  });
}

/** From Debian's server package, unpacked into the cache: installing it would start a service. */
function findPgbench(): string {
  const folder = join(cacheFolder, 'pgbench-15');
  const program = join(folder, 'usr/lib/postgresql/15/bin/pgbench');
  if (!existsSync(program)) {
    say('fetching pgbench from Debian (once)');
    const part = `${folder}.part-${process.pid}`;
    mkdirSync(part, { recursive: true });
    execFileSync(
      'sh',
      [
        '-c',
        'apt-get -qq update && apt-get -qq download postgresql-15 && dpkg -x ' +
          'postgresql-15_*.deb . && rm postgresql-15_*.deb',
      ],
      { cwd: part, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    rmSync(folder, { recursive: true, force: true });
    renameSync(part, folder);
  }
  return program;
}
