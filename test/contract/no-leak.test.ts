import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFleetTable } from '../../src/fleet/table.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import type { Question, Reviews } from '../../src/http/reviews.ts';
import type { Stop, StopRecord } from '../../src/model/stop.ts';
import { apiDeps } from '../support/api.ts';
import {
  type ApiRoute,
  type ApiServer,
  addressOf,
  apiRoutes,
  openServer,
} from '../support/api-routes.ts';
import { explained, makeBatch } from '../support/batch.ts';

/**
 * Of a namespace that somebody may not read no route says anything: not in a list, and not to who
 * guesses its names. Every route of the API is asked, as its own description lists them.
 */
const now = 1_700_000_000_000;
const [ours, theirs] = [
  { uid: 'uid-ours', namespace: 'shop', name: 'orders', fingerprint: 'f0ours', table: 'carts' },
  { uid: 'uid-zzz', namespace: 'zzzns', name: 'zzzname', fingerprint: 'fzzz', table: 'zzztable' },
];
/** Any of these in an answer is of them. */
const secret = /zzz/i;

const reviews: Reviews = {
  whose: async () => ({ user: 'maria', groups: [] }),
  allows: async (_, { resource, namespace }: Question) =>
    resource === 'emergencystops' || namespace === ours.namespace,
};
const headers = { authorization: 'Bearer token-of-maria' };
const stops: Stop[] = [
  { id: 'stop-1', scope: { namespaces: [theirs.namespace] }, reason: 'r', since: now },
  {
    id: 'stop-2',
    scope: { targets: [`${theirs.namespace}/${theirs.name}`] },
    reason: 'r',
    since: 1,
  },
  { id: 'stop-3', scope: { namespaces: ['shop', theirs.namespace] }, reason: 'r', since: now },
];
const history = openSqliteHistory(':memory:');
const hashes: Record<string, string> = {};
let elapsed = 0;
let server: ApiServer;
let routes: ApiRoute[];

beforeAll(async () => {
  const table = createFleetTable({ now: () => now, monotonic: () => 0 });
  for (const { uid, namespace, name, fingerprint, table: read } of [ours, theirs]) {
    const owner = uid === theirs.uid ? 'zzz-pod' : 'pod';
    table.note({ uid, namespace, name }, { suspend: false, owner, version: `1-${read}` });
    const query = explained(fingerprint, { table: read, rule: 'spill' });
    const batch = makeBatch({
      at: now,
      uid,
      queries: [{ ...query, text: `SELECT 1 FROM ${read}` }],
    });
    await history.record({ ...batch, target: { ...batch.target, namespace, name } });
    hashes[uid] = (await history.plans({ target: uid, limit: 1 }))[0]?.hash ?? '';
    const verdict = { kind: 'accepted', by: `by-${read}`, at: now, declared: false } as const;
    await history.judge(uid, { put: [{ rule: 'spill', fingerprint, ...verdict }], remove: [] });
  }
  const past: StopRecord[] = stops.map((stop) => ({
    ...stop,
    id: `past-${stop.id}`,
    covered: 777,
    seenAt: 5,
    liftedAt: 9,
    replicas: [{ pod: 'pod', cancelled: 777, stillRunning: 0 }],
  }));
  for (const each of past) await history.keepStop(each);
  server = await openServer(
    apiDeps(history, {
      grantsSql: () => 'CREATE ROLE dbintel;',
      token: 'the-token-of-the-api',
      reviews,
      table,
      targets: () => [ours, theirs],
      stops: () => stops,
      resume: async () => stops,
      status: async () => ({}),
      now: () => now,
      // Slow enough for who may ask only so often.
      monotonic: () => (elapsed += 100),
    }),
  );
  routes = await apiRoutes(server, 'the-token-of-the-api');
});
afterAll(async () => {
  await server.close();
  await history.close();
});

type Named = typeof ours;
const valueOf = (of: Named) => (name: string) => {
  const known: Record<string, string> = {
    uid: of.uid,
    namespace: of.namespace,
    name: of.name,
    fingerprint: of.fingerprint,
    hash: hashes[of.uid] ?? 'ph2:none',
    rule: 'spill',
    id: of === ours ? 'stop-3' : 'stop-1',
  };
  return encodeURIComponent(known[name] ?? 'x');
};
/** An answer that does not end is tried elsewhere: src/http/event-hub.test.ts. */
const isEndless = ({ path }: ApiRoute) => path.endsWith('/events');
const ask = async (url: string, method: ApiRoute['method'] = 'GET', payload?: object) => {
  const answer = await server.inject({ method, url, headers, ...(payload ? { payload } : {}) });
  expect(answer.statusCode).not.toBe(429);
  return { status: answer.statusCode, text: `${JSON.stringify(answer.headers)} ${answer.body}` };
};
const gets = () => routes.filter((route) => route.method === 'GET' && !isEndless(route));

it('every list, and every page of what one may read, has nothing of them', async () => {
  expect(gets().length).toBeGreaterThan(25);
  for (const route of gets()) {
    const { status, text } = await ask(addressOf(route, valueOf(ours), required(route, ours)));
    expect([route.path, status, secret.exec(text)?.[0]]).toEqual([
      route.path,
      expect.toBeOneOf([200, 404]),
      undefined,
    ]);
  }
});

/** What some routes want to be asked. */
const required = ({ path }: ApiRoute, of: Named): [string, string][] => {
  const key = `${of.uid}/${of.fingerprint}/${hashes[of.uid] ?? 'ph2:none'}`;
  if (path.endsWith('/diff'))
    return [
      ['a', key],
      ['b', key],
    ].map(([n, v]) => [n, encodeURIComponent(v ?? '')] as [string, string]);
  if (path.endsWith('/search')) return [['q', 'SELECT']];
  if (path.endsWith('/export')) return [['format', 'svg']];
  if (path.endsWith('/grants')) return [['engine', 'postgres']];
  return [];
};

/** There is nothing of these names. */
const nobody: Named = {
  uid: 'uid-nix',
  namespace: 'nixns',
  name: 'nixname',
  fingerprint: 'fnix',
  table: 'nix',
};
const masked = (text: string, of: Named) =>
  [of.uid, of.namespace, of.name, of.fingerprint, hashes[of.uid] ?? 'ph2:none'].reduce(
    (rest, each) => rest.replaceAll(each, '…').replaceAll(encodeURIComponent(each), '…'),
    text.replaceAll(/"date":"[^"]*"|"content-length":"\d+"|"etag":"[^"]*"|stop-\d|\bx\b/g, ''),
  );

it('to who guesses their names, the answer is that of names that nothing has', async () => {
  for (const route of gets().filter(
    ({ inPath, path }) => inPath.length || path.endsWith('/diff'),
  )) {
    const [guessed, empty] = await Promise.all(
      [theirs, nobody].map((of) => ask(addressOf(route, valueOf(of), required(route, of)))),
    );
    expect([route.path, masked(guessed?.text ?? '', theirs)]).toEqual([
      route.path,
      masked(empty?.text ?? '', nobody),
    ]);
  }
});

describe('filters and searches', () => {
  it.each(['zzz', 'fzzz', 'zzztable', 'SELECT', 'spill', 'zzz-pod'])('%s', async (word) => {
    for (const question of [
      'fleet?q=',
      'fleet?ns=',
      'fleet?owner=',
      'search?q=',
      'findings?q=',
      'findings?ns=',
    ]) {
      const { text } = await ask(`/api/v1/${question}${word}`);
      const said = text.replaceAll(`"q":"${word}"`, '');
      expect([question, secret.exec(said)?.[0]]).toEqual([question, undefined]);
    }
  });
});

it('what was stopped, or is lifted, is told as far as they may read', async () => {
  const lifted = await ask('/api/v1/resume', 'POST', { all: true });
  expect([lifted.status, secret.exec(lifted.text)?.[0]]).toEqual([200, undefined]);
  expect(lifted.text).toContain('stop-3');
  const past = await ask('/api/v1/past-stops');
  expect([past.status, /777|zzz/.exec(past.text)?.[0]]).toEqual([200, undefined]);
  expect(past.text).toContain('past-stop-3');
});

it('a change of what is theirs is refused as one of what there is not', async () => {
  const change = async (of: Named) => {
    const target = `/api/v1/targets/${of.namespace}/${of.name}`;
    const at = `${target}/findings/spill/${of.fingerprint}/verdict`;
    const { status, text } = await ask(at, 'PUT', { kind: 'accepted' });
    return [status, masked(text, of)];
  };
  expect(await change(theirs)).toEqual(await change(nobody));
});
