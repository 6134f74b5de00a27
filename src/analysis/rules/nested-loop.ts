import { preorder } from '../../model/plan.ts';
import { count, describeRelation, type Rule } from '../rule.ts';

const leastOuterRows = 1_000;
const leastInnerCost = 10;

export const nestedLoop: Rule = {
  id: 'nested-loop',
  title: 'A nested loop runs an expensive inner side for many rows',
  why: 'The inner side is executed once for each outer row: a thousand rows times a scan is a thousand scans.',
  fix: 'An index on the inner side’s join columns, or statistics that let the planner choose a hash join.',
  engines: { postgres: true, mysql: false, mariadb: false },
  examples: [
    {
      name: 'a scan inside, 50,000 times',
      finds: true,
      plan: {
        'Node Type': 'Nested Loop',
        'Join Type': 'Inner',
        'Plan Rows': 50_000,
        'Total Cost': 9_000_000,
        Plans: [
          {
            'Node Type': 'Seq Scan',
            'Relation Name': 'a',
            'Parent Relationship': 'Outer',
            'Plan Rows': 50_000,
            'Total Cost': 900,
          },
          {
            'Node Type': 'Seq Scan',
            'Relation Name': 'b',
            'Parent Relationship': 'Inner',
            Filter: '(b.a = a.id)',
            'Plan Rows': 1,
            'Total Cost': 180,
          },
        ],
      },
    },
    {
      name: 'index look-ups are what it is for',
      finds: false,
      plan: {
        'Node Type': 'Nested Loop',
        'Join Type': 'Inner',
        'Plan Rows': 50_000,
        'Total Cost': 30_000,
        Plans: [
          {
            'Node Type': 'Seq Scan',
            'Relation Name': 'a',
            'Parent Relationship': 'Outer',
            'Plan Rows': 50_000,
            'Total Cost': 900,
          },
          {
            'Node Type': 'Index Scan',
            'Relation Name': 'b',
            'Index Name': 'b_pkey',
            'Index Cond': '(b.id = a.b)',
            'Parent Relationship': 'Inner',
            'Plan Rows': 1,
            'Total Cost': 0.5,
          },
        ],
      },
    },
    {
      name: 'few outer rows',
      finds: false,
      plan: {
        'Node Type': 'Nested Loop',
        'Join Type': 'Inner',
        'Plan Rows': 3,
        'Total Cost': 600,
        Plans: [
          {
            'Node Type': 'Seq Scan',
            'Relation Name': 'a',
            'Parent Relationship': 'Outer',
            'Plan Rows': 3,
            'Total Cost': 9,
          },
          {
            'Node Type': 'Seq Scan',
            'Relation Name': 'b',
            'Parent Relationship': 'Inner',
            'Plan Rows': 1,
            'Total Cost': 180,
          },
        ],
      },
    },
  ],
  check: (plan) =>
    [...preorder(plan.root)].flatMap((node) => {
      const [outer, inner] = [
        node.children.find(({ parentRelation }) => parentRelation === 'outer'),
        node.children.find(({ parentRelation }) => parentRelation === 'inner'),
      ];
      // A Materialize node pays for its scan once; what it costs afterwards is reading it again.
      if (node.op !== 'NestedLoop' || !outer || !inner || inner.op === 'Materialize') return [];
      const times = outer.act ? outer.act.rows : outer.est.rows;
      if (times < leastOuterRows || inner.est.totalCost < leastInnerCost) return [];
      const message = `${describeRelation(inner)} is read about ${count(times)} times, at a cost of ${count(inner.est.totalCost)} each`;
      return [
        { severity: 'warning' as const, message, fix: nestedLoop.fix, nodes: [node.id, inner.id] },
      ];
    }),
};
