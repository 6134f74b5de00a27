import { request } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../src/base/node/clock.ts';
import { seededRandom } from '../src/base/random.ts';
import type { Glance } from '../src/fleet/glance.ts';
import { createFleetTable, type FleetTable, type Named } from '../src/fleet/table.ts';
import { openSqliteHistory } from '../src/history/sqlite/sqlite-history.ts';
import { createApiPort } from '../src/http/api-port.ts';
import { apiDeps } from '../test/support/api.ts';
import { median, type Section, sleep } from './harness.ts';

/** What the pages of a fleet of ten thousand cost the replica that answers them. */
const targets = 10_000;
const changesPerSecond = 200;
const listeners = 20;
const listenFor_s = 10;

const random = seededRandom(16);
const pick = <T>(some: readonly T[]): T => some[Math.floor(random.next() * some.length)] as T;
const uid = () =>
  [8, 4, 4, 4, 12]
    .map((length) =>
      Array.from({ length }, () => Math.floor(random.next() * 16).toString(16)).join(''),
    )
    .join('-');

export async function uiApi(): Promise<Section> {
  const names = Array.from({ length: targets }, (_, i) => ({
    uid: uid(),
    namespace: `team-${i % 200}`,
    name: `database-${i}`,
  }));
  const { table, bytes } = tableOf(names);
  const history = openSqliteHistory(':memory:');
  const api = createApiPort({
    ...apiDeps(history, {
      table,
      targets: () => names,
      clock: systemClock,
      now: systemClock.now,
      monotonic: systemClock.monotonic,
    }),
    hosts: [],
    pages: undefined,
  });
  const address = await api.listen({ host: '127.0.0.1', port: 0 });
  const pages = await askPages(address, table, names);
  const events = await listen(address, table, names);
  await api.close();
  await history.close();
  return {
    title: 'What the pages ask of a replica',
    how:
      `A table of ${targets} targets, one in fifty ill, all with findings, sparks and owners; ` +
      `pages of 200 over loopback, 60 of each kind, the table changed before each, the asking ` +
      `program’s part included; ` +
      `${changesPerSecond} changes a second for ${listenFor_s} s, one in fifty of more than ` +
      `figures, told to ${listeners} who listen`,
    rows: [
      [
        'memory of the table (names not counted)',
        `${(bytes / 2 ** 20).toFixed(2)} MiB, ${Math.round(bytes / targets)} B a target`,
        '≤ 2 MB',
      ],
      ...pages,
      ...events,
    ],
  };
}

function tableOf(names: readonly Named[]): { table: FleetTable; bytes: number } {
  const used = () => {
    // Twice: what was freed while the first looked goes with the second.
    for (let i = 0; i < 2; i += 1) globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  const table = createFleetTable(systemClock);
  for (const name of names) table.note(name, glance());
  return { table, bytes: used() - before };
}

function glance(): Glance {
  const now = Date.now();
  const ill = random.next() < 0.02;
  return {
    suspend: false,
    engine: pick(['postgres', 'mysql', 'mariadb']),
    version: pick(['18.1', '17.6', '9.7.4', '11.4.8']),
    ready: ill ? 'False' : 'True',
    reason: ill
      ? pick(['CircuitOpen', 'PrerequisiteMissing', 'AuthenticationFailed'])
      : 'Collecting',
    since: now - Math.floor(random.next() * 1e9),
    circuit: ill ? 'open' : 'closed',
    ...(ill ? { cause: 'statement_timeout', nextTry: now + 60_000 } : {}),
    ...figures(now),
    findings: Math.floor(random.next() * 30),
    critical: random.next() < 0.1 ? 1 : 0,
    warning: Math.floor(random.next() * 9),
    busy: {
      hours: Array.from({ length: 24 }, () => pick([...'ABCDEFGHIJKLMNOP'])).join(''),
      until: now - (now % 3_600_000),
    },
    owner: pick(['dbintel-6d9c-a', 'dbintel-6d9c-b', 'dbintel-6d9c-c']),
  };
}

const figures = (now: number) => ({
  explained: 90 + Math.floor(random.next() * 10),
  accountedFor: 99 + Math.floor(random.next() * 2),
  plans: Math.floor(random.next() * 900),
  lastCycle: now - Math.floor(random.next() * 60_000),
  updatedAt: now,
});

function change(table: FleetTable, names: readonly Named[]): void {
  const target = pick(names);
  const known = table.glance(target.uid);
  if (!known) return;
  const inWords = random.next() < 0.02 ? { findings: Math.floor(random.next() * 30) } : {};
  table.note(target, { ...asWritten(known), ...figures(Date.now()), ...inWords });
}

/** As a status says it, whose times have milliseconds; the table keeps seconds. */
const asWritten = ({ since, nextTry, ...known }: Glance): Glance => ({
  ...known,
  ...(since === undefined ? {} : { since: since + 457 }),
  ...(nextTry === undefined ? {} : { nextTry: nextTry + 289 }),
});

interface Answer {
  ms: number;
  bytes: number;
}
const ask = (address: string, path: string, encoding: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const headers = { authorization: 'Bearer token', 'accept-encoding': encoding };
    const sent = request(`${address}${path}`, { headers }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('end', () =>
        answer.statusCode === 200
          ? resolve({ ms: performance.now() - began, bytes })
          : reject(new Error(`${path}: ${answer.statusCode}`)),
      );
    });
    sent.on('error', reject);
    sent.end();
  });

async function askPages(
  address: string,
  table: FleetTable,
  names: readonly Named[],
): Promise<Section['rows']> {
  const kinds: [string, string, string][] = [
    ['first page', '', 'gzip'],
    ['first page', '', 'br'],
    ['searched', '?q=base-77', 'gzip'],
    ['by namespace, at its end', '?group=namespace&cursor=9800', 'gzip'],
  ];
  const rows: Section['rows'] = [];
  for (const [what, query, encoding] of kinds) {
    const answers: Answer[] = [];
    let cpu_ms = 0;
    // The limit of requests is a person's: 20 a second.
    for (let i = 0; i < 65; i += 1) {
      change(table, names);
      const before = process.cpuUsage();
      answers.push(await ask(address, `/api/v1/fleet${query}`, encoding));
      const { user, system } = process.cpuUsage(before);
      cpu_ms += (user + system) / 1_000;
      await sleep(55);
    }
    const some = answers.slice(5);
    const times = some.map(({ ms }) => ms);
    const size_kB = median(some.map(({ bytes }) => bytes)) / 1_000;
    rows.push([
      `page of 200, ${what} (${encoding}): best, median, processor, size`,
      `${Math.min(...times).toFixed(1)} ms, ${median(times).toFixed(1)} ms, ` +
        `${(cpu_ms / 65).toFixed(1)} ms, ${size_kB.toFixed(1)} kB`,
      '≤ 30 ms, ≤ 30 kB',
    ]);
  }
  return rows;
}

async function listen(
  address: string,
  table: FleetTable,
  names: readonly Named[],
): Promise<Section['rows']> {
  const heard = Array.from({ length: listeners }, () => ({ bytes: 0 }));
  const closing = new AbortController();
  await Promise.all(heard.map((one) => hear(address, one, closing.signal)));
  await sleep(2_000);
  for (const one of heard) one.bytes = 0;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const cpu = process.cpuUsage();
  delay.enable();
  const every = 10;
  const began = performance.now();
  for (let i = 0; i < listenFor_s * every; i += 1) {
    for (let n = 0; n < changesPerSecond / every; n += 1) change(table, names);
    await sleep(1_000 / every);
  }
  delay.disable();
  const { user, system } = process.cpuUsage(cpu);
  const took_s = (performance.now() - began) / 1_000;
  closing.abort();
  const perSecond = median(heard.map(({ bytes }) => bytes)) / took_s;
  return [
    ['events, bytes a second of one who listens', `${(perSecond / 1_000).toFixed(1)} kB`, '≤ 5 kB'],
    [
      `the loop’s delay with ${listeners} who listen: p99, most`,
      `${(delay.percentile(99) / 1e6).toFixed(1)} ms, ${(delay.max / 1e6).toFixed(1)} ms`,
      'p99 ≤ 20 ms',
    ],
    [
      'processor for it, changes and listening included',
      `${(((user + system) / 1e6 / took_s) * 100).toFixed(1)} % of a core`,
      '',
    ],
  ];
}

/** Each listens in a session of its own, as a browser does. */
async function signIn(address: string): Promise<string> {
  const answer = await fetch(`${address}/api/v1/session`, {
    method: 'POST',
    headers: {
      origin: address,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ token: 'token' }),
  });
  const [cookie] = answer.headers.getSetCookie();
  if (!cookie) throw new Error(`session: ${answer.status} ${await answer.text()}`);
  return cookie.split(';')[0] ?? '';
}

async function hear(address: string, one: { bytes: number }, signal: AbortSignal): Promise<void> {
  const headers = { cookie: await signIn(address) };
  const answer = await fetch(`${address}/api/v1/events`, { headers, signal });
  if (answer.status !== 200) throw new Error(`events: ${answer.status}`);
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const read = async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read())
      one.bytes += part.value.length;
  };
  read().catch(() => undefined);
}
