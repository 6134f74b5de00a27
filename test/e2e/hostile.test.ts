import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuthority } from '../support/certificates.ts';
import { talkMysql } from '../support/hostile-mysql.ts';
import { talkPostgres } from '../support/hostile-postgres.ts';
import { type HostileServer, startHostileServer } from '../support/hostile-server.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { manifest, type Standalone, startStandalone } from '../support/program.ts';
import { collectorPassword, prepareServer } from '../support/target.ts';

/**
 * One replica, one honest server, and hundreds of targets behind which nobody keeps to a protocol. `DBINTEL_HOSTILE_SEED=<seed>` says the same again; conversation
 * number n of a port is that of the seed + n.
 */
const seed = Number(process.env['DBINTEL_HOSTILE_SEED'] ?? Math.floor(Math.random() * 1_000_000));
const wanted = 5_000;
const targetsOfEach = 200;
const mebibyte = 1_048_576;

const servers: Record<string, HostileServer> = {};
let honest: PostgresServer;
let program: Standalone;

beforeAll(async () => {
  const leaf = createAuthority().issue('localhost', 'DNS:localhost');
  const secret = collectorPassword;
  honest = await startPostgres();
  await prepareServer(honest);
  servers['postgres'] = await startHostileServer({ talk: talkPostgres, seed, secret });
  servers['postgres-tls'] = await startHostileServer({ talk: talkPostgres, seed: seed + 1_000_000, secret, tls: { ...leaf, asks: true } });
  servers['mysql'] = await startHostileServer({ talk: talkMysql, seed: seed + 2_000_000, secret });
  servers['mysql-tls'] = await startHostileServer({ talk: talkMysql, seed: seed + 3_000_000, secret, tls: { ...leaf, asks: false } });
  servers['mariadb'] = await startHostileServer({ talk: talkMysql, seed: seed + 4_000_000, secret });
  program = await startStandalone(
    { 'a.yaml': manifest({ port: honest.port, name: 'honest', spec: '  collection: { interval: 10s }' }) },
    { DBINTEL_MAX_CYCLES: '128', DBINTEL_LOG_LEVEL: 'info' },
  );
}, 120_000);

afterAll(async () => {
  program?.remove();
  for (const server of Object.values(servers)) await server.close();
  await honest?.stop();
});

function hostileTargets(kind: string, port: number): string {
  const engine = kind.split('-')[0] as 'postgres' | 'mysql' | 'mariadb';
  const spec = '  collection: { interval: 10s }\n  safety: { circuitBreaker: { failures: 100, openFor: 1s, maxOpenFor: 1s } }';
  return Array.from({ length: targetsOfEach }, (_, i) => manifest({ port, engine, name: `${kind}-${i}`, spec }))
    .map((text, i) =>
      text
        .replaceAll('namespace: shop', `namespace: ${kind}-${i % 20}`) // a share of the places each
        .replace(/, requireAuth: \[[^\]]*\]|requireAuth: \[[^\]]*\], /, '')
        .replace('mode: disable', kind.endsWith('-tls') ? 'mode: require' : 'mode: disable'),
    )
    .join('---\n');
}

const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;
const conversations = () => Object.values(servers).reduce((sum, each) => sum + each.conversations, 0);

/** Sockets of others to the hostile ports, by their state; 06 is TIME_WAIT, which belongs to nobody. */
function sockets(): string[] {
  const ports = new Set(Object.values(servers).map(({ port }) => port));
  const lines = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, , remote, state] = line.trim().split(/\s+/);
    return ports.has(Number.parseInt(remote?.split(':')[1] ?? '', 16)) && state !== '06' ? [state as string] : [];
  });
}

it('5,000 conversations with servers that keep to nothing: nobody ends, nothing leaks, the honest target is on time', async () => {
  await until(async () => program.log().includes('"target":"shop/honest"'), 15_000, 'a first cycle');
  const idle = rss();
  for (const [kind, { port }] of Object.entries(servers))
    writeFileSync(`${program.folder}/targets/${kind}.yaml`, hostileTargets(kind, port));
  let most = 0;
  const began = performance.now();
  let exited: number | null | undefined;
  while (conversations() < wanted && performance.now() - began < 75_000) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    try {
      process.kill(program.pid, 0);
    } catch {
      exited = -1;
      break;
    }
    most = Math.max(most, rss());
  }
  const told = `seed ${seed}: ${Object.entries(servers)
    .map(([kind, { conversations }]) => `${kind} ${conversations}`)
    .join(
      ', ',
    )}; ${Math.round((performance.now() - began) / 1_000)} s; RSS ${Math.round(idle / mebibyte)} → ${Math.round(most / mebibyte)} MiB`;
  console.log(told);
  expect(exited, `${told}\n${program.log().slice(-3_000)}`).toBeUndefined();
  expect(conversations(), told).toBeGreaterThanOrEqual(wanted);
  expect(most - idle, told).toBeLessThan(256 * mebibyte);
  const lines = program
    .log()
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
  const cycles = lines.filter((line) => line['target'] === 'shop/honest' && 'outcome' in line);
  const late = cycles.flatMap((cycle, i) => {
    const gap = i && Date.parse(String(cycle['time'])) - Date.parse(String(cycles[i - 1]?.['time']));
    return gap > 15_000 ? [gap] : [];
  });
  expect(
    cycles.filter(({ outcome }) => outcome !== 'collected'),
    told,
  ).toEqual([]);
  expect(late, told).toEqual([]);
  expect(cycles.length, told).toBeGreaterThanOrEqual(3);
  // The drivers' own throws are caught where they read; the last guard had nothing to do.
  expect(lines.filter(({ code }) => code === 'library_fault' || code === 'internal').slice(0, 5), told).toEqual([]);
  for (const [kind, { leaks }] of Object.entries(servers)) if (!kind.endsWith('-tls')) expect(leaks, `${told}: ${kind}`).toEqual([]);
  expect(await program.kill('SIGTERM')).toBe(0);
  expect(sockets(), told).toEqual([]);
}, 150_000);
