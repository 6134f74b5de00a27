import { type Plan, preorder } from '../../model/plan.ts';
import type { QueryShape } from '../../model/query-shape.ts';
import { compared, node, ran, seqScan } from '../examples.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  threshold,
} from '../rule.ts';
import { shareBelow } from '../shares.ts';

const leastError = threshold(
  10,
  'times',
  'estimates within one order of magnitude rarely change a plan',
);
const leastRows = threshold(
  100,
  'rows',
  'an error among fewer changes neither the order nor the method of a join',
);
/** One cause makes many nodes wrong: those nearest to the root are enough to find it. */
const mostNodes = 3;

const guess = { calls: 10, rows: 300 };

export const misestimate: Rule = {
  id: 'misestimate',
  title: 'The planner expects far more or far fewer rows than come',
  why:
    'Join order and join method follow the expected rows; an error of ten times or more usually ' +
    'means a worse plan than possible.',
  fix:
    'ANALYZE the tables; for columns that depend on each other CREATE STATISTICS; raise the ' +
    'column’s statistics target.',
  category: 'estimate',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: ['counters', 'shape'], actual: [] },
  thresholds: { leastError, leastRows },
  examples: [
    {
      name: 'statistics say 50,000 rows a call, the plan 12',
      finds: true,
      plan: seqScan('t', { rows: 12 }),
      stats: { calls: 10, rows: 500_000 },
      shape: { kind: 'select' },
    },
    {
      name: 'a list whose length the server does not tell',
      finds: false,
      plan: seqScan('t', { rows: 2 }),
      lossiness: ['list_length_unknown'],
      stats: { calls: 10, rows: 2_000 },
      shape: { kind: 'select' },
    },
    {
      name: 'as expected',
      finds: false,
      plan: seqScan('t', { rows: 1_000 }),
      stats: { calls: 10, rows: 12_000 },
      shape: { kind: 'select' },
    },
    {
      name: 'a limit hides what would come',
      finds: false,
      plan: node('Limit', { rows: 5_000 }),
      stats: { calls: 10, rows: 100 },
      shape: { kind: 'select', limit: true },
    },
    {
      name: 'measured on a node',
      finds: true,
      plan: seqScan('t', { rows: 3, ...ran(40_000) }),
    },
    {
      name: 'few rows either way',
      finds: false,
      plan: seqScan('t', { rows: 1 }),
      stats: guess,
      shape: { kind: 'select' },
    },
    {
      name: 'a range whose value is not known: a guess, not an estimate',
      finds: false,
      plan: seqScan('t', { rows: 30_000 }),
      stats: guess,
      shape: { kind: 'select', comparisons: [compared('at', { operator: '>' })] },
    },
  ],
  check: (plan, context) => (plan.mode === 'actual' ? measured(plan) : counted(plan, context)),
};

const measured = ({ root }: Plan): RuleMatch[] =>
  preorder(root)
    .filter(
      ({ derived, act, est }) =>
        (derived.qError ?? 0) >= leastError.value &&
        Math.max(act?.rows ?? 0, est.rows) >= leastRows.value,
    )
    .slice(0, mostNodes)
    .map((node) => ({
      message:
        `${node.op} on ${describeRelation(node)}: expected ${count(node.est.rows)} rows, got ` +
        `${count(node.act?.rows ?? 0)}`,
      nodes: [node.id],
      saves: shareBelow(node),
    }));

function counted(plan: Plan, { stats, shape }: RuleContext): RuleMatch[] {
  if (
    plan.lossiness.includes('list_length_unknown') ||
    shape?.kind !== 'select' ||
    shape.limit ||
    stats.calls === 0 ||
    (plan.parameters === 'generic' && guessesRange(shape))
  )
    return [];
  const perCall = stats.rows / stats.calls;
  const expected = plan.root.est.rows;
  const [least, most] = [Math.min(perCall, expected), Math.max(perCall, expected)];
  if (Math.max(1, most) / Math.max(1, least) < leastError.value || most < leastRows.value)
    return [];
  const message =
    `the plan expects ${count(expected)} rows, a call returns ` + `${count(perCall)} on average`;
  return [{ message, nodes: [0], saves: 1 }];
}

/**
 * Without its value the planner guesses a fixed share for a range or a pattern; with it, as
 * production runs the statement, it does not. An equality is estimated from the number of distinct
 * values either way.
 */
const guessesRange = ({ comparisons }: QueryShape): boolean =>
  comparisons.some((each) => each.with !== 'column' && !['=', '<>', '!='].includes(each.operator));
