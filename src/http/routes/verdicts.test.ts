import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiNow, openApi, type TestApi } from '../../../test/support/api.ts';
import { explained, makeBatch } from '../../../test/support/batch.ts';
import { createLogger } from '../../base/node/logger.ts';

const day = 86_400_000;
const findings = '/api/v1/targets/shop/orders/findings';
const verdictOf = (fingerprint: string, rule = 'spill') =>
  `${findings}/${rule}/${fingerprint}/verdict`;
const why = 'the nightly export reads it all';

let api: TestApi;
let log: string[];
beforeEach(async () => {
  log = [];
  const queries = [explained('f1', { rule: 'spill' }), explained('f2', { rule: 'full-scan' })];
  api = await openApi([makeBatch({ at: apiNow, queries })], {
    logger: createLogger('info', { write: (line: string) => void log.push(line) }),
  });
});
afterEach(() => api.close());

const shown = async (query = '') => {
  const { body } = await api.ask('GET', `${findings}${query}`);
  return (body['items'] as { rule: string; verdict?: { kind: string } }[]).map(
    ({ rule, verdict }) => `${rule} ${verdict?.kind ?? ''}`.trim(),
  );
};

describe('a verdict', () => {
  it('is given, shown with its finding, and taken back', async () => {
    const said = { kind: 'dismissed', why, by: 'maria' };
    const kept = { ...said, rule: 'spill', fingerprint: 'f1', at: apiNow, declared: false };
    expect(await api.ask('PUT', verdictOf('f1'), said)).toEqual({ status: 200, body: kept });
    expect(await shown()).toEqual(['full-scan']);
    expect(await shown('?muted=include')).toEqual(['spill dismissed', 'full-scan']);
    const verdicts = '/api/v1/targets/shop/orders/verdicts';
    expect((await api.ask('GET', verdicts)).body).toEqual({ items: [kept] });
    expect(await api.ask('DELETE', verdictOf('f1'))).toEqual({ status: 200, body: kept });
    expect(await shown()).toEqual(['spill', 'full-scan']);
    expect((await api.ask('GET', verdicts)).body).toEqual({ items: [] });
  });
  it('is told to the log: who, of what, and why', async () => {
    await api.ask('PUT', verdictOf('f1'), { kind: 'dismissed', why, by: 'maria' });
    await api.ask('DELETE', verdictOf('f1'));
    expect(log.map((line) => JSON.parse(line))).toMatchObject([
      { user: 'api', change: `PUT ${verdictOf('f1')}`, what: { by: 'maria' }, why, status: 200 },
      { user: 'api', change: `DELETE ${verdictOf('f1')}`, status: 200 },
    ]);
  });
  it('may be changed: the last one stands', async () => {
    await api.ask('PUT', verdictOf('f1'), { kind: 'dismissed', why });
    expect((await api.ask('PUT', verdictOf('f1'), { kind: 'accepted' })).body).toMatchObject({
      kind: 'accepted',
      by: 'api',
    });
    expect(await shown()).toEqual(['spill accepted', 'full-scan']);
  });
  it.each([
    ['7d', apiNow + 7 * day],
    ['2023-12-24', Date.UTC(2023, 11, 24)],
    [apiNow + 5, apiNow + 5],
  ])('snoozes until %s', async (until, expected) =>
    expect((await api.ask('PUT', verdictOf('f1'), { kind: 'snoozed', until })).body).toMatchObject({
      until: expected,
    }),
  );
  it('is kept as one line without what looks like a value or a secret', async () => {
    const typed = "only where\nemail = 'max@example.org', token: abc";
    const said = { kind: 'dismissed', why: typed, by: 'x'.repeat(200) };
    expect((await api.ask('PUT', verdictOf('f1'), said)).body).toMatchObject({
      why: 'only where email = ?, token: ?',
      by: expect.stringMatching(/^x{63}…$/),
    });
  });
});

describe('is refused', () => {
  it.each([
    ['without a reason', { kind: 'dismissed' }, /why/],
    ['with an empty one', { kind: 'dismissed', why: ' \n' }, /has to be said/],
    ['of another kind', { kind: 'ignored' }, /kind/],
    ['with more in it', { kind: 'accepted', until: '7d' }, /until/],
    ['snoozed for ever', { kind: 'snoozed', until: '9999d' }, /more than a year/],
    ['snoozed until before', { kind: 'snoozed', until: 1 }, /is over/],
    ['at length', { kind: 'accepted', why: 'x'.repeat(9_000) }, /why/],
  ])('%s: 400', async (_, said, message) => {
    expect(await api.ask('PUT', verdictOf('f1'), said)).toEqual({
      status: 400,
      body: { error: 'invalid', message: expect.stringMatching(message) },
    });
    expect(await shown()).toEqual(['spill', 'full-scan']);
  });
  it('without the token: 401, as a stop is', async () => {
    const answer = await api.ask('PUT', verdictOf('f1'), { kind: 'accepted' }, 'another');
    expect(answer.status).toBe(401);
    expect((await api.ask('DELETE', verdictOf('f1'), undefined, 'another')).status).toBe(401);
  });
  it('where there is no such finding, target or verdict: 404', async () => {
    const said = { kind: 'dismissed', why };
    for (const [method, url, message] of [
      ['PUT', verdictOf('f1', 'full-scan'), /no open finding full-scan at the statement f1/],
      ['PUT', verdictOf('f9'), /at the statement f9 of shop\/orders/],
      ['PUT', verdictOf('f1').replace('orders', 'other'), /no target shop\/other/],
      ['DELETE', verdictOf('f1'), /nothing has been said of spill@f1/],
    ] as const)
      expect(await api.ask(method, url, method === 'PUT' ? said : undefined)).toEqual({
        status: 404,
        body: { error: 'not_found', message: expect.stringMatching(message) },
      });
  });
  it('where the annotation has said it, or the target has too many: 409', async () => {
    const stored = (fingerprint: string, declared: boolean) =>
      ({ rule: 'spill', fingerprint, kind: 'accepted', by: 'x', at: 1, declared }) as const;
    await api.history.judge('uid', { put: [stored('f1', true)], remove: [] });
    for (const method of ['PUT', 'DELETE'] as const)
      expect(
        await api.ask(method, verdictOf('f1'), method === 'PUT' ? { kind: 'accepted' } : undefined),
      ).toEqual({
        status: 409,
        body: { error: 'verdict_refused', message: expect.stringMatching(/annotation/) },
      });
    const put = Array.from({ length: 300 }, (_, i) => stored(`x${i}`, false));
    await api.history.judge('uid', { put, remove: [] });
    const full = await api.ask('PUT', verdictOf('f2', 'full-scan'), { kind: 'accepted' });
    expect(full).toMatchObject({ status: 409, body: { message: expect.stringMatching(/300/) } });
  });
});
