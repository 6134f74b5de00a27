import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FleetAnswer } from '../../src/http/answers/fleet.ts';
import { unpack } from '../../src/render/pack.ts';
import { listenTo } from '../support/event-stream.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { manifest, type Standalone, startStandalone } from '../support/program.ts';
import { prepareServer } from '../support/target.ts';

/** What the pages ask, of the real program that collects from a real server. */
let server: PostgresServer;
let program: Standalone;

beforeAll(async () => {
  server = await startPostgres({ settings: { track_activity_query_size: '8192' } });
  await prepareServer(server);
  await server.sql(
    'CREATE TABLE orders (id bigint PRIMARY KEY, email text, n int); INSERT INTO orders ' +
      "SELECT g, 'c' || g, g % 10 FROM generate_series(1, 30000) g; ANALYZE; GRANT SELECT " +
      'ON orders TO dbintel',
  );
  await server.sql('SELECT pg_stat_statements_reset()');
  await workload();
  program = await startStandalone({
    'orders.yaml': manifest({
      port: server.port,
      spec: '  collection: { interval: 10s, minExecutionCount: 1 }',
    }),
  });
  await until(async () => (await state()) === 'collecting', 60_000, 'it collects');
});
afterAll(async () => {
  program?.remove();
  await server?.stop();
});

async function workload(): Promise<void> {
  const client = await server.client();
  for (let i = 0; i < 8; i += 1) {
    await client.query(`SELECT n FROM orders WHERE lower(email) = 'c${i}'`);
    await client.query('SELECT email FROM orders WHERE id = $1', [i]);
  }
  await client.end();
}

const at = '/api/v1/targets/shop/orders';
const get = async <T = Record<string, unknown>>(path: string) => {
  const { status, body } = await program.get(path);
  expect([path, status]).toEqual([path, 200]);
  return body as T;
};
const fleet = (query = '') => get<FleetAnswer>(`/api/v1/fleet${query}`);
const cell = ({ columns, rows }: FleetAnswer, name: FleetAnswer['columns'][number]) =>
  rows[0]?.[columns.indexOf(name)];
const state = async () => cell(await fleet(), 'state');
const authorised = () => ({ authorization: `Bearer ${program.token()}` });

it('the fleet says at a glance how its one target is', async () => {
  await workload();
  await until(
    async () => (cell(await fleet(), 'explained') ?? 0) !== 0,
    60_000,
    'an interval with statements in it',
  );
  const answer = await fleet();
  expect([cell(answer, 'engine'), cell(answer, 'circuit'), cell(answer, 'kind')]).toEqual([
    'postgres',
    'closed',
    'well',
  ]);
  expect(cell(answer, 'version')).toMatch(/^18/);
  expect(cell(answer, 'busy')).toMatch(/9$/);
  expect(cell(answer, 'warning')).toBeTypeOf('number');
  expect(answer.counts.states).toEqual({ collecting: 1 });
});

it('a statement, with its series, plans, and one of them packed', async () => {
  const { items } = await get<{
    items: { text: string; fingerprint: string; timeShare: number; target: string }[];
  }>(`${at}/queries?order=impact`);
  const slow = items.find(({ text }) => text.includes('lower(email)'));
  expect(slow?.timeShare).toBeGreaterThan(0);
  const one = await get<{
    tables: string[];
    plans: { hash: string }[];
    findings: { rule: string }[];
  }>(`${at}/queries/${slow?.fingerprint}`);
  expect(one.tables).toEqual(['public.orders']);
  expect(one.findings.map(({ rule }) => rule)).toContain('function-on-column');
  const hash = one.plans[0]?.hash;
  const series = await get<{ calls: number[]; plan: (string | null)[] }>(
    `${at}/queries/${slow?.fingerprint}/series`,
  );
  // the hour may have struck since
  const hour = series.calls.findLastIndex((calls) => calls > 0);
  expect(series.calls[hour]).toBeGreaterThanOrEqual(8);
  expect(series.plan[hour]).toBe(hash);
  const key = `${slow?.target}/${slow?.fingerprint}/${hash}`;
  const { packed } = await get<{ packed: string }>(`/api/v1/plans/${key}`);
  expect((await unpack(packed)).root.op).toBe('SeqScan');
  const { sentence, pairs } = await get<{ sentence: string; pairs: unknown[] }>(
    `/api/v1/diff?a=${key}&b=${key}`,
  );
  expect([sentence, pairs]).toEqual([expect.stringContaining('same'), [[0, 0, 'same']]]);
});

it('cycles in pages, coverage, and findings by rule', async () => {
  const first = await get<{ items: { number: number }[]; next?: string }>(`${at}/cycles?limit=1`);
  const second = await get<typeof first>(`${at}/cycles?limit=1&cursor=${first.next}`);
  expect(second.items[0]?.number).toBeLessThan(first.items[0]?.number ?? 0);
  const coverage = await get<{ explained: number; coded: object; unknown: number }>(
    `${at}/coverage`,
  );
  const coded = Object.values(coverage.coded).reduce((sum, share) => sum + share, 0);
  expect(coverage.explained + coded + coverage.unknown).toBeCloseTo(1);
  const { counts, total } = await get<{ counts: { rule: string }[]; total: number }>(
    '/api/v1/findings?rule=function-on-column',
  );
  expect(total).toBe(1);
  expect(counts.map(({ rule }) => rule)).toContain('function-on-column');
});

it('events: cycles as they end, and a stop as soon as it is there', async () => {
  const { rev, rows, columns } = await fleet();
  const uid = rows[0]?.[columns.indexOf('uid')];
  const events = await listenTo(
    `${program.api}/api/v1/events?topics=fleet,stops,target:${uid}&since=${rev}`,
    authorised(),
  );
  expect(await events.next('hello')).toMatchObject({ id: rev });
  expect(await events.next('cycle')).toMatchObject({ data: { target: uid } });
  const body = { scope: { all: true }, reason: 'incident 4711' };
  const token = program.token();
  expect(await program.post('/api/v1/stop?dryRun=1', body, token)).toMatchObject({
    body: { dryRun: true, targets: 1 },
  });
  const began = Date.now();
  const { body: stop } = await program.post('/api/v1/stop', body, token);
  // What the cycle changed may be told once more before that.
  const saysStopped = async () => JSON.stringify(await events.next('rows')).includes('"stopped"');
  await until(saysStopped, 10_000, 'the stop is told');
  const { id } = stop as { id: string };
  const progress = await get(`/api/v1/stops/${id}`);
  expect(Date.now() - began).toBeLessThan(3_000);
  expect(progress).toMatchObject({ covered: 1, waiting: [], stillRunning: 0, done: true });
  await program.post('/api/v1/resume', { id, reason: 'it is over' }, token);
  const noneIsLeft = async () => (await events.next('stops')).data['items'] as unknown[];
  await until(async () => (await noneIsLeft()).length === 0, 10_000, 'its end is told');
  expect((await program.get(`/api/v1/stops/${id}`)).status).toBe(404);
  events.close();
  const past = () => get<{ items: { id: string }[] }>('/api/v1/past-stops');
  await until(async () => (await past()).items.length > 0, 20_000, 'it is kept');
  const [pod] = (await get<{ items: { pod: string }[] }>('/api/v1/replicas')).items;
  expect((await past()).items).toMatchObject([
    {
      id,
      reason: 'incident 4711',
      by: 'api',
      liftedBy: 'api',
      sawEnd: true,
      covered: 1,
      replicas: [{ pod: pod?.pod, confirmedAt: expect.any(Number) }],
    },
  ]);
});

it('a stop by labels covers those that have them, and names them before', async () => {
  const token = program.token();
  const stop = async (tier: string, dryRun: string) => {
    const scope = { selector: { matchExpressions: [{ key: 'tier', operator: tier }] } };
    const body = { scope, reason: 'incident 4712' };
    return (await program.post(`/api/v1/stop${dryRun}`, body, token)).body;
  };
  expect(await stop('Exists', '?dryRun=1')).toMatchObject({ targets: 0, names: [] });
  expect(await stop('DoesNotExist', '?dryRun=1')).toMatchObject({
    targets: 1,
    namespaces: { shop: 1 },
    names: ['shop/orders'],
  });
  const { id } = (await stop('DoesNotExist', '')) as { id: string };
  await until(async () => (await state()) === 'stopped', 20_000, 'it is stopped');
  await program.post('/api/v1/resume', { id }, token);
  await until(async () => (await state()) !== 'stopped', 20_000, 'it goes on');
});

it('one word finds a target, a statement and a finding', async () => {
  const search = (q: string) =>
    get<Record<'targets' | 'statements' | 'findings', { items: Record<string, unknown>[] }>>(
      `/api/v1/search?q=${encodeURIComponent(q)}`,
    );
  expect((await search('ORDERS')).targets.items).toMatchObject([{ name: 'orders' }]);
  expect((await search('lower(email)')).statements.items).toMatchObject([
    { namespace: 'shop', name: 'orders', text: expect.stringContaining('lower(email)') },
  ]);
  const found = (await search('function-on-column')).findings.items;
  expect(found).toMatchObject([{ rule: 'function-on-column' }]);
});

it('a manifest is tried step by step, and a wrong password says what to do', async () => {
  const check = async (text: string) => {
    const headers = { ...authorised(), 'content-type': 'application/yaml' };
    const answer = await fetch(`${program.api}/api/v1/check`, {
      method: 'POST',
      headers,
      body: text,
    });
    expect(answer.status).toBe(200);
    const lines = (await answer.text()).trim().split('\n');
    return lines.map((line) => JSON.parse(line) as { step: string; code?: string });
  };
  const well = await check(manifest({ port: server.port }));
  expect(well.map(({ step }) => step).filter((step) => step !== 'prerequisite')).toEqual([
    'manifest',
    'credentials',
    'connected',
    'done',
  ]);
  expect(well.at(-1)).toMatchObject({ failed: 0 });
  const away = await check(
    manifest({ port: 1, name: 'orders' }).replace('name: orders,', 'name: other,'),
  );
  expect(away.at(-1)).toMatchObject({ step: 'failed', code: 'connection_failed' });
  expect((await program.post('/api/v1/check', manifest({ port: 1 }), program.token())).status).toBe(
    429,
  );
});

it('compressed, not sent twice, and who is there', async () => {
  const url = `${program.api}/api/v1/codes`;
  const headers = { ...authorised(), 'accept-encoding': 'br' };
  const answer = await fetch(url, { headers });
  expect(answer.headers.get('content-encoding')).toBe('br');
  const tag = answer.headers.get('etag') ?? '';
  expect((await fetch(url, { headers: { ...headers, 'if-none-match': tag } })).status).toBe(304);
  expect(await get('/api/v1/replicas')).toMatchObject({
    items: [{ me: true, targets: 1, session: 'alone' }],
    redis: 'none',
    history: { state: 'ok', shared: false },
  });
});
