import { expect, test } from 'vitest';
import type { QueryDetailAnswer } from '../../data/target-answers.ts';
import { statementSentence } from './statement-sentence.ts';

const plan = (hash: string, firstSeen: number, lastSeen: number, cost: number) => ({
  target: 'uid',
  fingerprint: 'f',
  hash,
  firstSeen,
  lastSeen,
  cost,
  parameters: 'generic' as const,
  dominantOp: 'SeqScan' as const,
});
const detail = (more: Partial<QueryDetailAnswer>): QueryDetailAnswer => ({
  target: 'uid',
  fingerprint: 'f',
  nativeId: '1',
  database: 'shop',
  firstSeen: 0,
  lastSeen: 0,
  calls: 1,
  totalMs: 1,
  tables: [],
  plans: [],
  findings: [],
  ...more,
});

test('without a plan it says why', () => {
  expect(statementSentence(detail({ latestCode: 'untrusted_function' }))).toBe(
    'It has no plan: untrusted_function',
  );
});

test('one plan, and one that came after another', () => {
  const [old, now] = [plan('a', 1, 5, 10), plan('b', 6, 9, 140)];
  expect(statementSentence(detail({ plans: [old], latestHash: 'a' }))).toContain('one plan');
  expect(statementSentence(detail({ plans: [now, old], latestHash: 'b' }))).toContain(
    'cost 14 times as much',
  );
  expect(
    statementSentence(
      detail({ plans: [plan('b', 6, 7, 140), plan('a', 1, 9, 10)], latestHash: 'b' }),
    ),
  ).toContain('alternates');
  const sampled = { ...old, parameters: 'sampled' as const };
  expect(statementSentence(detail({ plans: [now, sampled], latestHash: 'b' }))).toContain(
    'one plan for average values so far; others are for values that ran',
  );
});
