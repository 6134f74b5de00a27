import { describe, expect, it } from 'vitest';
import { refused } from '../../model/refusal.ts';
import { ready } from './parse.ts';
import { type FoundOut, type PreparedPolicy, preparedOf, type Token } from './prepared.ts';
import { createStatementCache, unread } from './statement-cache.ts';
import type { Sound } from './verdict.ts';

await ready;

const statement = { key: '1/2/3', nativeId: '3', database: 'shop', user: 'app' };
const policy: PreparedPolicy = { viaFunction: false, keepsText: true, serverMajor: 17 };
const known = createStatementCache().learn(
  'target',
  statement.key,
  statement.nativeId,
  'SELECT o.a FROM orders o WHERE o.b = $1',
  10_000,
);
const sites = known.parsed?.sites.length ?? 0;
const sound: Sound = {
  kind: 'sound',
  searchPath: ['public'],
  direct: {
    kind: 'trusted',
    searchPath: ['pg_catalog'],
    schemas: Array.from({ length: sites }, () => undefined),
    doubts: { other: 'f()' },
  },
  facts: [],
  schemas: [],
  lossiness: ['rls_differs', 'settings_differ'],
  planner: { work_mem: '4MB' },
  others: [],
  fallback: 'public',
  more: false,
  several: false,
  found: false,
  pass: 'first',
  meaning: 'public',
};

const bar = () => undefined;
const prepare = (found: Partial<FoundOut> = {}, how: Partial<PreparedPolicy> = {}) =>
  preparedOf(
    statement,
    { known, sample: () => undefined, uncallable: undefined, verdict: sound, bar, ...found },
    { ...policy, ...how },
  );
const waysOf = (prepared: ReturnType<typeof prepare>) =>
  prepared.kind === 'ready' ? (prepared.token as Token).ways : [];

describe('a statement that may be explained', () => {
  it('is sent with our rights, in the closed path', () => {
    const prepared = prepare();
    expect(prepared).toMatchObject({
      kind: 'ready',
      text: 'SELECT o.a FROM orders o WHERE o.b = $1',
    });
    expect(waysOf(prepared)).toMatchObject([
      {
        job: {
          searchPath: ['pg_catalog'],
          nativeId: '3',
          namespace: 'shop',
          planner: { work_mem: '4MB' },
          lossiness: ['rls_differs', 'settings_differ'],
        },
        meaning: 'public',
        doubts: { other: 'f()' },
      },
    ]);
  });

  it('through its role’s function nothing differs of the role, and nothing is in doubt', () => {
    const [way] = waysOf(prepare({}, { viaFunction: true }));
    expect(way).toMatchObject({ job: { as: 'app', lossiness: [] }, doubts: {} });
  });

  it('has no text where none is kept', () => {
    const prepared = prepare({}, { keepsText: false });
    expect(prepared.text).toBeUndefined();
    expect(waysOf(prepared)[0]?.job.queryText).toBeUndefined();
  });

  it('from 18 on may share its id with other tables under the same alias', () =>
    expect(waysOf(prepare({}, { serverMajor: 18 }))[0]?.job.lossiness).toContain(
      'shared_fingerprint',
    ));

  it('is tried in the schemas of its other meanings as well, as far as these may be', () => {
    const other: Sound = { ...sound, meaning: 'archive,public' };
    const untrusted = refused('untrusted_function');
    const { fallback: _, ...shown } = sound;
    const first: Sound = { ...shown, meaning: 'first', direct: untrusted, several: true };
    const barred: string[] = [];
    const prepared = prepare({
      verdict: { ...first, others: [{ ...shown, meaning: 'public' }, other] },
      bar: (meaning) => barred.push(meaning),
    });
    expect(barred).toEqual(['first']);
    expect(waysOf(prepared).map(({ meaning }) => meaning)).toEqual(['public', 'archive,public']);
    expect(prepared).toMatchObject({ token: { more: false, barred: untrusted } });
    expect(prepared.kind === 'ready' && (prepared.token as Token).fallback).toBe(undefined);
  });
});

describe('one that may not', () => {
  const codeOf = (found: Partial<FoundOut>) => {
    const prepared = prepare(found);
    return prepared.kind === 'refused' ? prepared.refusal.code : prepared.kind;
  };
  it.each<[string, Partial<FoundOut>, string]>([
    ['whose text could not be had', { known: unread('3', refused('too_large')) }, 'too_large'],
    [
      'whose role has no function',
      { uncallable: refused('explain_function_missing') },
      'explain_function_missing',
    ],
    ['that touches too much', { verdict: refused('too_many_relations') }, 'too_many_relations'],
    [
      'whose code nobody trusts',
      { verdict: { ...sound, direct: refused('untrusted_function') } },
      'untrusted_function',
    ],
    ['of which nothing was found out', { verdict: undefined }, 'internal'],
  ])('%s', (_, found, code) => expect(codeOf(found)).toBe(code));

  it('that cannot be called is refused for that, whatever else', () =>
    expect(
      codeOf({
        uncallable: refused('explain_function_missing'),
        verdict: refused('too_many_relations'),
      }),
    ).toBe('explain_function_missing'));
});
