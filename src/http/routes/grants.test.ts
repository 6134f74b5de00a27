import { expect, it } from 'vitest';
import { apiDeps } from '../../../test/support/api.ts';
import { openSqliteHistory } from '../../history/sqlite/sqlite-history.ts';
import { createApiServer } from '../api-server.ts';
import type { GrantsDeps } from './grants.ts';

async function ask(question: string, grantsSql: GrantsDeps['grantsSql']) {
  const history = openSqliteHistory(':memory:');
  const server = await createApiServer(apiDeps(history, { grantsSql }));
  const headers = { authorization: 'Bearer token' };
  const answer = await server.inject({ url: `/api/v1/grants?${question}`, headers });
  await server.close();
  await history.close();
  return { status: answer.statusCode, body: answer.json() };
}

it('hands on what is wanted, names apart', async () => {
  const question = 'engine=postgres&via=function&roles=app,%20job,app&schemas=public';
  const { status, body } = await ask(question, (wanted) => JSON.stringify(wanted));
  expect(status).toBe(200);
  expect(JSON.parse(body.sql)).toEqual({
    engine: 'postgres',
    via: 'function',
    role: 'dbintel',
    schemas: ['public'],
    roles: ['app', 'job'],
  });
});

it('refuses a way that the engine has not, and roles without function', async () => {
  const none = await ask('engine=mysql&via=procedure', () => undefined);
  expect([none.status, none.body.message]).toEqual([400, 'mysql has no way called procedure']);
  expect((await ask('engine=postgres&roles=app', () => 'sql')).status).toBe(400);
  const broken = await ask('engine=postgres&role=a%0Adrop%20table%20x', () => 'sql');
  expect([broken.status, broken.body.message]).toEqual([
    400,
    expect.stringContaining('more than one line'),
  ]);
  expect((await ask('engine=oracle', () => 'sql')).status).toBe(400);
});
