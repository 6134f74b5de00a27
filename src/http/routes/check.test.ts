import { expect, it } from 'vitest';
import { apiDeps, openApi } from '../../../test/support/api.ts';
import { AppError } from '../../base/errors.ts';
import { silentLogger } from '../../base/logger.ts';
import { nextTurn } from '../../base/node/turn.ts';
import { openSqliteHistory } from '../../history/sqlite/sqlite-history.ts';
import type { ApiDeps } from '../api-server.ts';
import { createApiServer } from '../api-server.ts';

const manifest = (name: string, host = 'db') => `
apiVersion: dbintel.io/v1alpha1
kind: DatabaseTarget
metadata: { name: ${name}, namespace: shop }
spec:
  engine: postgres
  connection:
    host: ${host}
    database: orders
    credentials: { secretRef: { name: orders } }
`;

async function withServer(
  over: Partial<ApiDeps>,
  use: (post: (body: string) => Promise<{ status: number; text: string }>) => Promise<void>,
) {
  const history = openSqliteHistory(':memory:');
  const server = await createApiServer(apiDeps(history, over));
  await use(async (payload) => {
    const headers = { 'content-type': 'application/yaml', authorization: 'Bearer token' };
    const answer = await server.inject({ method: 'POST', url: '/api/v1/check', headers, payload });
    return { status: answer.statusCode, text: answer.body };
  });
  await server.close();
  await history.close();
}

it('tells each step, a line each, and not more often than a login may be tried', async () => {
  let now = 0;
  const check: ApiDeps['check'] = async (target, tell) => {
    tell({ step: 'manifest', target: target.name, engine: target.spec.engine });
    tell({ step: 'done', ok: 1, warnings: 0, failed: 0, ms: 5 });
  };
  await withServer({ check, monotonic: () => now }, async (post) => {
    const { status, text } = await post(manifest('a'));
    expect([
      status,
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ]).toEqual([
      200,
      [
        { step: 'manifest', target: 'a', engine: 'postgres' },
        { step: 'done', ok: 1, warnings: 0, failed: 0, ms: 5 },
      ],
    ]);
    expect((await post(manifest('a'))).status).toBe(429);
    expect((await post(manifest('b', 'db-2'))).status).toBe(200);
    now = 10_001;
    expect((await post(manifest('a'))).status).toBe(200);
    // Another name for the same server is no other server.
    expect((await post(manifest('c', 'DB'))).status).toBe(429);
    expect((await post(manifest('c').replace('host: db', '$&\n    port: 5432'))).status).toBe(429);
    expect((await post(manifest('c').replace('host: db', '$&\n    port: 5433'))).status).toBe(200);
  });
});

it('one at once for each caller; what is refused or stopped takes no turn, and is told', async () => {
  let go = () => {};
  const waiting = new Promise<void>((resolve) => {
    go = resolve;
  });
  const lines: unknown[] = [];
  let refusal: Error | undefined;
  const over: Partial<ApiDeps> = {
    check: () => waiting,
    refuseCheck: async () => {
      if (refusal) throw refusal;
    },
    logger: { ...silentLogger, info: (line) => lines.push(line) },
  };
  await withServer(over, async (post) => {
    refusal = new AppError('emergency_stop', 'shop/a is stopped: incident 4711');
    expect(await post(manifest('a'))).toMatchObject({
      status: 409,
      text: expect.stringContaining('incident 4711'),
    });
    refusal = Object.assign(new Error('not yours'), { statusCode: 403 });
    expect((await post(manifest('a'))).status).toBe(403);
    refusal = undefined;
    const first = post(manifest('a'));
    await nextTurn();
    expect((await post(manifest('b', 'db-2'))).status).toBe(429);
    go();
    expect((await first).status).toBe(200);
    expect((await post(manifest('b', 'db-2'))).status).toBe(200);
  });
  expect(lines).toContainEqual(
    expect.objectContaining({
      user: 'api',
      what: { target: 'shop/a', server: 'db:5432', credentials: 'orders' },
      status: 403,
    }),
  );
});

it('says what is wrong with the manifest before anybody is asked', async () => {
  const check = () => Promise.reject(new Error('nobody is asked'));
  await withServer({ check }, async (post) => {
    for (const [body, wanted] of [
      ['kind: DatabaseTarget', /line 1/],
      [manifest('a').replace('orders\n', '1\n'), /database/],
      ['', /one DatabaseTarget/],
      [`${manifest('a')}---${manifest('b')}`, /one DatabaseTarget/],
    ] as const) {
      const { status, text } = await post(body);
      expect([status, text]).toEqual([400, expect.stringMatching(wanted)]);
    }
  });
});

it('a server that another replica has just checked is left alone', async () => {
  const asked: string[] = [];
  const takeTurn = async (server: string) => {
    asked.push(server);
    return false;
  };
  await withServer({ takeTurn }, async (post) => {
    expect((await post(manifest('a'))).status).toBe(429);
  });
  expect(asked).toEqual(['db:5432']);
});

it('a stop tells before what it would do, and after it what each replica did', async () => {
  const stop = { id: 's', scope: { all: true as const }, reason: 'r', since: 1 };
  const api = await openApi([], {
    preview: async () => ({ targets: 9, running: 2, namespaces: { shop: 9 }, names: [] }),
    stop: async () => stop,
    progress: async (id) =>
      id === 's'
        ? {
            ...stop,
            covered: 9,
            replicas: [{ pod: 'a', confirmed: true, cancelled: 2, stillRunning: 0 }],
            confirmed: ['a'],
            waiting: [],
            cancelled: 2,
            stillRunning: 0,
            done: true,
          }
        : undefined,
  });
  const body = { scope: { all: true }, reason: 'r' };
  const { body: before } = await api.ask('POST', '/api/v1/stop?dryRun=1', body);
  expect(before).toMatchObject({ dryRun: true, targets: 9, running: 2, namespaces: { shop: 9 } });
  expect((await api.ask('POST', '/api/v1/stop', body)).body).toEqual(stop);
  expect((await api.ask('GET', '/api/v1/stops/s')).body).toMatchObject({
    done: true,
    cancelled: 2,
  });
  expect((await api.ask('GET', '/api/v1/stops/x')).status).toBe(404);
  expect((await api.ask('GET', '/api/v1/replicas')).body).toMatchObject({
    items: [],
    redis: 'none',
    history: { state: 'ok', shared: false },
  });
  await api.close();
});
