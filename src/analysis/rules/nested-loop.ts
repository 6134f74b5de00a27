import { preorder } from '../../model/plan.ts';
import { indexScan, inner, node, outer, seqScan } from '../examples.ts';
import { count, describeRelation, type Rule, threshold } from '../rule.ts';
import { shareBelow, shareOf } from '../shares.ts';

const leastOuterRows = threshold(
  1_000,
  'rows of the outer side',
  'for fewer no other join would be much faster',
);
const leastInnerCost = threshold(
  10,
  'units of cost a run',
  'look-ups in an index are below, scans of more than a few pages above',
);

const loop = (rows: number, cost: number, left: object, right: object) =>
  node('Nested Loop', { 'Join Type': 'Inner', rows, cost }, [outer(left), inner(right)]);

export const nestedLoop: Rule = {
  id: 'nested-loop',
  title: 'A nested loop runs an expensive inner side for many rows',
  why:
    'The inner side is executed once for each outer row: a thousand rows times a scan is a ' +
    'thousand scans.',
  fix:
    'An index on the inner side’s join columns, or statistics that let the planner choose a hash ' +
    'join.',
  category: 'join',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: [], actual: [] },
  thresholds: { leastOuterRows, leastInnerCost },
  examples: [
    {
      name: 'a scan inside, 50,000 times',
      finds: true,
      plan: loop(
        50_000,
        9_000_000,
        seqScan('a', { rows: 50_000, cost: 900 }),
        seqScan('b', { filter: '(b.a = a.id)', cost: 180 }),
      ),
    },
    {
      name: 'index look-ups are what it is for',
      finds: false,
      plan: loop(
        50_000,
        30_000,
        seqScan('a', { rows: 50_000, cost: 900 }),
        indexScan('b', 'b_pkey', { condition: '(b.id = a.b)', cost: 0.5 }),
      ),
    },
    {
      name: 'few outer rows',
      finds: false,
      plan: loop(3, 600, seqScan('a', { rows: 3, cost: 9 }), seqScan('b', { cost: 180 })),
    },
  ],
  check: (plan) =>
    preorder(plan.root).flatMap((node) => {
      const side = (which: 'outer' | 'inner') =>
        node.children.find(({ parentRelation }) => parentRelation === which);
      const [left, right] = [side('outer'), side('inner')];
      // A Materialize node pays for its scan once; what it costs afterwards is reading it again.
      if (node.op !== 'NestedLoop' || !left || !right || right.op === 'Materialize') return [];
      const times = left.act ? left.act.rows : left.est.rows;
      if (times < leastOuterRows.value || right.est.totalCost < leastInnerCost.value) return [];
      const message =
        `${describeRelation(right)} is read about ${count(times)} times, at a cost of ` +
        `${count(right.est.totalCost)} each`;
      return [{ message, nodes: [node.id, right.id], saves: shareOf(node) + shareBelow(right) }];
    }),
};
