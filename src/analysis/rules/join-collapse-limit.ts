import { type PlanNode, preorder } from '../../model/plan.ts';
import { inner, node, outer, seqScan } from '../examples.ts';
import { count, type Rule, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';

const usualLimit = threshold(8, 'tables', 'what PostgreSQL has where nobody has set it');
const leastBlowUp = threshold(
  10,
  'times the rows of the result',
  'a join that makes as many more than are wanted in the end comes too early',
);
const leastRows = threshold(1_000, 'rows between', 'fewer are joined in a millisecond');

const joined = (between: number, rows: number) =>
  node('Hash Join', { 'Join Type': 'Inner', 'Hash Cond': '(b.c = c.id)', rows, cost: 9_000 }, [
    outer(
      node(
        'Hash Join',
        { 'Join Type': 'Inner', 'Hash Cond': '(a.b = b.id)', rows: between, cost: 8_000 },
        [
          outer(seqScan('a', { rows: between, cost: 3_000 })),
          inner(seqScan('b', { rows: 400, cost: 90 })),
        ],
      ),
    ),
    inner(seqScan('c', { rows: 1, cost: 8 })),
  ]);

export const joinCollapseLimit: Rule = {
  id: 'join-collapse-limit',
  title: 'Tables are joined in the order in which they are written',
  why:
    'PostgreSQL reorders no more explicit joins than join_collapse_limit says. Beyond it the ' +
    'selective table that stands last is joined last, when all rows of the others have been ' +
    'joined.',
  fix:
    'Write the most selective table first; or raise join_collapse_limit (and ' +
    'from_collapse_limit) for this role, at the price of longer planning.',
  category: 'join',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: ['shape', 'settings'], actual: ['shape', 'settings'] },
  thresholds: { usualLimit, leastBlowUp, leastRows },
  examples: [
    {
      name: 'no reordering at all, and 70,000 rows on the way to six',
      finds: true,
      plan: joined(70_000, 6),
      shape: { joins: 2 },
      settings: { join_collapse_limit: '1' },
    },
    {
      name: 'ten tables',
      finds: true,
      plan: joined(70_000, 6),
      shape: { joins: 9 },
      settings: { join_collapse_limit: '8' },
    },
    {
      name: 'all could be reordered',
      finds: false,
      plan: joined(70_000, 6),
      shape: { joins: 2 },
      settings: { join_collapse_limit: '8' },
    },
    {
      name: 'the order is good',
      finds: false,
      plan: joined(50, 6),
      shape: { joins: 9 },
      settings: { join_collapse_limit: '8' },
    },
  ],
  check(plan, { shape, settings }) {
    if (!shape || !settings) return [];
    const limit = Number(
      plan.settings['join_collapse_limit'] ?? settings['join_collapse_limit'] ?? usualLimit.value,
    );
    const joins = preorder(plan.root).filter(({ join }) => join !== undefined);
    const [top] = joins;
    const most = joins.reduce<PlanNode | undefined>(
      (dearest, each) => (each.est.rows > (dearest?.est.rows ?? 0) ? each : dearest),
      undefined,
    );
    if (!top || !most || shape.joins + 1 <= limit || most.est.rows < leastRows.value) return [];
    if (most.est.rows < leastBlowUp.value * Math.max(1, top.est.rows)) return [];
    return [
      {
        message:
          `${shape.joins + 1} tables are joined, the planner reorders ${limit}: about ` +
          `${count(most.est.rows)} rows are joined on the way to ${count(top.est.rows)}`,
        nodes: [...new Set([top.id, most.id])],
        saves: shareBelow(top) * (1 - top.est.rows / most.est.rows),
      },
    ];
  },
};
