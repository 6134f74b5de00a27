import { expect, it } from 'vitest';
import { makeProposal, makeRun } from '../../test/support/advice.ts';
import {
  agreementWords,
  changePlace,
  changeWord,
  confidenceWords,
  costWords,
  gapWords,
  indexWords,
  unseenWords,
  withheldWords,
} from './advice-words.ts';
import type { Change } from './proposal.ts';

const { change, evidence } = makeProposal('adv-1', {});
const index = {
  schema: 's',
  table: 't',
  method: 'gin',
  keys: [{ expression: "lower(a || 'x')", opclass: 'gin_trgm_ops' }, { column: 'b' }],
};

it('says what is changed and where', () => {
  expect([changeWord(change), changePlace(change)]).toEqual([
    'create index',
    'public.orders (customer_id, created_at desc)',
  ]);
  const drop: Change = { kind: 'drop-index', name: 'i', index, because: { kind: 'invalid' } };
  expect(changePlace(drop)).toBe("i on s.t gin ((lower(a || 'x')) gin_trgm_ops, b)");
  const place = { schema: 's', table: 't' };
  expect(changePlace({ kind: 'create-statistics', name: 'x', ...place, columns: ['a', 'b'] })).toBe(
    's.t (a, b)',
  );
  expect(changePlace({ kind: 'analyze', ...place })).toBe('s.t');
});
it('says all that makes an index another one', () => {
  expect(
    indexWords({
      schema: 's',
      table: 't',
      method: 'btree',
      keys: [{ column: 'a', nulls: 'first' }],
      include: ['b', 'c'],
      where: 'd IS NULL',
      unique: true,
    }),
  ).toBe('s.t (a nulls first) unique with b, c where d IS NULL');
  const keys = [
    { column: 'a', letters: 20, descending: true as const },
    { column: 'b', collation: 'C' },
  ];
  expect(indexWords({ schema: 's', table: 't', method: 'btree', keys })).toBe(
    's.t (a(20) desc, b collate C)',
  );
});
it('says how sure one may be, and on what that stands', () => {
  expect(confidenceWords(evidence)).toBe(
    'high: 41 of 42 plans are the same in the what-if planner as on the server',
  );
  expect(costWords({ costBefore: 8_215, costAfter: 2.44 })).toBe('8,215 → 2.4');
});
it('a gap is said as what is not ruled out; only a proof is called one', () => {
  const { selection } = makeRun(1, []);
  if (!selection) throw new Error('it has one');
  const said = (gap: number, method: typeof selection.method) =>
    gapWords({ ...selection, gap, method });
  expect(said(0, 'optimal')).toMatch(/\(proven\)$/);
  expect(said(0.031, 'time-limit')).toMatch('up to 3% cheaper is not ruled out: time ran out');
  expect(said(0, 'greedy')).toMatch('chosen one by one');
  expect(gapWords(undefined)).toBeUndefined();
});
it('says of how many statements nothing is advised, and why', () => {
  const run = makeRun(1, []);
  expect(withheldWords([...run.withheld, { code: 'unparsable', statements: 9 }])).toBe(
    'unparsable 9, no_sample 3',
  );
  expect(agreementWords(run.agreement)).toMatch('41 of 42');
  expect(agreementWords(undefined)).toBeUndefined();
});
it('says of what nothing is said', () => {
  const database = 'shop';
  expect(unseenWords({ kind: 'plans', database, code: 'lock_timeout' })).toBe(
    'database shop: no statement was planned (lock_timeout)',
  );
  const table = { database, schema: 's', table: 't' };
  expect(unseenWords({ kind: 'table', ...table, reason: 'nested_partitions' })).toBe(
    'table s.t: no index is advised, its partitions have partitions themselves',
  );
  expect(unseenWords({ kind: 'replica', name: 'r' })).toMatch(/^replica r was not looked at/);
  expect(unseenWords({ kind: 'extended-statistics', database, count: 2 })).toMatch('2 extended');
  expect(unseenWords({ kind: 'sandbox-table', schema: 's', table: 't' })).toMatch(/^table s\.t of/);
  expect(unseenWords({ kind: 'sandbox-cut', code: 'connection_failed' })).toMatch('until then');
  expect(unseenWords({ kind: 'sandbox-left', code: 'lock_timeout' })).toMatch('the next run drops');
});
