import type { PlanNode } from '../../model/plan.ts';
import { getNumber, getPairs, getText, isPairs, type Json, type Pairs } from '../json-pairs.ts';
import { above, bareNode, numberNodes, type Reading, type Resolve } from '../reading.ts';
import { readJoin } from './block-joins.ts';
import { operations, readOperation } from './block-operations.ts';
import { readSetOperation } from './block-sets.ts';
import { readSubquery, withSubqueries } from './block-subqueries.ts';
import {
  type BlockContext,
  type BlockDialect,
  nativeMessage,
  type SortFirst,
  unknown,
} from './block-table.ts';
import { mysqlPredicate } from './predicate.ts';

/**
 * `query_block`s: MySQL's JSON format 1 and MariaDB's EXPLAIN and ANALYZE FORMAT=JSON. Both print
 * lists of tables in the order in which they are joined, inside the operations done with the
 * result, and leave the tree of joins to be understood. What differs between the two (where the
 * costs and the times stand) is a `BlockDialect`. A typed allow-list: what is not known here is not
 * kept.
 */

export function readBlocks(
  top: Pairs,
  dialect: BlockDialect,
  resolve: Resolve = () => undefined,
): Omit<Reading, 'settings'> {
  const block = getPairs(top, 'query_block');
  const context: BlockContext = {
    dialect,
    resolve,
    unknownNodes: 0,
    content: (container, sortFirst) => readContent(container, context, sortFirst),
    attached: (node, subqueries) =>
      withSubqueries(
        node,
        subqueries.map((each) => readSubquery(each, context)),
      ),
  };
  const root = block ? readBlock(block, context) : unknown('no query block', context);
  const planningMs = getNumber(
    getPairs(top, 'query_optimization') ?? { pairs: [] },
    'r_total_time_ms',
  );
  const blockMs = block && getNumber(block, 'r_total_time_ms');
  if (root.act && blockMs !== undefined)
    root.act = {
      ...root.act,
      totalMs: Math.max(blockMs, root.act.totalMs * root.act.loops),
      loops: 1,
      rows: root.act.rows * root.act.loops,
    };
  return {
    root: numberNodes(root),
    mode: root.act ? 'actual' : 'estimate',
    ...(planningMs === undefined ? {} : { planningMs }),
    unknownNodes: context.unknownNodes,
  };
}

/**
 * A block's own cost counts what its tables do not say: grouping, sorting, and a row found by its
 * key, which has cost 0 and is read all the same.
 */
function readBlock(block: Pairs, context: BlockContext): PlanNode {
  const node = readContent(block, context);
  const cost =
    getNumber(getPairs(block, 'cost_info') ?? { pairs: [] }, 'query_cost') ??
    getNumber(block, 'cost') ??
    0;
  node.est = { ...node.est, totalCost: Math.max(cost, node.est.totalCost) };
  return node;
}

/** Lists of subqueries beside the tables. */
const subqueryLists = new Set([
  'subqueries',
  'select_list_subqueries',
  'order_by_subqueries',
  'group_by_subqueries',
  'having_subqueries',
  'optimized_away_subqueries',
  'attached_subqueries',
  'update_value_subqueries',
  'insert_values_subqueries',
]);
const setOperations = new Set([
  'union_result',
  'recursive_union',
  'intersect_result',
  'except_result',
  'unary_result',
]);
const joinItems = new Set([
  'table',
  'block-nl-join',
  'nested_loop',
  'range-checked-for-each-record',
]);

/**
 * What stands in a block or an operation: tables to join, or one operation over them; and the
 * subqueries beside.
 */
function readContent(container: Pairs, context: BlockContext, sortFirst?: SortFirst): PlanNode {
  const items: Pairs[] = [];
  const subqueries: PlanNode[] = [];
  let inner: PlanNode | undefined;
  for (const [key, value] of container.pairs) {
    if ((key === 'nested_loop' || key === 'duplicates_removal') && Array.isArray(value))
      items.push(...value.filter(isPairs));
    else if (joinItems.has(key) && isPairs(value)) items.push({ pairs: [[key, value]] });
    else if (setOperations.has(key)) inner = readSetOperation(value, key, context);
    else if (key === 'insert_from' && isPairs(value)) inner = readContent(value, context);
    else if (key === 'query_block' && isPairs(value)) inner = readBlock(value, context);
    else if (operations[key] && isPairs(value) && !(key === 'duplicates_removal' && items.length))
      inner = readOperation(key, value, context);
    else if (subqueryLists.has(key) && Array.isArray(value))
      subqueries.push(...value.filter(isPairs).map((each) => readSubquery(each, context)));
    else if (holdsPlan(value)) items.push({ pairs: [[key, value]] });
  }
  const joined = items.length ? readJoin(items, context, sortFirst) : undefined;
  let node =
    joined && inner
      ? modifyFrom(joined, inner)
      : (joined ?? inner ?? withoutTables(container, context));
  const having = getText(container, 'having_condition');
  if (having) {
    node = above('Result', 'having', node);
    node.predicates.filter = mysqlPredicate(having);
  }
  return withSubqueries(node, subqueries);
}

const planKeys = new Set([
  'table',
  'nested_loop',
  'query_block',
  'query_specifications',
  ...setOperations,
]);
/** Whatever it is called, there are tables in it. */
function holdsPlan(value: Json): boolean {
  if (Array.isArray(value)) return value.some(holdsPlan);
  return (
    isPairs(value) && value.pairs.some(([key, inner]) => planKeys.has(key) || holdsPlan(inner))
  );
}

/** INSERT … SELECT prints the table written to beside the one read from. */
function modifyFrom(target: PlanNode, source: PlanNode): PlanNode {
  if (target.op !== 'Modify') return source;
  source.parentRelation ??= 'outer';
  const node = bareNode('Modify', target.nativeOp, [source]);
  if (target.relation) node.relation = target.relation;
  return node;
}

function withoutTables(container: Pairs, context: BlockContext): PlanNode {
  const message = getText(container, 'message');
  return message
    ? bareNode('Result', nativeMessage(message))
    : unknown(container.pairs[0]?.[0] ?? 'empty', context);
}
