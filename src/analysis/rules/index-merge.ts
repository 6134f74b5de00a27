import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import { createIndex } from '../advice.ts';
import { block, index, mysqlTable, node, outer, table } from '../examples.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  rowsRead,
  tableOf,
  threshold,
} from '../rule.ts';
import { rootOf } from '../scans.ts';
import { shareBelow } from '../shares.ts';

const leastRows = threshold(
  500,
  'rows of the smaller bitmap (PostgreSQL)',
  'fewer are as well found by that index alone',
);
const mostCommon = threshold(
  0.1,
  'of those rows',
  'where the two have more in common, one index over both would find hardly fewer',
);

const orders = table('orders', 50_000, {
  indexes: [index('orders_status', ['status']), index('orders_customer', ['customer_id'])],
});
const merged = (key: string) =>
  block(mysqlTable('orders', { access: 'index_merge', key, rows: 1_200 }));

const bitmap = (name: string, rows: number) =>
  node('Bitmap Index Scan', { 'Index Name': name, 'Index Cond': '(x = $1)', rows, cost: 40 });
const anded = (rows: number) =>
  node(
    'Bitmap Heap Scan',
    { 'Relation Name': 'orders', Schema: 'public', Alias: 'orders', rows, cost: 200 },
    [
      outer(
        node('BitmapAnd', { rows: 0, cost: 90 }, [
          { ...bitmap('orders_status', 9_000), 'Parent Relationship': 'Member' },
          { ...bitmap('orders_customer', 2_000), 'Parent Relationship': 'Member' },
        ]),
      ),
    ],
  );

export const indexMerge: Rule = {
  id: 'index-merge',
  title: 'Two indexes are read and intersected where one over both columns would do',
  why:
    'Each index gives more rows than are wanted; both lists are read and compared, and rows are ' +
    'locked that are not changed: a known source of deadlocks.',
  fix: 'One index over the columns of both.',
  category: 'index',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: [], actual: [] },
  thresholds: { leastRows, mostCommon },
  examples: [
    {
      name: 'an intersection',
      finds: true,
      engine: 'mysql',
      plan: merged('intersect(orders_status,orders_customer)'),
      facts: [orders],
    },
    {
      name: 'PostgreSQL: two bitmaps of thousands, for twenty rows',
      finds: true,
      plan: anded(20),
      facts: [orders],
    },
    {
      name: 'PostgreSQL: most of the smaller one is wanted',
      finds: false,
      plan: anded(1_500),
      facts: [orders],
    },
    {
      name: 'a union (OR) has no better index',
      finds: false,
      engine: 'mysql',
      plan: merged('union(orders_status,orders_customer)'),
      facts: [orders],
    },
  ],
  check: (plan, context) =>
    preorder(plan.root).flatMap((each) => intersected(each, plan, context) ?? []),
};

function intersected(node: PlanNode, plan: Plan, context: RuleContext): RuleMatch | undefined {
  const names = intersection(node) ?? bitmaps(node);
  if (!names) return undefined;
  const facts = tableOf(node, context);
  const columns = new Set(
    names.flatMap((name) => facts?.indexes.find((each) => each.name === name)?.keys ?? []),
  );
  const keys = [...columns].map((column) => ({ column }));
  return {
    message:
      `${describeRelation(node)}: ${names.join(' and ')} are intersected for about ` +
      `${count(rowsRead(node))} rows`,
    fix: facts && createIndex(plan, rootOf(facts, facts.rows), keys),
    nodes: [node.id],
    saves: shareBelow(node),
  };
}

/** MySQL, MariaDB: `intersect(a,b)`. */
const intersection = ({ index }: PlanNode): string[] | undefined =>
  /^(?:sort_)?intersect\((.*)\)$/.exec(index?.name ?? '')?.[1]?.split(',');

/** PostgreSQL: two bitmaps, each of many more rows than both have in common. */
function bitmaps(node: PlanNode): string[] | undefined {
  const both = node.children.find(({ nativeOp }) => nativeOp === 'BitmapAnd');
  const least = Math.min(...(both?.children ?? []).map(({ est }) => est.rows));
  const names = both?.children.flatMap(({ index }) => (index ? [index.name] : []));
  const many = least >= leastRows.value && node.est.rows <= least * mostCommon.value;
  return names && names.length === both?.children.length && many ? names : undefined;
}
