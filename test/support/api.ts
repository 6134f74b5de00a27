import { silentLogger } from '../../src/base/logger.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import { type ApiDeps, createApiServer } from '../../src/http/api-server.ts';
import type { PlanBatch } from '../../src/model/batch.ts';

/** The API over a real history with some batches in it; the target is shop/orders. */
export const apiNow = 1_700_000_000_000;

export async function askApi(
  batches: readonly PlanBatch[],
  url: string,
  others: Partial<ApiDeps> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const history = openSqliteHistory(':memory:');
  for (const batch of batches) await history.record(batch);
  const server = await createApiServer({
    version: '0',
    token: 'token',
    loopback: true,
    history,
    targets: () => [{ uid: 'uid', namespace: 'shop', name: 'orders' }],
    spec: () => undefined,
    glance: () => undefined,
    elsewhere: () => undefined,
    status: async () => ({}),
    stops: () => [],
    stop: () => Promise.reject(new Error('not asked')),
    resume: async () => [],
    now: () => apiNow,
    logger: silentLogger,
    ...others,
  });
  try {
    const answer = await server.inject({ method: 'GET', url });
    return { status: answer.statusCode, body: answer.json() };
  } finally {
    await server.close();
    await history.close();
  }
}
