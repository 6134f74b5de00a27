import { rules } from '../../src/analysis/rules/index.ts';
import { indexesOf } from '../../src/app/indexes-of.ts';
import { rulesAnswer } from '../../src/app/rules-answer.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { createFleetTable } from '../../src/fleet/table.ts';
import type { History } from '../../src/history/backends.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import { type ApiDeps, createApiServer } from '../../src/http/api-server.ts';
import type { PlanBatch } from '../../src/model/batch.ts';
import { createPictureThreads } from '../../src/pictures/picture-threads.ts';
import { toTarget } from '../../src/targets/files/read-folder.ts';

/** The API over a real history with some batches in it; the target is shop/orders. */
export const apiNow = 1_700_000_000_000;

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

export interface TestApi {
  history: History;
  ask(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: object,
    token?: string,
  ): Promise<Answer>;
  /** Of an answer that is not JSON. */
  fetch(url: string): Promise<{
    statusCode: number;
    headers: Record<string, unknown>;
    body: string;
  }>;
  close(): Promise<void>;
}

/** What the API is given, with a history of its own and little else. */
export const apiDeps = (history: History, others: Partial<ApiDeps> = {}): ApiDeps => ({
  version: '0',
  token: 'token',
  monotonic: () => performance.now(),
  history,
  targets: () => [{ uid: 'uid', namespace: 'shop', name: 'orders' }],
  spec: () => undefined,
  indexesUsed: (target, advice, limit) => {
    const now = () => apiNow;
    return indexesOf(target, advice, limit, { history, clock: { ...systemClock, now } });
  },
  table: createFleetTable({ now: () => apiNow, monotonic: () => 0 }),
  replica: 'dbintel-0',
  sources: () => ({}),
  boot: 'b',
  progress: async () => undefined,
  preview: async () => ({ targets: 1, running: 0, namespaces: {}, names: [] }),
  replicas: async () => ({ items: [], redis: 'none' }),
  sharedHistory: false,
  toTarget,
  check: async () => undefined,
  takeTurn: async () => true,
  usualPort: () => 5_432,
  refuseCheck: async () => undefined,
  grantsSql: () => undefined,
  cycles: { follow: () => () => undefined },
  clock: systemClock,
  elsewhere: () => undefined,
  status: async () => ({}),
  stops: () => [],
  stop: () => Promise.reject(new Error('not asked')),
  resume: async () => [],
  draw: createPictureThreads({ fonts: undefined, clock: systemClock }).draw,
  now: () => apiNow,
  rules: rulesAnswer(rules),
  logger: silentLogger,
  ...others,
});

export async function openApi(
  batches: readonly PlanBatch[],
  others: Partial<ApiDeps> = {},
): Promise<TestApi> {
  const history = openSqliteHistory(':memory:');
  for (const batch of batches) await history.record(batch);
  const server = await createApiServer(apiDeps(history, others));
  return {
    history,
    async ask(method, url, body, token = 'token') {
      const headers = { authorization: `Bearer ${token}` };
      const payload = body === undefined ? {} : { payload: body };
      const answer = await server.inject({ method, url, headers, ...payload });
      return { status: answer.statusCode, body: answer.json() };
    },
    fetch: (url) => server.inject({ url, headers: { authorization: 'Bearer token' } }),
    async close() {
      await server.close();
      await history.close();
    },
  };
}

export async function askApi(
  batches: readonly PlanBatch[],
  url: string,
  others: Partial<ApiDeps> = {},
): Promise<Answer> {
  const api = await openApi(batches, others);
  try {
    return await api.ask('GET', url);
  } finally {
    await api.close();
  }
}
