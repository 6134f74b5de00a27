import { expect, test } from 'vitest';
import { makeProposal, makeRun } from '../../../test/support/advice.ts';
import type { ProposalAnswer, RunAnswer } from '../../data/advice.ts';
import {
  adviceSentence,
  bytes,
  changeWords,
  costWords,
  databaseWords,
  dropWords,
  isOfKind,
  perDay,
  runWords,
} from './advice-words.ts';

const stored = (id: string, benefit: number) =>
  ({
    ...makeProposal(id, { benefit }),
    state: { id, phase: 'Proposed', since: 1 },
  }) as ProposalAnswer;

test('the database is told, but where it is the schema', () => {
  const one = { ...stored('a', 1), database: 'shop' };
  expect(databaseWords(one)).toBe('in shop');
  expect(databaseWords({ ...one, database: 'public' })).toBeUndefined();
});

test('a change is said as people say it', () => {
  const proposal = stored('a', 1);
  expect(changeWords(proposal)).toBe('index on orders (customer_id, created_at desc)');
  const { change } = proposal;
  if (change.kind !== 'create-index') throw new Error('another change');
  const index = { ...change.index, where: 'total > 0', include: ['total'], method: 'gin' };
  expect(changeWords({ change: { ...change, index } })).toBe(
    'index on orders using gin (customer_id, created_at desc) with total where total > 0',
  );
  const keys = [
    { column: 'note', letters: 20 },
    { column: 'name', opclass: 'text_pattern_ops' },
  ];
  expect(changeWords({ change: { ...change, index: { ...change.index, keys } } })).toBe(
    'index on orders (note(20), name text_pattern_ops)',
  );
  const because = { kind: 'invalid' } as const;
  expect(changeWords({ change: { ...change, kind: 'drop-index', because } })).toBe(
    'drop dbi_orders_a',
  );
});

test('what saves most is said first, and that time may not follow cost', () => {
  expect(adviceSentence([])).toEqual({ answer: 'Nothing is proposed.', rest: '' });
  const { answer, rest } = adviceSentence([stored('a', 60_000), stored('b', 7_200_000)]);
  expect(answer).toBe('2 proposals.');
  expect(rest).toMatch(/about 2\.0 h a day if time follows cost\. First: index on orders/);
  const { evidence, ...young } = stored('c', 60_000);
  const watched = { ...young, evidence: { ...evidence, watchedMs: 90_000 } } as ProposalAnswer;
  expect(adviceSentence([stored('a', 60_000), watched]).rest).toContain(
    'if time follows cost, at the rate of the 1m30s that were watched. First',
  );
});

test('costs are compared without being called time', () => {
  expect(costWords({ costBefore: 8_215, costAfter: 12 })).toBe('8,215 → 12.0, 685 times less');
  expect(costWords({ costBefore: 8.3, costAfter: 8.4 })).toBe('8.30 → 8.40, the same');
  expect(costWords({ costBefore: 100, costAfter: 130 })).toBe('100 → 130, 30% more');
});

test('amounts are said in one unit', () => {
  expect([perDay(300), perDay(-120), perDay(600_000), perDay(36_000_000)]).toEqual([
    '300 ms a day',
    '−120 ms a day',
    '10 min a day',
    '10 h a day',
  ]);
  expect([bytes(2_048), bytes(5_242_880), bytes(-3 * 2 ** 30)]).toEqual([
    '2.0 KiB',
    '5.0 MiB',
    '−3.0 GiB',
  ]);
});

test('of a run it is said what it could not do', () => {
  const run = { ...makeRun(1, []), proposals: [] } as RunAnswer;
  expect(runWords(run)).toBe(
    '42 of 60 statements could be planned; 3 get no advice; 41 of 42 plans agree with those of ' +
      'the server; 312 plans were tried; no other set of indexes within the budget would do better',
  );
  const selection = {
    costBefore: 9,
    costAfter: 5,
    bound: 4.9,
    gap: 0.02,
    method: 'greedy',
  } as const;
  expect(runWords({ ...run, selection })).toContain(
    'no other set would do better by more than 2.0%',
  );
});

test('why an index could go is said with how far it is known', () => {
  const { change } = stored('a', 1);
  if (change.kind !== 'create-index') throw new Error('another change');
  const drop = (because: Extract<ProposalAnswer['change'], { kind: 'drop-index' }>['because']) => ({
    change: { ...change, kind: 'drop-index' as const, because },
  });
  expect(dropWords({ change })).toBeUndefined();
  expect(dropWords(drop({ kind: 'redundant', covered: 'b' }))).toBe(
    'redundant: b serves what it does',
  );
  const unused = { kind: 'unused', since: 1, servers: ['shop/a'], unknownServers: true } as const;
  expect(dropWords(drop({ ...unused, servers: ['shop/a'] }))).toMatch(
    /^unused since .* on shop\/a; of replicas nothing is known$/,
  );
  const proposal = { ...stored('a', 1), ...drop({ kind: 'invalid' }) };
  expect(['build', 'drop', undefined, 'x'].map((kind) => isOfKind(proposal, kind))).toEqual([
    false,
    true,
    true,
    true,
  ]);
});
