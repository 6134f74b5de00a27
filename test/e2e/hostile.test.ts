import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EngineName } from '../../src/model/engine-name.ts';
import { createAuthority } from '../support/certificates.ts';
import { endlessMysql, endlessPostgres, silent } from '../support/hostile-endless.ts';
import { talkMysql } from '../support/hostile-mysql.ts';
import { talkPostgres } from '../support/hostile-postgres.ts';
import {
  type HostileOptions,
  type HostileServer,
  startHostileServer,
} from '../support/hostile-server.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres, temporaryFolder } from '../support/postgres-server.ts';
import { dbintel, manifest, type Standalone, startStandalone } from '../support/program.ts';
import { socketsTo } from '../support/sockets.ts';
import { collectorPassword, prepareServer } from '../support/target.ts';

/**
 * The real program beside servers that keep to nothing: one honest target, and others each before a
 * server of its own. Conversation n of port i of kind k is that of the seed + 1,000,000 k + 1,000 i
 * + n; other seeds, by `DBINTEL_FUZZ_SEED=<seed>`, say others.
 */
const seed = Number(process.env['DBINTEL_FUZZ_SEED'] ?? 20_261);
const conversationsWanted = 300;
const portsOfEach = 16;
const mebibyte = 1_048_576;

type Behaviour = Pick<HostileOptions, 'talk' | 'tls'>;
let leaf: { cert: string; key: string };
let honest: PostgresServer;
const servers: HostileServer[] = [];
const programs: Standalone[] = [];

beforeAll(async () => {
  leaf = createAuthority().issue('localhost', 'DNS:localhost');
  honest = await startPostgres();
  await prepareServer(honest);
});
afterAll(async () => {
  for (const program of programs) program.remove();
  for (const server of servers) await server.close();
  await honest?.stop();
});

const spec =
  '  collection: { interval: 10s }\n  safety: { circuitBreaker: { failures: 100, openFor: ' +
  '1s, maxOpenFor: 1s } }';

/** `count` servers of one kind, and the manifests of their targets. */
async function startHostile(
  kind: string,
  behaviour: Behaviour,
  count: number,
  first = 0,
): Promise<{ text: string; some: HostileServer[] }> {
  const [engine, tls] = kind.split('-') as [EngineName, 'tls' | undefined];
  const some = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      startHostileServer({
        ...behaviour,
        seed: seed + first + 1_000 * i,
        secret: collectorPassword,
      }),
    ),
  );
  servers.push(...some);
  const text = some.map(({ port }, i) =>
    manifest({ port, engine, name: `${kind}-${i}`, spec })
      .replaceAll('namespace: shop', `namespace: ${kind}-${i}`) // a share of the places each
      .replace('requireAuth: [caching_sha2_password, mysql_native_password], ', '')
      .replace('mode: disable', tls ? 'mode: require' : 'mode: disable'),
  );
  return { text: text.join('---\n'), some };
}

async function startBesideHonest(): Promise<Standalone> {
  const honestTarget = manifest({
    port: honest.port,
    name: 'honest',
    spec: '  collection: { interval: 10s }',
  });
  const program = await startStandalone(
    { 'honest.yaml': honestTarget },
    {
      DBINTEL_LOG_LEVEL: 'info',
      DBINTEL_MAX_CYCLES: '48',
      NODE_OPTIONS: '--max-semi-space-size=12',
    },
  );
  programs.push(program);
  await until(
    async () => program.log().includes('"target":"shop/honest"'),
    60_000,
    'a first cycle',
  );
  return program;
}

/** Bytes of memory in use now; 0 where the process is gone. */
function rss({ pid }: Standalone): number {
  try {
    return (
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024
    );
  } catch {
    return 0;
  }
}

/** The most that it used while `going` held. */
async function watchMemory(
  program: Standalone,
  limit_ms: number,
  going: () => boolean,
): Promise<number> {
  const end = performance.now() + limit_ms;
  let most = 0;
  while (going() && performance.now() < end) {
    const now = rss(program);
    expect(now, `the program is gone: ${program.log().slice(-2_000)}`).toBeGreaterThan(0);
    most = Math.max(most, now);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return most;
}

const entries = (program: Standalone) =>
  program
    .log()
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));

async function expectOrderlyEnd(
  program: Standalone,
  some: readonly HostileServer[],
  told: string,
): Promise<void> {
  const began = performance.now();
  expect(await program.kill('SIGTERM'), told).toBe(0);
  expect(performance.now() - began, told).toBeLessThan(30_000);
  const ports = some.map(({ port }) => port);
  await expect.poll(() => socketsTo(ports), { message: told, timeout: 10_000 }).toEqual([]);
}

it('hundreds of conversations: the program goes on, the honest target is on time, and nothing is left', async () => {
  const program = await startBesideHonest();
  const idle = rss(program);
  const kinds: Record<string, Behaviour> = {
    postgres: { talk: talkPostgres },
    'postgres-tls': { talk: talkPostgres, tls: { ...leaf, asks: true } },
    mysql: { talk: talkMysql },
    'mysql-tls': { talk: talkMysql, tls: { ...leaf, asks: false } },
    mariadb: { talk: talkMysql },
  };
  const all: HostileServer[] = [];
  for (const [k, [kind, behaviour]] of Object.entries(kinds).entries()) {
    const { text, some } = await startHostile(kind, behaviour, portsOfEach, 1_000_000 * k);
    all.push(...some);
    writeFileSync(join(program.folder, 'targets', `${kind}.yaml`), text);
  }
  const said = () => all.reduce((sum, { conversations }) => sum + conversations, 0);
  const most = await watchMemory(program, 60_000, () => said() < conversationsWanted);
  const told =
    `seed ${seed}: ${said()} conversations, RSS ${Math.round(idle / mebibyte)} → ` +
    `${Math.round(most / mebibyte)} MiB`;
  console.info(told);
  expect(said(), told).toBeGreaterThanOrEqual(conversationsWanted);
  const cycles = entries(program).filter(
    (line) => line['target'] === 'shop/honest' && 'outcome' in line,
  );
  expect(
    cycles.filter(({ outcome }) => outcome !== 'collected'),
    told,
  ).toEqual([]);
  const times = cycles.map(({ time }) => Date.parse(String(time)));
  expect(
    Math.max(0, ...times.slice(1).map((time, i) => time - (times[i] as number))),
    told,
  ).toBeLessThan(15_000);
  expect(times.length, told).toBeGreaterThanOrEqual(2);
  // The drivers' own throws are caught where they read; the last guard had nothing to do.
  expect(
    entries(program).filter(({ code }) => code === 'library_fault' || code === 'internal'),
    told,
  ).toEqual([]);
  expect(most - idle, told).toBeLessThan(256 * mebibyte);
  await expectOrderlyEnd(program, all, told);
}, 150_000);

it('a server that sends without end costs little memory', async () => {
  const talks = { postgres: endlessPostgres, mysql: endlessMysql };
  await Promise.all(
    Object.entries(talks).map(async ([kind, talk]) => {
      const program = await startBesideHonest();
      const idle = rss(program);
      const { text, some } = await startHostile(kind, { talk }, 1);
      program.write(`${kind}.yaml`, text);
      const most = await watchMemory(program, 12_000, () => true);
      const told =
        `${kind}: ${some[0]?.conversations} conversations, ` +
        `RSS ${Math.round(idle / mebibyte)} → ${Math.round(most / mebibyte)} MiB`;
      console.info(told);
      expect(some[0]?.conversations, told).toBeGreaterThan(0);
      expect(most - idle, told).toBeLessThan(96 * mebibyte);
      await expectOrderlyEnd(program, some, told);
    }),
  );
}, 90_000);

it('collect ends with 3 against servers that never answer', async () => {
  const folder = temporaryFolder('silent');
  const attempts = ['postgres', 'mysql'].map(async (kind) => {
    const { text, some } = await startHostile(kind, { talk: silent }, 1);
    const file = join(folder, `${kind}.yaml`);
    writeFileSync(file, text);
    expect(await dbintel(['collect', file])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('connection_failed'),
    });
    return some;
  });
  const all = (await Promise.all(attempts)).flat();
  const ports = all.map(({ port }) => port);
  await expect.poll(() => socketsTo(ports), { timeout: 10_000 }).toEqual([]);
});
