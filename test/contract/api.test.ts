import { expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import { createApiServer } from '../../src/http/api-server.ts';
import { makeTarget } from '../support/target.ts';

/** The API of a replica that knows more targets than a page holds, and does not collect from all of them. */
const names = ['a', 'b', 'c', 'd', 'e'];
const targets = names.map((name) => makeTarget({ port: 1, name, uid: `uid-${name}` }));

async function ask(url: string) {
  const history = openSqliteHistory(':memory:');
  const server = await createApiServer({
    version: '0',
    token: 'token',
    loopback: true,
    hosts: [],
    glance: () => ({ engine: 'postgres', suspend: false }),
    history,
    targets: () => targets.toReversed(),
    spec: (uid) => (uid === 'uid-c' ? undefined : targets.find((each) => each.uid === uid)?.spec),
    elsewhere: ({ name }) => (name === 'other' ? 'shop/other is another replica’s' : undefined),
    async status({ name }) {
      if (name === 'e') throw new AppError('cluster_failed', 'GET …: no answer within 10000 ms (no answer)');
      return {};
    },
    stops: () => [],
    stop: () => Promise.reject(new Error('not asked')),
    resume: async () => [],
    now: () => 1_700_000_000_000,
    logger: silentLogger,
  });
  const answer = await server.inject({ method: 'GET', url });
  await server.close();
  await history.close();
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> & { items: { name: string }[] } };
}

it('targets come by name, in pages that follow one another', async () => {
  const first = await ask('/api/v1/targets?limit=2');
  expect([first.body.items.map(({ name }) => name), first.body['next']]).toEqual([['a', 'b'], 'shop/b']);
  const second = await ask('/api/v1/targets?limit=2&after=shop/b');
  expect([second.body.items.map(({ name }) => name), second.body['next']]).toEqual([['c', 'd'], 'shop/d']);
  expect((await ask('/api/v1/targets?limit=4&after=shop/z')).body).toEqual({ items: [] });
});

it('a target whose spec is not understood is there, without what the spec would say', async () => {
  expect((await ask('/api/v1/targets/shop/c')).body).toEqual({ namespace: 'shop', name: 'c', uid: 'uid-c', status: {} });
  expect((await ask('/api/v1/targets/shop/d')).body).toMatchObject({ engine: 'postgres', suspend: false });
});

it('says whom to ask, and what is away', async () => {
  expect(await ask('/api/v1/targets/shop/other/plans')).toMatchObject({
    status: 404,
    body: { message: 'shop/other is another replica’s' },
  });
  expect(await ask('/api/v1/targets/shop/nothing')).toMatchObject({ status: 404, body: { message: 'there is no target shop/nothing' } });
  expect(await ask('/api/v1/targets/shop/e')).toMatchObject({
    status: 503,
    body: { error: 'cluster_failed', message: expect.stringContaining('no answer within') },
  });
});
