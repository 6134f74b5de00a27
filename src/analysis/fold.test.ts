import { expect, it } from 'vitest';
import { readAnyPlan } from '../dialects/read-any.ts';
import type { Finding } from '../model/finding.ts';
import { preorder } from '../model/plan.ts';
import { inner, node, outer, seqScan } from './examples.ts';
import { foldTogether } from './fold.ts';

const loop = node('Nested Loop', { 'Join Type': 'Inner', rows: 5, cost: 900 }, [
  outer(seqScan('a', { rows: 50, cost: 80 })),
  inner(seqScan('b', { rows: 50, cost: 80 })),
]);
const nodes = preorder(readAnyPlan(JSON.stringify([{ Plan: loop }])).root);

const found = (rule: string, at: number[], saves: number): Finding => ({
  rule,
  category: 'index',
  severity: saves >= 0.1 ? 'critical' : 'warning',
  message: `${rule} on ${at}`,
  fix: 'f',
  nodes: at,
  timeShare: 1,
  saves,
  confidence: 1,
});
const rules = [{ id: 'scan' }, { id: 'loop', follows: ['scan'] }, { id: 'top', follows: ['loop'] }];
const told = (...findings: Finding[]) =>
  foldTogether(findings, rules, nodes).map(({ rule, saves, severity, also = [] }) => [
    rule,
    saves,
    severity,
    also.map((each) => each.rule),
  ]);

it('what follows from a finding below is told with it, and what both would save', () =>
  expect(told(found('loop', [0], 0.3), found('scan', [2], 0.05))).toEqual([
    ['scan', 0.3, 'critical', ['loop']],
  ]));
it('from another part of the plan it does not follow', () =>
  expect(told(found('loop', [1], 0.3), found('scan', [2], 0.05))).toHaveLength(2));
it('of several causes the dearest has it', () =>
  expect(told(found('loop', [0], 0.3), found('scan', [1], 0.02), found('scan', [2], 0.05))).toEqual(
    [
      ['scan', 0.3, 'critical', ['loop']],
      ['scan', 0.02, 'warning', []],
    ],
  ));
it('a cause of a cause has all', () =>
  expect(told(found('top', [0], 0.4), found('loop', [0], 0.3), found('scan', [2], 0.1))).toEqual([
    ['scan', 0.4, 'critical', ['top', 'loop']],
  ]));
