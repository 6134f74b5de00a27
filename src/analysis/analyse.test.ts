import { expect, it } from 'vitest';
import { readAnyPlan } from '../dialects/read-any.ts';
import { emptyShape } from '../model/query-shape.ts';
import { analyse, analyseUnplanned, type Judging } from './analyse.ts';
import { uncounted } from './examine.ts';
import { seqScan } from './examples.ts';
import type { Rule } from './rule.ts';

const plan = readAnyPlan(JSON.stringify([{ Plan: seqScan('t', { rows: 5, cost: 80 }) }]));
const rule = (id: string, saves: number, more: Partial<Rule> = {}): Rule => ({
  id,
  title: id,
  why: 'w',
  fix: 'f',
  category: 'index',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: [] },
  thresholds: {},
  examples: [],
  check: () => [{ message: id, nodes: [0], saves }],
  ...more,
});

function told(rules: Rule[], judging: Partial<Judging> = {}, counted: object = {}) {
  const context = { stats: { ...uncounted, ...counted }, fingerprint: plan.fingerprint, facts: [] };
  return analyse(rules, plan, context, { mutes: [], timeShare: 0.5, ...judging });
}

it('is as bad as what it could save, worst first', () => {
  const found = told([rule('a', 0.01), rule('b', 0.3), rule('c', 0.02)]);
  expect(found.map(({ rule, severity }) => [rule, severity])).toEqual([
    ['b', 'critical'],
    ['c', 'warning'],
    ['a', 'info'],
  ]);
  expect(found[0]?.saves).toBeCloseTo(0.15);
});
it('among equals the order is that of the history', () =>
  expect(told([rule('b', 0.3), rule('a', 0.3)]).map((each) => each.rule)).toEqual(['a', 'b']));
it('is as sure as people’s verdicts, else as the rule’s own, else as usual; the surest first', () => {
  const prior = { value: 0.9, unit: 'of its findings', why: 'measured' };
  const rules = [rule('a', 1), rule('b', 1, { prior }), rule('c', 1)];
  const confidenceOf = (id: string) => (id === 'a' ? 0.2 : undefined);
  expect(told(rules, { confidenceOf }).map(({ confidence }) => confidence)).toEqual([
    0.9, 0.7, 0.2,
  ]);
});
it('what saves next to nothing is not told, neither of the server nor of a call', () => {
  const rules = [rule('a', 0.5)];
  const quick = { calls: 1_000, totalMs: 50 };
  expect(told(rules, { timeShare: 0.0005 }, quick)).toEqual([]);
  expect(told(rules, { timeShare: 0.01 }, quick)).toHaveLength(1);
  expect(told(rules, { timeShare: 0.0005 }, { calls: 10, totalMs: 50 })).toHaveLength(1);
  expect(told(rules, { timeShare: 0.0005 })).toHaveLength(1);
});
it('what follows from a muted finding is not told either', () => {
  const rules = [rule('cause', 0.1), rule('effect', 0.5, { follows: ['cause'] })];
  expect(told(rules)).toMatchObject([{ rule: 'cause', also: [{ rule: 'effect' }] }]);
  expect(told(rules, { mutes: [{ rule: 'cause' }] })).toEqual([]);
  const [alone] = told(rules, { mutes: [{ rule: 'effect' }] });
  expect(alone).toMatchObject({ rule: 'cause' });
  expect(alone).not.toHaveProperty('also');
  expect(told(rules, { mutes: [{ rule: 'cause', fingerprint: 'of another' }] })).toHaveLength(1);
});

it('without a plan only rules that need none speak, of no node, folded and muted as ever', () => {
  const check = (): { message: string; nodes: number[]; saves: number }[] => [
    { message: 'm', nodes: [0], saves: 0.5 },
  ];
  const rules: Rule[] = [
    rule('plan', 1),
    { ...rule('cause', 1), unplanned: true, check },
    { ...rule('effect', 1, { follows: ['cause'] }), unplanned: true, check },
  ];
  const context = { stats: uncounted, fingerprint: plan.fingerprint, facts: [] };
  const said = (kind: 'insert' | 'select', mutes: Judging['mutes'] = []) => {
    const shape = {
      ...emptyShape(kind),
      ...(kind === 'insert' ? { writes: [{ name: 't' }] } : {}),
    };
    return analyseUnplanned(rules, 'postgres', { ...context, shape }, { mutes, timeShare: 0.5 });
  };
  expect(said('insert')).toMatchObject([
    { rule: 'cause', nodes: [], saves: 0.25, also: [{ rule: 'effect' }] },
  ]);
  expect(said('select')).toEqual([]);
  expect(said('insert', [{ rule: 'cause' }])).toEqual([]);
});
