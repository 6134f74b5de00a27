import { preorder } from '../../model/plan.ts';
import type { QueryShape } from '../../model/query-shape.ts';
import { count, describeRelation, type Rule } from '../rule.ts';

const leastError = 10;
const leastRows = 100;

/**
 * Without its value the planner guesses a fixed share for a range or a pattern; with it, as
 * production runs the statement, it does not. An equality is estimated from the number of distinct
 * values either way.
 */
const guessesRange = ({ comparisons }: QueryShape): boolean =>
  comparisons.some((each) => each.with !== 'column' && !['=', '<>', '!='].includes(each.operator));

export const misestimate: Rule = {
  id: 'misestimate',
  title: 'The planner expects far more or far fewer rows than come',
  why: 'Join order and join method follow the expected rows; an error of ten times or more usually means a worse plan than possible.',
  fix: 'ANALYZE the tables; for columns that depend on each other CREATE STATISTICS; raise the column’s statistics target.',
  engines: { postgres: true, mysql: false, mariadb: false },
  examples: [
    {
      name: 'statistics say 50,000 rows a call, the plan 12',
      finds: true,
      plan: { 'Node Type': 'Seq Scan', 'Relation Name': 't', 'Plan Rows': 12, 'Total Cost': 10 },
      stats: { calls: 10, rows: 500_000 },
      shape: { kind: 'select' },
    },
    {
      name: 'a list whose length the server does not tell',
      finds: false,
      plan: { 'Node Type': 'Seq Scan', 'Relation Name': 't', 'Plan Rows': 2, 'Total Cost': 10 },
      lossiness: ['list_length_unknown'],
      stats: { calls: 10, rows: 2_000 },
      shape: { kind: 'select' },
    },
    {
      name: 'as expected',
      finds: false,
      plan: { 'Node Type': 'Seq Scan', 'Relation Name': 't', 'Plan Rows': 1_000, 'Total Cost': 10 },
      stats: { calls: 10, rows: 12_000 },
      shape: { kind: 'select' },
    },
    {
      name: 'a limit hides what would come',
      finds: false,
      plan: { 'Node Type': 'Limit', 'Plan Rows': 5_000, 'Total Cost': 10 },
      stats: { calls: 10, rows: 100 },
      shape: { kind: 'select', limit: true },
    },
    {
      name: 'measured on a node',
      finds: true,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 't',
        'Plan Rows': 3,
        'Total Cost': 10,
        'Actual Rows': 40_000,
        'Actual Loops': 1,
        'Actual Total Time': 9,
        'Actual Startup Time': 0,
      },
    },
    {
      name: 'few rows either way',
      finds: false,
      plan: { 'Node Type': 'Seq Scan', 'Relation Name': 't', 'Plan Rows': 1, 'Total Cost': 10 },
      stats: { calls: 10, rows: 300 },
      shape: { kind: 'select' },
    },
    {
      name: 'a range whose value is not known: a guess, not an estimate',
      finds: false,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 't',
        'Plan Rows': 30_000,
        'Total Cost': 10,
      },
      stats: { calls: 10, rows: 300 },
      shape: { kind: 'select', comparisons: [{ column: 'at', operator: '>', with: 'value' }] },
    },
  ],
  check(plan, { stats, shape }) {
    if (plan.mode === 'actual') {
      return [...preorder(plan.root)]
        .filter(
          ({ derived, act, est }) =>
            (derived.qError ?? 0) >= leastError && Math.max(act?.rows ?? 0, est.rows) >= leastRows,
        )
        .slice(0, 3)
        .map((node) => ({
          severity: 'warning' as const,
          message: `${node.op} on ${describeRelation(node)}: expected ${count(node.est.rows)} rows, got ${count(node.act?.rows ?? 0)}`,
          fix: this.fix,
          nodes: [node.id],
        }));
    }
    if (plan.lossiness.includes('list_length_unknown')) return [];
    if (
      shape?.kind !== 'select' ||
      shape.limit ||
      stats.calls === 0 ||
      (plan.parameters === 'generic' && guessesRange(shape))
    )
      return [];
    const perCall = stats.rows / stats.calls;
    const expected = plan.root.est.rows;
    const error = Math.max(
      Math.max(1, perCall) / Math.max(1, expected),
      Math.max(1, expected) / Math.max(1, perCall),
    );
    if (error < leastError || Math.max(perCall, expected) < leastRows) return [];
    return [
      {
        severity: 'warning',
        message: `the plan expects ${count(expected)} rows, a call returns ${count(perCall)} on average`,
        fix: this.fix,
        nodes: [0],
      },
    ];
  },
};
