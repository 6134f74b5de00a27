import fastify from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.ts';
import { createLogger } from '../../src/base/node/logger.ts';
import { createFleetTable } from '../../src/fleet/table.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import { fleetColumns } from '../../src/http/answers/fleet.ts';
import { type ApiDeps, createApiServer } from '../../src/http/api-server.ts';
import { guard } from '../../src/http/guard.ts';
import type { Question, Reviews, Subject } from '../../src/http/reviews.ts';
import { createSessionKey } from '../../src/http/session-cookie.ts';
import { apiDeps } from '../support/api.ts';

/**
 * Who is let in, and how: a browser with a session, a program with a token, whom a proxy names. The
 * cluster's word is a table here; a real API server gives it in test/e2e/sign-in.test.ts.
 */
const token = 'the-token-of-the-api';
const origin = 'http://localhost:8080';
const page = { host: 'localhost:8080', origin, 'sec-fetch-site': 'same-origin' };
const secret = 'a-secret-of-the-proxy';
const proxied = {
  host: 'dbintel.example.com',
  'x-forwarded-user': 'maria',
  'x-forwarded-groups': 'dba',
  'x-dbintel-proxy': secret,
};
const people: Record<string, Subject> = {
  'token-of-maria': { user: 'maria', groups: ['dba'] },
};

let now: number;
let rights: string[];
let log: string[];
let asked: number;
let away: boolean;
let servers: { close(): Promise<unknown> }[];
beforeEach(() => {
  [now, asked, away] = [1_700_000_000_000, 0, false];
  [rights, log, servers] = [['get databasetargets shop'], [], []];
});
afterEach(async () => {
  for (const each of servers) await each.close();
});

const reviews: Reviews = {
  async whose(given) {
    asked += 1;
    if (away) throw new AppError('cluster_failed', 'POST …tokenreviews: no answer (no answer)');
    return people[given];
  },
  async allows(_: Subject, { verb, resource, namespace = '' }: Question) {
    if (away) throw new AppError('cluster_failed', 'POST …reviews: no answer (no answer)');
    return rights.includes(`${verb} ${resource} ${namespace}`.trim());
  },
};

const targets = [
  { uid: 'a', namespace: 'shop', name: 'orders' },
  { uid: 'b', namespace: 'hr', name: 'wages' },
];

async function open(more: Partial<ApiDeps> = {}) {
  const history = openSqliteHistory(':memory:');
  const table = createFleetTable({ now: () => now, monotonic: () => 0 });
  for (const target of targets) table.note(target, { suspend: false });
  const server = await createApiServer(
    apiDeps(history, {
      token,
      table,
      targets: () => targets,
      stop: async (scope, reason) => ({ id: 'stop-1', scope, reason, since: now }),
      now: () => now,
      monotonic: () => now,
      logger: createLogger('info', { write: (line: string) => void log.push(line) }),
      ...more,
    }),
  );
  servers.push(server, history);
  type Headers = Record<string, string>;
  const ask = async (
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    headers: Headers,
    body?: object,
  ) => {
    const answer = await server.inject({
      method,
      url: `/api/v1/${url}`,
      headers,
      ...(body ? { payload: body } : {}),
    });
    return {
      status: answer.statusCode,
      body: answer.json() as Record<string, unknown>,
      headers: answer.headers,
      cookie: String(answer.headers['set-cookie'] ?? ''),
    };
  };
  const signIn = async (given = token, headers: Headers = page) => {
    const answer = await ask('POST', 'session', headers, { token: given });
    const session: Headers = { ...headers, cookie: answer.cookie.split(';')[0] ?? '' };
    return { ...answer, session };
  };
  return { ask, signIn };
}
const stop = { scope: { all: true }, reason: 'incident 4711' };

describe('a session', () => {
  it('is had for a token once, and sent by the browser from then on', async () => {
    const { ask, signIn } = await open();
    const { status, body, cookie, session } = await signIn();
    expect([status, body]).toEqual([
      200,
      {
        user: 'api',
        kind: 'token',
        mayRead: 'all',
        mayStop: true,
        mayResume: true,
        mayCheck: true,
        mayJudge: true,
        missing: [],
        expiresAt: now + 12 * 3_600_000,
      },
    ]);
    expect(cookie).toMatch(/^dbintel-8080=\S+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await ask('GET', 'session', session)).body).toEqual(body);
    expect((await ask('GET', 'targets', session)).status).toBe(200);
    expect((await ask('POST', 'stop', session, stop)).status).toBe(200);
  });
  it('is signed out of, whatever became of it', async () => {
    const { ask } = await open();
    const { status, cookie } = await ask('DELETE', 'session', {
      ...page,
      cookie: 'dbintel-8080=x',
    });
    expect([status, cookie]).toEqual([200, expect.stringMatching(/^dbintel-8080=; Max-Age=0;/)]);
  });
  it('that was signed out of is over, for whoever has kept its cookie, and no other is', async () => {
    const payload = Buffer.from(JSON.stringify({ exp: now / 1_000 + 600 })).toString('base64url');
    people[`head.${payload}.signature`] = { user: 'maria', groups: [] };
    const { ask, signIn } = await open({ reviews });
    const [one, other] = [
      await signIn(`head.${payload}.signature`),
      await signIn(`head.${payload}.signature`),
    ];
    expect((await ask('DELETE', 'session', one.session)).status).toBe(200);
    expect((await ask('GET', 'session', one.session)).status).toBe(401);
    // The last letter of a cookie has bits that say nothing.
    for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      const cookie = `${one.session['cookie']?.slice(0, -1)}${letter}`;
      expect((await ask('GET', 'session', { ...one.session, cookie })).status).toBe(401);
    }
    expect((await ask('GET', 'session', other.session)).status).toBe(200);
  });
  it('of a link that somebody sent is looked at before: whose it would be', async () => {
    const { ask } = await open({ reviews });
    const asked = await ask('POST', 'session?dryRun=1', page, { token: 'token-of-maria' });
    expect([asked.status, asked.cookie]).toEqual([200, '']);
    expect(asked.body).toMatchObject({ user: 'maria', kind: 'user', mayRead: ['shop'] });
    expect(log).toEqual([]);
    const wrong = await ask('POST', 'session?dryRun=1', page, { token: 'nobody-has-it' });
    expect(wrong.status).toBe(401);
    const foreign = { ...page, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect((await ask('POST', 'session?dryRun=1', foreign, { token })).status).toBe(403);
  });
  it('under the public name is for https alone', async () => {
    const { ask, signIn } = await open({ publicUrl: new URL('https://dbintel.example.com') });
    const outside = {
      host: 'dbintel.example.com',
      origin: 'https://dbintel.example.com',
      'sec-fetch-site': 'same-origin',
    };
    const { cookie, session } = await signIn(token, outside);
    expect(cookie).toMatch(/^__Host-dbintel=.*; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
    expect((await ask('GET', 'session', session)).status).toBe(200);
    const inside = { host: 'dbintel.sys.svc', origin: 'http://dbintel.sys.svc' };
    const plain = await signIn(token, { ...page, ...inside });
    expect([plain.status, plain.cookie]).toEqual([403, '']);
    expect(plain.body['message']).toContain('DBINTEL_PUBLIC_URL');
  });
  it('is over in time, not forged, and not of another token', async () => {
    const { ask, signIn } = await open();
    const { session } = await signIn();
    const identity = { kind: 'token' } as const;
    const expiresAt = now + 1_000;
    const other = createSessionKey('another-token').sign({ identity, expiresAt }, 'n');
    const [name, value = ''] = (session['cookie'] ?? '').split('=');
    for (const text of [other, '', 'v1.e30.', `${value.slice(0, -2)}xx`])
      expect((await ask('GET', 'targets', { ...page, cookie: `${name}=${text}` })).status).toBe(
        401,
      );
    const theirs = { ...session, cookie: `${name}=tossed; ${name}=${value}` };
    expect((await ask('GET', 'targets', theirs)).status).toBe(200);
    now += 12 * 3_600_000;
    expect((await ask('GET', 'targets', session)).status).toBe(401);
  });
  it('is not longer than the token that it was had for', async () => {
    const payload = Buffer.from(JSON.stringify({ exp: now / 1_000 + 600 })).toString('base64url');
    people[`head.${payload}.signature`] = { user: 'maria', groups: [] };
    const { signIn } = await open({ reviews });
    const { body, cookie } = await signIn(`head.${payload}.signature`);
    expect(body['expiresAt']).toBe(now + 600_000);
    expect(cookie).toContain('Max-Age=600;');
  });
  it('may not ask without end', async () => {
    const { ask, signIn } = await open();
    const { session } = await signIn();
    const statuses = [];
    for (let i = 0; i < 70; i += 1) statuses.push((await ask('GET', 'session', session)).status);
    expect(statuses.filter((each) => each === 429)).toHaveLength(10);
    const refused = await ask('GET', 'session', session);
    expect([refused.body['error'], refused.headers['retry-after']]).toEqual(['too_many', '1']);
    now += 1_000;
    expect((await ask('GET', 'session', session)).status).toBe(200);
  });
});

it('a route that changes something and names no right is found at the start', async () => {
  const server = fastify().withTypeProvider<ZodTypeProvider>();
  guard(server, { ...apiDeps(openSqliteHistory(':memory:')), namespaces: () => [] });
  expect(() => server.post('/api/v1/forgotten', async () => ({}))).toThrow('names no right');
  expect(() => server.get('/api/v1/read', async () => ({}))).not.toThrow();
  await server.close();
});

describe('a change', () => {
  it('of a session comes from our own pages', async () => {
    const { ask, signIn } = await open();
    const { session } = await signIn();
    const { 'sec-fetch-site': _, ...silent } = session;
    for (const headers of [
      silent,
      { ...session, 'sec-fetch-site': 'cross-site' },
      { ...session, 'sec-fetch-site': 'same-site' },
      { ...session, origin: 'https://evil.example' },
      { ...session, origin: 'http://localhost:3000' },
    ]) {
      const { status, body } = await ask('POST', 'stop', headers, stop);
      expect([status, body['error']]).toEqual([403, 'forbidden']);
    }
    const form = { ...session, 'content-type': 'application/x-www-form-urlencoded' };
    expect((await ask('POST', 'stop', form, stop)).status).toBe(403);
    expect(log.join('')).not.toContain('"status":200,"msg":"somebody changed something"');
  });
  it('from a foreign page is refused, signed in or not, and so is signing in', async () => {
    const { ask, signIn } = await open();
    const foreign = { ...page, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect((await ask('POST', 'stop', foreign, stop)).status).toBe(403);
    expect((await signIn(token, foreign)).status).toBe(403);
  });
  it('of a program wants its token and nothing else', async () => {
    const { ask } = await open();
    expect((await ask('POST', 'stop', {}, stop)).status).toBe(401);
    const bearer = { authorization: `Bearer ${token}` };
    expect((await ask('POST', 'stop', bearer, stop)).status).toBe(200);
    const misled = { ...bearer, 'sec-fetch-site': 'cross-site' };
    expect((await ask('POST', 'stop', misled, stop)).status).toBe(403);
  });
  it('is told: who, what, why, from where, and what came of it; never a token', async () => {
    const { ask, signIn } = await open({ reviews });
    const { session } = await signIn('token-of-maria');
    await signIn('a-wrong-token');
    await ask('POST', 'stop', session, stop);
    rights.push('create emergencystops');
    now += 30_000;
    await ask('POST', 'stop', session, stop);
    expect((await ask('POST', 'stop?dryRun=1', session, stop)).body).toMatchObject({
      dryRun: true,
    });
    await ask('POST', 'resume', session, { all: true });
    const said = log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said).toMatchObject([
      { user: 'maria', change: 'POST /api/v1/session', from: '127.0.0.1', status: 200 },
      { user: 'maria', change: 'POST /api/v1/stop', status: 403, why: 'incident 4711' },
      { user: 'maria', change: 'POST /api/v1/stop', status: 200, what: { scope: { all: true } } },
      { user: 'maria', change: 'POST /api/v1/resume', status: 403 },
    ]);
    expect(log.join('')).not.toMatch(/token-of-maria|a-wrong-token/);
  });
  it('that nobody has made is not told, nor what one says that makes no sense', async () => {
    const { ask } = await open();
    const foreign = { ...page, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    await ask('POST', 'stop', foreign, stop);
    await ask('POST', 'session', page, { reason: 'words', token: 7 });
    await ask('DELETE', 'session', page);
    expect(log).toEqual([]);
    const bearer = { authorization: `Bearer ${token}` };
    const [scope, reason] = [Array(2_000).fill('all'), 'x'.repeat(40_000)];
    const before = process.threadCpuUsage();
    expect((await ask('POST', 'stop', bearer, { scope, reason })).status).toBe(400);
    expect(process.threadCpuUsage(before).user / 1_000).toBeLessThan(500);
    expect(log.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { user: 'api', change: 'POST /api/v1/stop', what: {}, status: 400 },
    ]);
    expect(log.join('').length).toBeLessThan(300);
  });
  it('with a question that its route does not know is none', async () => {
    const { ask } = await open({ resume: () => Promise.reject(new Error('resumed')) });
    const bearer = { authorization: `Bearer ${token}` };
    for (const url of ['stop?dryrun=1', 'stop?dry-run=1', 'stop?dryRun=1&ns=shop'])
      expect((await ask('POST', url, bearer, stop)).status).toBe(400);
    const { status, body } = await ask('POST', 'resume?dryRun=1', bearer, { all: true });
    expect([status, body['message']]).toEqual([400, expect.stringContaining('"dryRun"')]);
    expect((await ask('GET', 'findings?namespace=shop', bearer)).status).toBe(400);
  });
});

it('answers of somebody that nobody reads are bounded in number', async () => {
  let settled = 0;
  const status = () => {
    settled += 1;
    return new Promise<undefined>(() => undefined);
  };
  const { ask } = await open({ reviews, status });
  const bearer = { authorization: 'Bearer token-of-maria' };
  for (let i = 0; i < 40; i += 1)
    void ask('GET', 'targets/shop/orders', bearer).then(
      () => (settled += 1),
      () => undefined,
    );
  await expect.poll(() => settled).toBe(40);
  now += 5_000;
  expect((await ask('GET', 'targets', bearer)).status).toBe(429);
  expect((await ask('GET', 'targets', { authorization: `Bearer ${token}` })).status).toBe(200);
});

it('a right token that many requests bring at once is no wrong one', async () => {
  const { ask } = await open({ reviews });
  const bearer = { authorization: 'Bearer token-of-maria' };
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask('GET', 'rules', bearer)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(asked).toBe(1);
});

describe('a token of the cluster', () => {
  const bearer = { authorization: 'Bearer token-of-maria' };
  it('may read what another replica collects, as far as its rights go', async () => {
    const { ask } = await open({ reviews, targets: () => [] });
    const { rows } = (await ask('GET', 'fleet', bearer)).body as { rows: unknown[][] };
    expect(rows.map((row) => row[fleetColumns.indexOf('name')])).toEqual(['orders']);
  });
  it('lets in, as far as its rights go: what one may not read is not there', async () => {
    const { ask } = await open({ reviews });
    const { items } = (await ask('GET', 'targets', bearer)).body as { items: { name: string }[] };
    expect(items.map(({ name }) => name)).toEqual(['orders']);
    expect((await ask('GET', 'targets/shop/orders', bearer)).status).toBe(200);
    for (const path of ['', '/queries', '/plans', '/findings', '/verdicts', '/cycles'])
      expect((await ask('GET', `targets/hr/wages${path}`, bearer)).status).toBe(404);
    expect((await ask('GET', 'session', bearer)).body).toEqual({
      user: 'maria',
      mayRead: ['shop'],
      mayStop: false,
      mayResume: false,
      mayCheck: false,
      mayJudge: false,
      kind: 'user',
      missing: ['stop', 'resume', 'check', 'judge'].map((right) =>
        expect.objectContaining({ right }),
      ),
    });
    const { status, body } = await ask('POST', 'stop', bearer, stop);
    expect([status, body['message']]).toEqual([403, expect.stringContaining('emergencystops')]);
    expect(body['missing']).toMatchObject({
      right: 'stop',
      need: 'create emergencystops',
      grant: [
        'kubectl create clusterrole dbintel-stop --verb=create ' +
          '--resource=emergencystops.dbintel.io',
        'kubectl create clusterrolebinding dbintel-stop-maria --clusterrole=dbintel-stop ' +
          '--user=maria',
      ],
    });
  });
  it('may read nothing: there is nothing to listen to', async () => {
    people['token-of-nobody'] = { user: 'nobody', groups: [] };
    rights = [];
    const { ask } = await open({ reviews });
    const nobody = { authorization: 'Bearer token-of-nobody' };
    expect((await ask('GET', 'events', nobody)).status).toBe(403);
  });
  it('counts only where the cluster may be asked', async () => {
    const { ask } = await open();
    expect((await ask('GET', 'targets', bearer)).status).toBe(401);
  });
  it('is asked about once for half a minute', async () => {
    const { ask } = await open({ reviews });
    for (let i = 0; i < 5; i += 1) await ask('GET', 'targets', bearer);
    expect(asked).toBe(1);
    now += 30_000;
    await ask('GET', 'targets', bearer);
    expect(asked).toBe(2);
  });
  it('is not guessed: after some wrong ones the cluster is left alone', async () => {
    const { ask } = await open({ reviews });
    const statuses: number[] = [];
    for (let i = 0; i < 20; i += 1)
      statuses.push((await ask('GET', 'targets', { authorization: `Bearer guess-${i}` })).status);
    expect(statuses.filter((each) => each === 401)).toHaveLength(10);
    expect([asked, statuses.at(-1)]).toEqual([10, 429]);
  });
  it('is not guessed by many at once, either', async () => {
    const { ask } = await open({ reviews });
    const guesses = Array.from({ length: 20 }, (_, i) =>
      ask('GET', 'targets', { authorization: `Bearer guess-${i}` }),
    );
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect([asked, statuses.filter((each) => each === 401).length]).toEqual([10, 10]);
  });
  it('is still good where somebody else guesses from the same address', async () => {
    const { ask } = await open({ reviews });
    expect((await ask('GET', 'targets', bearer)).status).toBe(200);
    for (let i = 0; i < 11; i += 1)
      await ask('GET', 'targets', { authorization: `Bearer guess-${i}` });
    expect((await ask('GET', 'targets', bearer)).status).toBe(200);
    const known = { authorization: `Bearer ${token}` };
    expect((await ask('GET', 'targets', known)).status).toBe(200);
  });
  it('is refused while the cluster does not answer, with why', async () => {
    const { ask, signIn } = await open({ reviews });
    const { session } = await signIn('token-of-maria');
    away = true;
    now += 30_000;
    for (const headers of [bearer, session])
      expect(await ask('GET', 'targets', headers)).toMatchObject({
        status: 503,
        body: { error: 'cluster_failed', message: expect.stringContaining('no answer') },
      });
    const known = { authorization: `Bearer ${token}` };
    expect((await ask('GET', 'targets', known)).status).toBe(200);
  });
});

describe('a proxy that has let somebody in', () => {
  const proxy = { addresses: [], secret };
  it('is believed where it is configured, and nowhere else', async () => {
    const { ask } = await open({ reviews, proxy });
    expect((await ask('GET', 'session', proxied)).body).toMatchObject({
      user: 'maria',
      mayRead: ['shop'],
    });
    const { 'x-dbintel-proxy': _, ...anybody } = proxied;
    expect((await ask('GET', 'session', anybody)).status).toBe(401);
    const plain = await open({ reviews });
    expect((await plain.ask('GET', 'session', proxied)).status).toBe(401);
  });
  it('brings changes from our own pages alone', async () => {
    rights.push('create emergencystops');
    const { ask } = await open({
      reviews,
      proxy,
      publicUrl: new URL('https://dbintel.example.com'),
    });
    const own = { origin: 'https://dbintel.example.com', 'sec-fetch-site': 'same-origin' };
    expect((await ask('POST', 'stop', { ...proxied, ...own }, stop)).status).toBe(200);
    expect((await ask('POST', 'stop', proxied, stop)).status).toBe(403);
    const evil = { ...own, origin: 'https://evil.example' };
    expect((await ask('POST', 'stop', { ...proxied, ...evil }, stop)).status).toBe(403);
  });
  it('lets read and not change where no cluster says who may', async () => {
    const { ask } = await open({ proxy });
    expect((await ask('GET', 'targets/hr/wages', proxied)).status).toBe(200);
    expect((await ask('GET', 'session', proxied)).body).toMatchObject({ mayStop: false });
  });
});
