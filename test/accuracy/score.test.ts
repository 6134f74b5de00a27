import { describe, expect, test } from 'vitest';
import type { Category } from '../../src/model/finding.ts';
import type { Label } from './case.ts';
import type { CaseResult, Outcome, Spoken } from './result.ts';
import { f1Of, precisionOf, recallOf, scoreOf } from './score.ts';
import { judge, standingOf } from './verdict.ts';

const says = (rule: string, message = '', also?: Spoken['also']): Spoken => ({
  rule,
  message,
  fix: '',
  ...(also ? { also } : {}),
});
const defect = (category: Category, rules: string[], table?: string): Label => ({
  kind: 'defect',
  defect: `a ${rules[0]}`,
  category,
  rules,
  ...(table ? { table } : {}),
});
const missing = defect('index', ['full-scan', 'low-filtered'], 'orders');
const healthy: Label = { kind: 'healthy' };

describe('a case is judged', () => {
  test('right by any of its rules, if the finding names the table', () => {
    const right = { found: true, right: ['low-filtered'], alarms: [] };
    expect(judge(missing, [says('low-filtered', 'of shop.orders 3 rows')])).toEqual(right);
    const onlyInFix = { ...says('low-filtered'), fix: 'CREATE INDEX ON "orders" (a)' };
    expect(judge(missing, [onlyInFix])).toEqual(right);
    expect(judge(missing, [says('full-scan', 'orders_archive is read')])).toEqual({
      found: false,
      right: [],
      alarms: ['full-scan'],
    });
  });

  test('what is folded under a right finding is no alarm, under a wrong one unsaid', () => {
    const spill = { rule: 'spill', message: '' };
    expect(judge(missing, [says('full-scan', 'orders', [spill])]).alarms).toEqual([]);
    const scan = { rule: 'full-scan', message: 'orders' };
    expect(judge(missing, [says('spill', 'orders', [scan])])).toEqual({
      found: false,
      right: [],
      alarms: ['spill'],
    });
  });

  test('a second finding that is wrong is an alarm', () => {
    const verdict = judge(missing, [says('full-scan', 'orders'), says('full-scan', 'customers')]);
    expect(verdict).toEqual({ found: true, right: ['full-scan'], alarms: ['full-scan'] });
  });

  test('every finding on a healthy statement is an alarm', () => {
    expect(judge(healthy, [says('spill')])).toEqual({ found: false, right: [], alarms: ['spill'] });
    expect(judge(healthy, [])).toEqual({ found: false, right: [], alarms: [] });
  });
});

const result = (label: Label, outcome: Outcome, over: Partial<CaseResult> = {}): CaseResult => ({
  server: 'postgres-18',
  world: 'shop',
  heldOut: false,
  case: 'a',
  label,
  call: 'SELECT 1',
  outcome,
  ...over,
});
const explained = (...findings: Spoken[]): Outcome =>
  ({ kind: 'explained', findings }) as unknown as Outcome;
const refused: Outcome = { kind: 'refused', code: 'no_sample' };
const free = { time: 1, looked: 1, calls: 1, ms: { defect: 1, healthy: 1 } };

describe('what is scored', () => {
  test('a defect without a cost is none, a control without a plan says nothing', () => {
    expect(standingOf(result(missing, explained(), { cost: free }))).toBe('no defect');
    expect(standingOf(result(missing, refused))).toBe('scored');
    expect(standingOf(result(healthy, refused))).toBe('not collected');
    expect(standingOf(result(healthy, { kind: 'broken', message: '' }))).toBe('broken');
  });

  const score = scoreOf(
    [
      result(missing, explained(says('full-scan', 'orders'), says('spill'))),
      result(missing, explained()),
      result(missing, refused),
      result(defect('maintenance', ['bloat']), explained(says('bloat'))),
      result(defect('join', ['nested-loop']), explained(says('full-scan'))),
      result(missing, explained(), { cost: free }),
      result(healthy, explained()),
      result(healthy, explained(says('spill'), says('full-scan'))),
      result(healthy, { kind: 'unseen' }),
    ],
    (rule) => (rule === 'spill' ? 'configuration' : 'index'),
  );

  test('alarms are laid to the rule that gave them, misses to the label', () => {
    expect(score.byGroup).toEqual({
      index: { cases: 3, found: 1, right: 1, alarms: 2 },
      estimate: { cases: 0, found: 0, right: 0, alarms: 0 },
      join: { cases: 1, found: 0, right: 0, alarms: 0 },
      statement: { cases: 0, found: 0, right: 0, alarms: 0 },
      other: { cases: 1, found: 1, right: 1, alarms: 2 },
    });
    expect(score.byRule['full-scan']).toEqual({ cases: 3, found: 1, right: 1, alarms: 2 });
    expect(score.byRule['spill']).toEqual({ cases: 0, found: 0, right: 0, alarms: 2 });
    expect(score.byDefect['a nested-loop']).toEqual({ cases: 1, found: 0, right: 0, alarms: 1 });
  });

  test('healthy statements, what is left out, and what had no plan', () => {
    expect(score.healthy).toEqual({ cases: 2, alarmed: 1 });
    expect(score.leftOut).toEqual({ noDefect: 1, notCollected: 1, broken: 0 });
    expect(score.withoutPlan).toBe(1);
  });

  test('the macro mean is over groups that have cases', () => {
    const index = (2 * (1 / 3) * (1 / 3)) / (2 / 3);
    const other = (2 * (1 / 3) * 1) / (4 / 3);
    expect(score.macroF1).toBeCloseTo((index + 0 + other) / 3, 10);
  });
});

test('shares of nothing are not known', () => {
  const empty = { cases: 0, found: 0, right: 0, alarms: 0 };
  expect([precisionOf(empty), recallOf(empty), f1Of(empty)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(f1Of({ ...empty, cases: 2 })).toBe(0);
});
