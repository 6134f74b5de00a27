import { request } from 'node:http';
import { connect } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { silentMetrics } from '../../src/base/metrics.ts';
import { isStuck } from '../../src/controller/progress.ts';
import type { Glance } from '../../src/fleet/glance.ts';
import { createFleetTable, type FleetTable } from '../../src/fleet/table.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import { createApiPort } from '../../src/http/api-port.ts';
import type { Port } from '../../src/http/port.ts';
import { createProbePort } from '../../src/http/probe-port.ts';
import { targetLabel } from '../../src/resources/kinds/database-target/target.ts';
import { apiDeps } from '../support/api.ts';

/**
 * Both HTTP ports as they listen: under which names they answer, with which headers, and how a
 * fleet of ten thousand is listed.
 */
const fleet = Array.from({ length: 10_000 }, (_, i) => ({
  uid: `uid-${i}`,
  namespace: `ns-${(i * 7) % 40}`,
  name: `target-${(i * 7_919) % 10_000}`,
}));
function noted(targets: typeof fleet, glance: Glance): FleetTable {
  const table = createFleetTable({ now: () => 0, monotonic: () => 0 });
  for (const target of targets) table.note(target, glance);
  return table;
}
const history = openSqliteHistory(':memory:');
let api: Port;
const probes = createProbePort({
  hosts: ['dbintel.sys.svc'],
  stuck: () => undefined,
  notReady: () => undefined,
  metrics: silentMetrics,
  logger: silentLogger,
  beforeScrape: () => undefined,
});
const port: Record<string, number> = {};

beforeAll(async () => {
  api = createApiPort({
    ...apiDeps(history, {
      targets: () => fleet,
      table: noted(fleet, {
        engine: 'postgres',
        suspend: false,
        ready: 'True',
        reason: 'Collecting',
        explained: 97,
        plans: 412,
        findings: 7,
        circuit: 'closed',
        updatedAt: 1_700_000_000_000,
      }),
      status: () => Promise.reject(new Error('a list asks nobody')),
    }),
    hosts: ['dbintel.sys.svc'],
  });
  for (const [name, server] of Object.entries({ api, probes }))
    port[name] = Number(new URL(await server.listen({ port: 0, host: 'localhost' })).port);
});
afterAll(async () => {
  await Promise.all([api.close(), probes.close()]);
  await history.close();
});

const ask = (which: string, path: string, host: string) =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: port[which],
          path,
          headers: { host, authorization: 'Bearer token' },
        },
        (answer) => {
          let body = '';
          answer.on('data', (chunk: Buffer) => {
            body += chunk.toString();
          });
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }),
          );
        },
      );
      sent.once('error', reject).end();
    },
  );

describe.each([
  ['api', '/api/v1/targets?limit=1'],
  ['probes', '/healthz'],
  ['probes', '/readyz'],
  ['probes', '/metrics'],
])('%s %s', (which, path) => {
  it.each([
    'localhost',
    'LOCALHOST.:1',
    '127.0.0.1',
    '127.8.8.8',
    '[::1]:9',
    'dbintel.sys.svc:8080',
    'DBINTEL.sys.svc.',
  ])('answers %s', async (host) =>
    expect(await ask(which, path, host)).toMatchObject({ status: 200 }),
  );
  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.evil.example',
    'dbintel.sys.svc.evil.example',
    'dbintel',
    'a@localhost',
    'localhost:x',
  ])('is not there for "%s"', async (host) =>
    expect(await ask(which, path, host)).toMatchObject({
      status: 421,
      body: expect.stringContaining('DBINTEL_HOSTS'),
    }),
  );
  it('by another address: for the kubelet and for scrapers, not for the API', async () => {
    for (const host of ['10.1.2.3:8081', '[fd00::7]:8081'])
      expect((await ask(which, path, host)).status).toBe(which === 'probes' ? 200 : 421);
  });
});

/** As it stands on the wire. */
const send = (which: string, head: string) =>
  new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(port[which] ?? 0, '127.0.0.1', () =>
      socket.write(`${head}\r\nAuthorization: Bearer token\r\n\r\n`),
    );
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('close', () => resolve(text)).on('error', reject);
  });
it('without a Host the API is not there, and a probe is', async () => {
  expect(await send('api', 'GET / HTTP/1.0')).toMatch(/^HTTP\/1\.1 421/);
  expect(await send('probes', 'GET /healthz HTTP/1.0')).toMatch(/^HTTP\/1\.1 200/);
});
it.each([
  ['GET http://evil.example/ HTTP/1.1\r\nHost: localhost', 421],
  ['GET http://localhost@evil.example/ HTTP/1.1\r\nHost: localhost', 421],
  ['GET http://localhost/ HTTP/1.1\r\nHost: evil.example', 421],
  ['GET http://LOCALHOST:1/ HTTP/1.1\r\nHost: localhost', 200],
  ['GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example', 421],
  ['GET / HTTP/1.1\r\nHost: evil.example\r\nHost: localhost', 421],
  ['GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: evil.example', 200],
])('%s: %i', async (head, status) =>
  expect(await send('api', `${head}\r\nConnection: close`)).toMatch(
    new RegExp(`^HTTP/1\\.1 ${status} `),
  ),
);
it('a name as long as Kubernetes takes is asked for; a longer one is told as that', async () => {
  const path = (length: number) => `/api/v1/targets/${'n'.repeat(63)}/${'x'.repeat(length)}`;
  expect(await ask('api', path(253), 'localhost')).toMatchObject({
    status: 404,
    body: expect.stringContaining('there is no target'),
  });
  expect(await ask('api', path(254), 'localhost')).toMatchObject({
    status: 400,
    body: expect.stringContaining('253'),
  });
});
it.each([
  ['stop', { scope: { all: true }, reason: 'x'.repeat(257) }, '256'],
  ['stop', { scope: { targets: ['shop/Orders!'] }, reason: 'x' }, 'not namespace/name'],
  [
    'stop',
    { scope: { all: true, namespaces: ['a'] }, reason: 'x' },
    'exactly one of all: true, namespaces, targets and selector',
  ],
  [
    'stop',
    { scope: {}, reason: 'x' },
    'exactly one of all: true, namespaces, targets and selector',
  ],
  [
    'stop',
    { scope: { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }, reason: 'x' },
    'In and NotIn want values',
  ],
  ['stop', { scope: { all: true }, reason: ' \u200b ' }, 'a reason in words'],
  ['resume', {}, 'either the id of one stop or all: true'],
  ['resume', { all: false }, 'either the id of one stop or all: true'],
])('%s %j is refused: %s', async (route, body, why) => {
  const answer = await fetch(`http://127.0.0.1:${port['api']}/api/v1/${route}`, {
    method: 'POST',
    headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { message: string }).message).toContain(why);
});

it.each([
  ['api', '/', 'localhost', 200],
  ['api', '/nowhere', 'localhost', 404],
  ['api', '/%E0%A4%A', 'localhost', 400],
  ['api', '/', 'evil.example', 421],
  ['probes', '/metrics', 'localhost', 200],
  ['probes', '/nowhere', 'localhost', 404],
  ['probes', '/healthz', 'evil.example', 421],
])('%s %s for %s carries the security headers with %i', async (which, path, host, status) => {
  const answer = await ask(which, path, host);
  expect(answer.status).toBe(status);
  expect(answer.headers).toMatchObject({
    'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
});

it.each([
  ['/api/v1/targets/shop/%E0%A4%A', 400],
  [`/api/v1/targets/shop/${'a'.repeat(1_200)}`, 414],
])('an address that cannot be read is answered as any other mistake: %#', async (path, status) => {
  const answer = await ask('api', path, 'localhost');
  expect([answer.status, JSON.parse(answer.body)]).toEqual([
    status,
    { error: 'invalid', message: 'the address is too long, or not one that can be read' },
  ]);
});

it('ten thousand targets come in pages that are small and hold nobody up', async () => {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const seen: string[] = [];
  let [after, pages, bytes] = ['', 0, 0];
  delay.enable();
  for (;;) {
    const { body, status } = await ask(
      'api',
      `/api/v1/targets${after ? `?after=${encodeURIComponent(after)}` : ''}`,
      'localhost',
    );
    expect(status).toBe(200);
    const { items, next } = JSON.parse(body) as {
      items: { namespace: string; name: string; status?: unknown }[];
      next?: string;
    };
    seen.push(...items.map(targetLabel));
    pages += 1;
    bytes = Math.max(bytes, body.length);
    expect(items[0]).not.toHaveProperty('status');
    if (next === undefined) break;
    after = next;
  }
  delay.disable();
  expect(seen).toEqual(fleet.map(targetLabel).toSorted());
  expect(pages).toBe(100);
  expect(bytes).toBeLessThan(32_768);
  // Half of the pages at most 20 ms; the rest is the machine's.
  expect(delay.percentile(50) / 1e6).toBeLessThan(20);
  expect((await ask('api', '/api/v1/targets?limit=1001', 'localhost')).status).toBe(400);
});

describe('whether cycles come', () => {
  const minute = 60_000;
  const now = 1_700_000_000_000;
  it.each([
    [
      'a target that is asked once a day, in between',
      [{ dueAt: now + 600 * minute, interval_ms: 1_440 * minute }],
      700 * minute,
      false,
    ],
    [
      'one whose circuit is open for hours',
      [{ dueAt: now + 120 * minute, interval_ms: minute }],
      180 * minute,
      false,
    ],
    ['nothing to do', [], 9_000 * minute, false],
    ['all is well', [{ dueAt: now + 30_000, interval_ms: minute }], 30_000, false],
    [
      'one that is late alone, others come',
      [{ dueAt: now - 90 * minute, interval_ms: minute }],
      10_000,
      false,
    ],
    [
      'a cycle was due an hour ago and none has ended since',
      [{ dueAt: now - 60 * minute, interval_ms: minute }],
      61 * minute,
      true,
    ],
    [
      'an hour late is not long for one that is asked every hour',
      [{ dueAt: now - 60 * minute, interval_ms: 60 * minute }],
      120 * minute,
      false,
    ],
    [
      'but three hours are',
      [{ dueAt: now - 180 * minute, interval_ms: 60 * minute }],
      240 * minute,
      true,
    ],
  ])('%s', (_, due, lastEnded_ms, stuck) => expect(isStuck(due, lastEnded_ms, now)).toBe(stuck));
});

it('a scrape that fails says so to whoever asked, and why to whoever reads the log', async () => {
  const logged: string[] = [];
  const failing = createProbePort({
    hosts: [],
    stuck: () => undefined,
    notReady: () => undefined,
    metrics: {
      ...silentMetrics,
      pieces() {
        throw new Error('no figures');
      },
    },
    logger: { ...silentLogger, error: (_, message) => void logged.push(message) },
    beforeScrape: () => undefined,
  });
  const address = await failing.listen({ host: '127.0.0.1', port: 0 });
  const answer = await fetch(`${address}/metrics`);
  expect([answer.status, await answer.text()]).toEqual([500, 'internal error']);
  expect(logged).toEqual(['a probe could not be answered']);
  await failing.close();
});

it.each([
  ['findings?sev=critcal', 'critcal is none of: critical, warning, info'],
  ['advice?phase=proposed,Approved', 'proposed is none of: Proposed'],
  ['fleet?state=needs_you', 'needs_you is none of: needs-you, waits'],
  ['fleet?engine=postgresql', 'postgresql is none of: postgres, mysql'],
])('%s is refused with what is known', async (path, why) => {
  const answer = await fetch(`http://127.0.0.1:${port['api']}/api/v1/${path}`, {
    headers: { authorization: 'Bearer token' },
  });
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { message: string }).message).toContain(why);
});
it('a stop that is not there is not lifted', async () => {
  const answer = await fetch(`http://127.0.0.1:${port['api']}/api/v1/resume`, {
    method: 'POST',
    headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'nope' }),
  });
  expect([answer.status, await answer.json()]).toEqual([
    404,
    { error: 'not_found', message: 'there is no stop nope in force' },
  ]);
});
