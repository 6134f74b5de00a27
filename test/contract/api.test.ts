import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.ts';
import { createFleetTable } from '../../src/fleet/table.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import { createApiServer } from '../../src/http/api-server.ts';
import { apiDeps } from '../support/api.ts';
import { workOf } from '../support/pace.ts';
import { makeTarget } from '../support/target.ts';
import { yamlBomb } from '../support/yaml-bomb.ts';

/**
 * The API of a replica that knows more targets than a page holds, and does not collect from all of
 * them.
 */
const names = ['a', 'b', 'c', 'd', 'e'];
const targets = names.map((name) => makeTarget({ port: 1, name, uid: `uid-${name}` }));

async function ask(url: string) {
  return answerTo(async (server) => {
    const answer = await server.inject({
      method: 'GET',
      url,
      headers: { authorization: 'Bearer token' },
    });
    return {
      status: answer.statusCode,
      body: answer.json() as Record<string, unknown> & { items: { name: string }[] },
    };
  });
}

const table = createFleetTable({ now: () => 0, monotonic: () => 0 });

async function answerTo<T>(
  use: (server: Awaited<ReturnType<typeof createApiServer>>) => Promise<T>,
): Promise<T> {
  const history = openSqliteHistory(':memory:');
  const server = await createApiServer(
    apiDeps(history, {
      table: { ...table, glance: () => ({ engine: 'postgres', suspend: false }) },
      targets: () => targets.toReversed(),
      spec: (uid) => (uid === 'uid-c' ? undefined : targets.find((each) => each.uid === uid)?.spec),
      elsewhere: ({ name }) => (name === 'other' ? 'uid-other' : undefined),
      async status({ name }) {
        if (name === 'e')
          throw new AppError('cluster_failed', 'GET …: no answer within 10000 ms (no answer)');
        return {};
      },
    }),
  );
  const said = await use(server);
  await server.close();
  await history.close();
  return said;
}

it('targets come by name, in pages that follow one another', async () => {
  const first = await ask('/api/v1/targets?limit=2');
  expect([first.body.items.map(({ name }) => name), first.body['next']]).toEqual([
    ['a', 'b'],
    'shop/b',
  ]);
  const second = await ask('/api/v1/targets?limit=2&after=shop/b');
  expect([second.body.items.map(({ name }) => name), second.body['next']]).toEqual([
    ['c', 'd'],
    'shop/d',
  ]);
  expect((await ask('/api/v1/targets?limit=4&after=shop/z')).body).toEqual({ items: [] });
});

it('a target whose spec is not understood is there, without what the spec would say', async () => {
  expect((await ask('/api/v1/targets/shop/c')).body).toEqual({
    namespace: 'shop',
    name: 'c',
    uid: 'uid-c',
    status: {},
  });
  expect((await ask('/api/v1/targets/shop/d')).body).toMatchObject({
    engine: 'postgres',
    suspend: false,
  });
});

it('says whom to ask, and what is away', async () => {
  expect(await ask('/api/v1/targets/shop/other/plans')).toMatchObject({
    status: 404,
    body: { error: 'elsewhere', message: expect.stringContaining('shop/other is another') },
  });
  expect(await ask('/api/v1/targets/shop/nothing')).toMatchObject({
    status: 404,
    body: { message: 'there is no target shop/nothing' },
  });
  expect(await ask('/api/v1/targets/shop/e')).toMatchObject({
    status: 503,
    body: { error: 'cluster_failed', message: expect.stringContaining('no answer within') },
  });
});

describe('a body that is made to hurt', () => {
  const deep = (open: string, bytes: number) => open.repeat(bytes / open.length);
  const bomb = yamlBomb('abcdefghi');
  const yaml: Record<string, [string | Buffer, RegExp]> = {
    'brackets of 300 KB': [`a: ${deep('[', 300_000)}`, /262144 characters/],
    'brackets of 200 KB': [`a: ${deep('[', 200_000)}`, /words and signs/],
    '30,000 keys': [
      Array.from({ length: 30_000 }, (_, i) => `k${i}: 1\n`)
        .join('')
        .slice(0, 250_000),
      /words and signs/,
    ],
    'documents without end': ['---\n'.repeat(19_000), /more than 500 documents/],
    'targets without end': ['---\nkind: DatabaseTarget\n'.repeat(4_000), /more than 500 documents/],
    'no UTF-8': [Buffer.from('6b696e643a20ff', 'hex'), /not UTF-8/],
  };
  const taken: Record<string, string> = {
    'a bomb of aliases': bomb,
    'an alias of nothing': 'kind: *x\n',
    '101 aliases': `a: &a 1\nb: [${'*a, '.repeat(101)}]\n`,
    '8,000 keys': Array.from({ length: 8_000 }, (_, i) => `k${i}: 1\n`).join(''),
    'nested maps': `a: ${'{a: '.repeat(2_000)}1${'}'.repeat(2_000)}`,
    'nested lists': `a: ${'[a, '.repeat(3_000)}1${']'.repeat(3_000)}`,
    'quotes that do not end': `a: "${'\\n'.repeat(100_000)}`,
    'many anchors': Array.from({ length: 1_500 }, (_, i) => `k${i}: &a${i} 1\n`).join(''),
  };
  const json: Record<string, string> = {
    brackets: deep('[', 60_000),
    'brackets of 4 MB': deep('[', 4_000_000),
    'a prototype': '{"__proto__": {"all": true}, "all": true}',
    'keys without end': `{${Array.from({ length: 5_000 }, (_, i) => `"k${i}": 1`).join(',')}}`,
    'no JSON': '{',
  };
  const send = (url: string, type: string, payload: string | Buffer) =>
    answerTo(async (server) => {
      let answer = { status: 0, message: '' };
      const work = await workOf(async () => {
        const headers = { 'content-type': type, authorization: 'Bearer token' };
        const { statusCode, body } = await server.inject({ method: 'POST', url, headers, payload });
        answer = { status: statusCode, message: body };
      });
      return { ...answer, work };
    });
  /** Some 100 ms of a usual machine. */
  const mostWork = 25;
  it.each(Object.entries(yaml))(
    'validate: %s is 400, with a sentence, and soon',
    async (_, [body, sentence]) => {
      const { status, message, work } = await send('/api/v1/validate', 'application/yaml', body);
      expect([status, message]).toEqual([400, expect.stringMatching(sentence)]);
      expect(work).toBeLessThan(mostWork);
    },
  );
  it.each([
    ['POST', '/api/v1/validate', 'application/yaml', 1_048_577, 413],
    ['POST', '/api/v1/stop', 'application/yaml', 10, 415],
    ['POST', '/api/v1/stop', 'text/plain', 10, 415],
    ['POST', '/api/v1/session', 'application/yaml', 10, 415],
    ['POST', '/api/v1/session', 'application/json', 16_385, 413],
    ['DELETE', '/api/v1/session', 'application/json', 16_385, 413],
  ] as const)('%s %s: %s of %i bytes is not kept: %i', async (method, url, type, bytes, status) => {
    await answerTo(async (server) => {
      const headers = { 'content-type': type, authorization: 'Bearer token' };
      const payload = 'a'.repeat(bytes);
      expect((await server.inject({ method, url, headers, payload })).statusCode).toBe(status);
    });
  });
  it.each(Object.entries(taken))(
    'validate: %s is told as mistakes, or 400, and soon',
    async (_, body) => {
      const { status, message, work } = await send('/api/v1/validate', 'application/yaml', body);
      expect([200, 400]).toContain(status);
      expect(message).toMatch(/"valid":false|"message":"/);
      expect(work).toBeLessThan(mostWork);
    },
  );
  const routes = ['/api/v1/stop', '/api/v1/resume', '/api/v1/validate'];
  it.each(
    routes.flatMap((url) => Object.entries(json).map(([name, body]) => [url, name, body] as const)),
  )('%s: JSON, %s, is refused soon', async (url, _, body) => {
    const { status, work } = await send(url, 'application/json', body);
    expect([400, 413]).toContain(status);
    expect(work).toBeLessThan(mostWork);
  });
});
