import { type PlanNode, preorder } from '../../model/plan.ts';
import { indexScan, inner, node, outer, seqScan } from '../examples.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  threshold,
} from '../rule.ts';
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
const leastPairs = threshold(
  1_000_000,
  'pairs of rows',
  'comparing fewer takes less than some fifty milliseconds',
);
const leastCall_ms = threshold(
  2,
  'ms a call',
  'where a call takes less, there are not as many pairs as the plan thinks',
);

const loop = (rows: number, cost: number, left: object, right: object, keys: object = {}) =>
  node('Nested Loop', { 'Join Type': 'Inner', rows, cost, ...keys }, [outer(left), inner(right)]);
const kept = (rows: number) =>
  node('Materialize', { rows, cost: 90 }, [outer(seqScan('b', { rows, cost: 80 }))]);
const either = { 'Join Filter': '((b.a = a.id) OR (b.name = a.name))' };

export const nestedLoop: Rule = {
  id: 'nested-loop',
  title: 'A nested loop goes through its inner side again for many rows',
  why:
    'The inner side is read once for each outer row: a thousand rows times a scan is a thousand ' +
    'scans, and a result that is kept in memory is still compared row by row.',
  fix:
    'An index on the inner side’s join columns; a condition with =, which can be hashed, in the ' +
    'place of an OR, a range or a function (two joins and a UNION for an OR); statistics that ' +
    'let ' +
    'the planner choose another join.',
  category: 'join',
  follows: [
    'full-scan',
    'misestimate',
    'planner-switched-off',
    'cartesian-product',
    'or-across-tables',
  ],
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: [], actual: [] },
  thresholds: { leastOuterRows, leastInnerCost, leastPairs, leastCall_ms },
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
      name: 'twenty million pairs are compared, for an OR',
      finds: true,
      plan: loop(3_000, 350_000, seqScan('a', { rows: 12_000, cost: 300 }), kept(1_700), either),
    },
    {
      name: 'as many are expected, and a call takes a fraction of a millisecond',
      finds: false,
      plan: loop(3_000, 350_000, seqScan('a', { rows: 12_000, cost: 300 }), kept(1_700), either),
      stats: { calls: 10, totalMs: 4, meanMs: 0.4 },
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
  check: (plan, context) => preorder(plan.root).flatMap((node) => repeated(node, context) ?? []),
};

/** Read from end to end, by no key. */
const isScan = ({ op, predicates }: PlanNode): boolean =>
  op === 'SeqScan' || op === 'CteScan' || (op === 'IndexOnlyScan' && predicates.index.length === 0);

function repeated(node: PlanNode, context: RuleContext): RuleMatch | undefined {
  const side = (which: 'outer' | 'inner') =>
    node.children.find(({ parentRelation }) => parentRelation === which);
  const [left, right] = [side('outer'), side('inner')];
  if (node.op !== 'NestedLoop' || !left || !right) return undefined;
  const rowsOf = ({ act, est }: PlanNode) => (act ?? est).rows;
  const times = rowsOf(left);
  if (right.nativeOp === 'Memoize') return undefined;
  const held = right.op === 'Materialize';
  const pairs = times * rowsOf(right);
  const compared = held ? node.predicates.joinFilter : right.predicates.filter;
  const found =
    (compared.length > 0 && pairs >= leastPairs.value) ||
    (!held &&
      times >= leastOuterRows.value &&
      right.est.totalCost >= leastInnerCost.value &&
      preorder(right).some(isScan));
  if (!found) return undefined;
  const { calls, totalMs } = context.stats;
  if (calls > 0 && totalMs / calls < leastCall_ms.value) return undefined;
  const what = describeRelation(preorder(right).find(({ relation }) => relation) ?? right);
  return {
    message: held
      ? `${what}: ${count(rowsOf(right))} rows are gone through about ${count(times)} times`
      : `${what} is read about ${count(times)} times, at a cost of ` +
        `${count(right.est.totalCost)} each`,
    nodes: [node.id, right.id],
    saves: Math.min(1, shareOf(node) + shareBelow(right)),
  };
}
