import { expect, it } from 'vitest';
import { apiDeps } from '../../../test/support/api.ts';
import { openSqliteHistory } from '../../history/sqlite/sqlite-history.ts';
import { createApiServer } from '../api-server.ts';

it('who wants no body listens to nothing, and holds nobody’s place', async () => {
  const history = openSqliteHistory(':memory:');
  const server = await createApiServer(apiDeps(history));
  const headers = { authorization: 'Bearer token' };
  const url = '/api/v1/events?topics=fleet';
  expect((await server.inject({ method: 'HEAD', url, headers })).statusCode).toBe(404);
  await server.close();
  await history.close();
});
