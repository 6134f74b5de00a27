import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeProposal, makeRun } from '../../../test/support/advice.ts';
import { openApi, type TestApi } from '../../../test/support/api.ts';
import { explained, makeBatch } from '../../../test/support/batch.ts';
import { makeTarget } from '../../../test/support/target.ts';
import { isPacked } from '../../render/pack.ts';

let api: TestApi;
const at = '/api/v1/targets/shop/orders/advice';
const { spec } = makeTarget({ port: 1, spec: { advice: { mode: 'propose' } } });
const query = explained('f1', { table: 'orders' });
const { result } = query;
if (result.kind !== 'explained') throw new Error('is explained');
const { plan } = result;

beforeAll(async () => {
  api = await openApi([makeBatch({ at: 1, queries: [query] })], {
    spec: (uid) => (uid === 'uid' ? spec : undefined),
  });
});
afterAll(() => api.close());

it('says that none has run yet', async () => {
  expect(await api.ask('GET', at)).toEqual({ status: 200, body: { items: [], mode: 'propose' } });
});

it('tells proposals, what saves most first, with the latest run', async () => {
  const small = makeProposal('adv-small', { benefit: 5 });
  const large = makeProposal('adv-large', {});
  const [effect, ...others] = large.evidence.statements;
  if (!effect) throw new Error('it has one');
  large.evidence.statements = [{ ...effect, planBefore: plan.hash.shape }, ...others];
  await api.history.recordAdvice({
    run: makeRun(9, [small, large]),
    plans: [{ proposal: 'adv-large', fingerprint: 'f1', plan }],
  });
  const { body } = await api.ask('GET', at);
  const { proposals: _, ...run } = makeRun(9, []);
  expect(body).toMatchObject({
    mode: 'propose',
    run: { ...run, proposals: ['adv-small', 'adv-large'] },
    items: [{ ...large, state: { phase: 'Proposed' } }, { id: 'adv-small' }],
  });
  const ids = async (url: string) =>
    ((await api.ask('GET', url)).body['items'] as { id: string }[]).map(({ id }) => id);
  expect(await ids(`${at}?limit=1`)).toEqual(['adv-large']);
  expect(await ids(`${at}?phase=Kept,Rejected`)).toEqual([]);
  expect(await ids('/api/v1/advice?phase=Proposed')).toEqual(['adv-large', 'adv-small']);
  expect(await ids('/api/v1/advice?ns=billing')).toEqual([]);
});

it('lists none of a target that is not there any more, though it is kept', async () => {
  const others = await openApi([], { targets: () => [] });
  await others.history.recordAdvice({ run: makeRun(9, [makeProposal('adv-a', {})]), plans: [] });
  expect(await others.ask('GET', '/api/v1/advice')).toEqual({ status: 200, body: { items: [] } });
  expect((await others.ask('GET', '/api/v1/advice/adv-a')).status).toBe(200);
  await others.close();
});

it('lists the beginning of texts as long as books, and tells the whole of one', async () => {
  const text = 'SELECT ? '.repeat(7_000);
  const long = makeProposal('adv-long', {});
  long.evidence.statements = long.evidence.statements.map((each) => ({ ...each, text }));
  await api.history.recordAdvice({ run: makeRun(10, [long]), plans: [] });
  for (const url of [at, '/api/v1/advice'])
    expect(JSON.stringify((await api.ask('GET', url)).body).length).toBeLessThan(30_000);
  const { body } = await api.ask('GET', '/api/v1/advice/adv-long');
  expect(JSON.stringify(body).length).toBeGreaterThan(text.length);
});

it('tells one, and the plans of a statement before and after', async () => {
  expect(await api.ask('GET', '/api/v1/advice/adv-large')).toMatchObject({
    status: 200,
    body: { id: 'adv-large', apply: [expect.stringMatching(/^CREATE INDEX/)] },
  });
  const { body } = await api.ask('GET', '/api/v1/advice/adv-large/plans/f1');
  const both = [body['before'], body['after']] as { hash: string; packed: string }[];
  expect(both.map(({ hash, packed }) => [hash, isPacked(packed)])).toEqual([
    [plan.hash.shape, true],
    [plan.hash.shape, true],
  ]);
  expect(await api.ask('GET', '/api/v1/advice/adv-large/plans/f2')).toMatchObject({
    status: 404,
    body: { message: 'adv-large keeps no plan of f2' },
  });
  expect(await api.ask('GET', '/api/v1/advice/adv-none')).toMatchObject({
    status: 404,
    body: { message: 'there is no proposal adv-none' },
  });
});
