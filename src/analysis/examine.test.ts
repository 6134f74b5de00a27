import { describe, expect, it } from 'vitest';
import { readAnyPlan } from '../dialects/read-any.ts';
import { examine } from './examine.ts';
import { indexScan, inner, node, outer, seqScan } from './examples.ts';
import { rules } from './rules/index.ts';

const printed = (root: object) => JSON.stringify([{ Plan: root }]);
const joined = (right: object, cost: number) =>
  printed(
    node('Nested Loop', { 'Join Type': 'Inner', rows: 50_000, cost }, [
      outer(seqScan('a', { rows: 50_000, cost: 900 })),
      inner(right),
    ]),
  );
const bad = joined(seqScan('b', { filter: '(b.a = a.id)', cost: 180 }), 900_000);
const good = joined(indexScan('b', 'b_a', { condition: '(b.a = a.id)', cost: 0.4 }), 3_000);

describe('what the rules say', () => {
  it('finds what the plan alone tells, and names the rules that have to know more', () => {
    const { findings, unasked } = examine(rules, readAnyPlan(bad));
    expect(findings.map(({ rule }) => rule)).toEqual(['nested-loop']);
    const missing = Object.fromEntries(unasked.map((each) => [each.rule, each.missing]));
    expect(missing).toMatchObject({
      'full-scan': ['tables'],
      spill: ['counters'],
      'plan-changed': ['previous'],
      'heap-fetches': [],
    });
    expect(missing).not.toHaveProperty('nested-loop');
    expect(missing).not.toHaveProperty('join-buffer'); // MySQL's and MariaDB's
  });
  it('tells why the plan is worse than the one before, and that it is', () => {
    const { findings, unasked } = examine(rules, readAnyPlan(bad), readAnyPlan(good));
    expect(findings.map(({ rule, also }) => [rule, also?.map((each) => each.rule)])).toEqual([
      ['nested-loop', ['plan-changed', 'scan-for-few']],
    ]);
    expect(unasked.map(({ rule }) => rule)).not.toContain('plan-changed');
  });
});
