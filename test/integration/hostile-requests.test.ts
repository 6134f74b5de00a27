import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createFleetTable } from '../../src/fleet/table.ts';
import type { History } from '../../src/history/backends.ts';
import { openPostgresHistory } from '../../src/history/postgres/postgres-history.ts';
import { createApiPort } from '../../src/http/api-port.ts';
import type { Port } from '../../src/http/port.ts';
import { apiDeps, apiNow } from '../support/api.ts';
import {
  type ApiRoute,
  type ApiServer,
  addressOf,
  apiRoutes,
  openServer,
} from '../support/api-routes.ts';
import { explained, makeBatch } from '../support/batch.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';

/**
 * Whatever somebody writes where a name, a word or a number is wanted, of every route: it is told
 * as theirs, and never a failure of ours. Over the history that takes least: PostgreSQL has texts
 * that it does not keep.
 */
const token = 'the-token-of-the-api';
let database: PostgresServer;
let history: History;
let server: ApiServer;
let port: Port;
let at: URL;
let routes: ApiRoute[];

beforeAll(async () => {
  database = await startPostgres();
  history = openPostgresHistory(
    `postgres://postgres@127.0.0.1:${database.port}/postgres`,
    silentLogger,
  );
  await history.record(makeBatch({ at: apiNow, queries: [explained('aa01', { rule: 'spill' })] }));
  const table = createFleetTable({ now: () => apiNow, monotonic: () => 0 });
  table.note({ uid: 'uid', namespace: 'shop', name: 'orders' }, { suspend: false });
  const deps = apiDeps(history, {
    token,
    table,
    stop: async (scope, reason) => {
      const stop = { id: 's', scope, reason, since: apiNow };
      const kept = { covered: 1, replicas: [], seenAt: apiNow, liftedAt: apiNow };
      await history.keepStop({ ...stop, ...kept });
      return stop;
    },
  });
  server = await openServer(deps);
  routes = await apiRoutes(server, token);
  port = createApiPort({ ...deps, hosts: [] });
  at = new URL(await port.listen({ port: 0, host: '127.0.0.1' }));
}, 60_000);
afterAll(async () => {
  await port?.close();
  await server?.close();
  await history?.close();
  await database?.stop();
});

/** As they stand in an address. */
const hostile = {
  NUL: '%00',
  'NUL within': 'a%00b',
  'half a surrogate pair': '%ED%A0%80',
  'half a surrogate pair, after a good one': '%F0%9F%98%80%ED%B0%80',
  'no UTF-8': '%FF%FE',
  'an escape that ends': '%E2%80',
  'right to left': encodeURIComponent('\u202e\u2066طلبات\u2069'),
  emoji: encodeURIComponent('👩‍💻'),
  quotes: encodeURIComponent(`'";--\\`),
  'a line of a header': '%0d%0aset-cookie:%20a=b',
  'a way up': '..%2f..%2f..%2fetc%2fpasswd',
  'a prototype': '__proto__',
  'a pattern': encodeURIComponent('%_*?[a-z]{9}(a+)+$'),
  nothing: '',
  long: 'x'.repeat(9_000),
  'a number below': '-1',
  'no number': 'NaN',
  'a number without end': '1e309',
  'a number of many digits': '9'.repeat(40),
  'more than a time': '99999999999999999',
  'a list': 'a,b,,c',
};
const good: Record<string, string> = {
  uid: 'uid',
  namespace: 'shop',
  name: 'orders',
  fingerprint: 'aa01',
  rule: 'spill',
  hash: 'ph2%3Ax',
};
/** What is answered by a stream that goes on. */
const isEndless = ({ path }: ApiRoute, status?: number) =>
  path.endsWith('/events') && status === undefined;
const headers = { authorization: `Bearer ${token}` };
const statusOf = async (url: string) => {
  const answer = await server.inject({ url, headers });
  expect(answer.headers['set-cookie']).toBeUndefined();
  return answer.statusCode;
};

describe.each(Object.entries(hostile))('%s', (_, text) => {
  it('where a name stands in a path', async () => {
    for (const route of routes.filter(({ method }) => method === 'GET'))
      for (const name of route.inPath) {
        const url = addressOf(route, (each) => (each === name ? text : (good[each] ?? 'x')));
        expect([url.slice(0, 200), await statusOf(url)]).toEqual([
          url.slice(0, 200),
          expect.toBeOneOf([200, 302, 304, 400, 404, 414]),
        ]);
      }
  });
  it('where a word is asked for', async () => {
    for (const route of routes.filter((each) => each.method === 'GET' && !isEndless(each)))
      for (const name of route.inQuery) {
        const url = addressOf(route, (each) => good[each] ?? 'x', [[name, text]]);
        expect([url.slice(0, 200), await statusOf(url)]).toEqual([
          url.slice(0, 200),
          expect.toBeOneOf([200, 304, 400, 404, 422, 501]),
        ]);
      }
  });
});

const texts = {
  NUL: 'a\0b',
  'half a surrogate pair': 'a\ud800b',
  'right to left': '\u202eطلبات',
  'a megabyte': 'x'.repeat(1_048_576),
  quotes: `'";--\\`,
  nothing: '',
  'lines and bells': 'a\r\nb\u0007\u001b[2J',
};
const bodies = (text: string): [ApiRoute['method'], string, object][] => [
  ['POST', '/api/v1/stop', { scope: { all: true }, reason: text }],
  ['POST', '/api/v1/stop', { scope: { namespaces: [text] }, reason: 'r' }],
  ['POST', '/api/v1/stop', { scope: { targets: [text] }, reason: 'r' }],
  ['POST', '/api/v1/stop', { scope: { selector: { matchLabels: { [text]: text } } }, reason: 'r' }],
  ['POST', '/api/v1/stop', { scope: { [text]: text }, reason: 'r' }],
  ['POST', '/api/v1/resume', { id: text }],
  ['POST', '/api/v1/session', { token: text }],
  [
    'PUT',
    '/api/v1/targets/shop/orders/findings/spill/aa01/verdict',
    { kind: 'dismissed', why: text },
  ],
  [
    'PUT',
    '/api/v1/targets/shop/orders/findings/spill/aa01/verdict',
    { kind: 'snoozed', until: text },
  ],
  [
    'PUT',
    '/api/v1/targets/shop/orders/findings/spill/aa01/verdict',
    { kind: 'accepted', by: text },
  ],
];
describe.each(Object.entries(texts))('%s', (_, text) => {
  it('in a body of JSON', async () => {
    for (const [method, url, payload] of bodies(text)) {
      const asked = { ...headers, host: 'localhost' };
      const { statusCode } = await server.inject({ method, url, headers: asked, payload });
      expect([url, Object.keys(payload), statusCode]).toEqual([
        url,
        Object.keys(payload),
        expect.toBeOneOf([200, 400, 401, 404, 409, 413, 429]),
      ]);
    }
  });
  it('in a manifest', async () => {
    for (const url of ['/api/v1/validate', '/api/v1/check']) {
      const payload =
        'apiVersion: dbintel.io/v1alpha1\nkind: DatabaseTarget\n' + `metadata: {name: ${text}}\n`;
      const asked = { ...headers, 'content-type': 'application/yaml' };
      const { statusCode } = await server.inject({ method: 'POST', url, headers: asked, payload });
      expect([url, statusCode]).toEqual([url, expect.toBeOneOf([200, 400, 413])]);
    }
  });
});

it('what stops were asked for, and verdicts given, can be read afterwards', async () => {
  expect(await statusOf('/api/v1/past-stops')).toBe(200);
  expect(await statusOf('/api/v1/targets/shop/orders/verdicts')).toBe(200);
});

it('an address of a megabyte is refused before it is all there', async () => {
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(Number(at.port), '127.0.0.1', () =>
      socket.write(
        `GET /api/v1/search?q=${'x'.repeat(1_048_576)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      ),
    );
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? undefined : reject(error),
    );
    socket.on('close', () => resolve(text));
  });
  expect(answer.slice(0, 12)).toMatch(/^(HTTP\/1\.1 431)?$/);
});
