import {
  allPredicates,
  type Op,
  type PlanNode,
  type Predicate,
  preorder,
} from '../../model/plan.ts';
import {
  get,
  getNumber,
  getPairs,
  getText,
  getTexts,
  isPairs,
  isSet,
  type Json,
  type Pairs,
} from '../json-pairs.ts';
import { above, bareNode, numberNodes, type Reading, type Resolve, sum } from '../reading.ts';
import { type BlockContext, type BlockDialect, nativeMessage, readTable } from './block-table.ts';
import { isOuterCondition, mysqlPredicate } from './predicate.ts';
import { redactMysqlExpression } from './text.ts';

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
    derived: (container) => readContent(container, context),
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

function unknown(nativeOp: string, context: BlockContext): PlanNode {
  context.unknownNodes += 1;
  return bareNode('Unknown', nativeOp.slice(0, 40));
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

/** Operations over what stands inside them, as each of the two servers calls them. */
const operations: Record<string, Op> = {
  ordering_operation: 'Sort',
  grouping_operation: 'Aggregate',
  duplicates_removal: 'Unique',
  duplicate_removal: 'Unique',
  windowing: 'WindowAgg',
  buffer_result: 'Materialize',
  buffer: 'Materialize',
  filesort: 'Sort',
  read_sorted_file: 'Sort',
  temporary_table: 'Materialize',
  window_functions_computation: 'WindowAgg',
  expression_cache: 'Materialize',
  materialization: 'Materialize',
  materialized: 'Materialize',
};
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
function readContent(
  container: Pairs,
  context: BlockContext,
  sortFirst?: { cost: number; native: string },
): PlanNode {
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

function withSubqueries(node: PlanNode, subqueries: PlanNode[]): PlanNode {
  for (const each of subqueries) {
    node.children.push(each);
    if (each.parentRelation === 'subplan')
      runAgain(each, !each.ext['dependent'] ? 1 : node.relation ? rowsOf(node) : node.est.rows);
    node.est = { ...node.est, totalCost: node.est.totalCost + each.est.totalCost };
  }
  return node;
}

const rowsOf = ({ ext, est }: PlanNode) =>
  typeof ext['rowsRead'] === 'number' ? ext['rowsRead'] : est.rows;

/**
 * Costs are of all runs, as those of a joined table are; the servers print one run's and leave it
 * out of their total.
 */
function runAgain(subquery: PlanNode, times: number): void {
  const executions = Math.max(1, times);
  subquery.ext['executions'] = executions;
  for (const node of preorder(subquery))
    node.est = {
      ...node.est,
      startupCost: node.est.startupCost * executions,
      totalCost: node.est.totalCost * executions,
    };
}

/** Run once, or again for each row of what is around it. */
function readSubquery(subquery: Pairs, context: BlockContext): PlanNode {
  const cached = getPairs(subquery, 'expression_cache');
  const dependent = isSet(subquery, 'dependent') || cached !== undefined;
  const node = readContent(subquery, context);
  node.parentRelation =
    dependent ||
    (get(subquery, 'dependent') === undefined && !getPairs(subquery, 'materialization'))
      ? 'subplan'
      : 'initplan';
  if (dependent || (get(subquery, 'dependent') === undefined && looksOutside(node)))
    node.ext['dependent'] = true;
  return node;
}

/**
 * MariaDB does not say that a subquery depends on a row around it; a condition in it with a column
 * of no table in it does.
 */
function looksOutside(root: PlanNode): boolean {
  const nodes = [...preorder(root)];
  const inside = new Set(
    nodes.flatMap(({ relation }) => (relation ? [relation.alias ?? relation.name] : [])),
  );
  const derived = nodes.some(({ relation }) => relation?.kind === 'cte');
  const outside = ({ columns }: Predicate) =>
    columns.some(
      (column) => column.includes('.') && !inside.has(column.slice(0, column.lastIndexOf('.'))),
    );
  // A derived table's own alias is not printed: its columns cannot be told from those of what is
  // around.
  return !derived && nodes.some((node) => allPredicates(node).some(outside));
}

function readOperation(key: string, value: Pairs, context: BlockContext): PlanNode {
  const sortCost = getNumber(getPairs(value, 'cost_info') ?? { pairs: [] }, 'sort_cost') ?? 0;
  const filesort = get(value, 'using_filesort') === true;
  const temporary = get(value, 'using_temporary_table') === true;
  switch (key) {
    case 'ordering_operation': {
      if (!filesort) return withFlags(readContent(value, context), temporary);
      // Without a temporary table the first table's rows are sorted, before anything is joined to
      // them.
      if (!temporary && Array.isArray(get(value, 'nested_loop')))
        return readContent(value, context, { cost: sortCost, native: key });
      return withFlags(sorted(readContent(value, context), key, sortCost), temporary);
    }
    case 'grouping_operation': {
      const content = readContent(value, context);
      const node = above('Aggregate', key, filesort ? sorted(content, key, sortCost) : content);
      node.group = { strategy: temporary ? 'Hashed' : 'Sorted', keys: [] };
      return withFlags(node, temporary);
    }
    case 'windowing': {
      const windows = get(value, 'windows');
      const keys = Array.isArray(windows)
        ? windows.filter(isPairs).flatMap((each) => getTexts(each, 'filesort_key'))
        : [];
      const content = readContent(value, context);
      return above('WindowAgg', key, keys.length ? sorted(content, key, sortCost, keys) : content);
    }
    case 'window_functions_computation': {
      const sorts = get(value, 'sorts');
      const keys = Array.isArray(sorts)
        ? sorts.filter(isPairs).flatMap((each) => sortKeys(getPairs(each, 'filesort')))
        : [];
      return above('WindowAgg', key, sorted(readContent(value, context), key, 0, keys));
    }
    case 'filesort':
      return sorted(readContent(value, context), key, 0, sortKeys(value), value);
    case 'read_sorted_file':
      return readContent(value, context);
    default:
      return withFlags(
        above(operations[key] as Op, key, readContent(value, context)),
        temporary || key === 'temporary_table',
      );
  }
}

function withFlags(node: PlanNode, temporary: boolean): PlanNode {
  if (temporary) node.ext['temporaryTable'] = true;
  return node;
}

/** `orders.total desc, id`. */
const sortKeys = (filesort: Pairs | undefined): string[] =>
  splitKeys((filesort && getText(filesort, 'sort_key')) ?? '');
const splitKeys = (text: string): string[] =>
  text === '' ? [] : redactMysqlExpression(text).split(/, (?![^()]*\))/);

function sorted(
  child: PlanNode,
  native: string,
  cost: number,
  keys: readonly string[] = [],
  measured?: Pairs,
): PlanNode {
  const node = above('Sort', native, child);
  node.est = { ...node.est, totalCost: node.est.totalCost + cost };
  node.sort = { keys: keys.map(redactMysqlExpression) };
  node.ext['filesort'] = true;
  const ms = measured && getNumber(measured, 'r_total_time_ms');
  if (ms !== undefined) {
    const loops = Math.max(1, getNumber(measured as Pairs, 'r_loops') ?? 1);
    node.act = {
      startupMs: 0,
      totalMs: ms / loops,
      rows: getNumber(measured as Pairs, 'r_output_rows') ?? 0,
      loops,
    };
  }
  return node;
}

function readSetOperation(value: Json, key: string, context: BlockContext): PlanNode {
  if (!isPairs(value)) return unknown(key, context);
  const specifications = get(value, 'query_specifications');
  const specified = Array.isArray(specifications) ? specifications.filter(isPairs) : [];
  const members = specified.map((each) => readContent(each, context));
  for (const each of members) each.parentRelation = 'member';
  const kind =
    key === 'intersect_result' ? 'Intersect' : key === 'except_result' ? 'Except' : undefined;
  if (kind) return withFlags(setOperation(kind, key, members), true);
  const operations = specified.map(
    (each) => getText(getPairs(each, 'query_block') ?? each, 'operation') ?? 'UNION',
  );
  if (operations.some((each) => each !== 'UNION')) return mixedOperations(members, operations);
  const node = appended(members, key);
  const distinct =
    get(value, 'using_temporary_table') === true ||
    (key === 'union_result' && getText(value, 'table_name') !== undefined);
  const all = distinct ? withFlags(above('Unique', key, node), true) : node;
  return get(value, 'using_filesort') === true ? sorted(all, key, 0) : all;
}

function appended(members: PlanNode[], native: string): PlanNode {
  const node = bareNode('Append', native, members);
  node.est = { ...node.est, rows: sum(members, ({ est }) => est.rows) };
  return node;
}

function setOperation(
  strategy: 'Intersect' | 'Except',
  native: string,
  members: PlanNode[],
): PlanNode {
  const node = bareNode('SetOp', native, members);
  node.group = { strategy, keys: [] };
  return node;
}

/** MariaDB prints one list in which each member says how it meets the ones before it. */
function mixedOperations([first, ...rest]: PlanNode[], [, ...operations]: string[]): PlanNode {
  return rest.reduce((before, member, i) => {
    before.parentRelation = 'member';
    const operation = operations[i] ?? 'UNION';
    if (operation.startsWith('UNION')) return appended([before, member], operation);
    return setOperation(operation.startsWith('INTERSECT') ? 'Intersect' : 'Except', operation, [
      before,
      member,
    ]);
  }, first as PlanNode);
}

/** A table, or what stands in its place, with what the join to it says. */
interface Item {
  node: PlanNode;
  table: Pairs | undefined;
  buffer?: string | undefined;
  condition: Predicate[];
  outer: boolean;
  rowsProduced: number | undefined;
}

function readJoin(
  items: Pairs[],
  context: BlockContext,
  sortFirst?: { cost: number; native: string },
): PlanNode {
  let before: Pairs | undefined;
  const read: Item[] = [];
  for (const each of items) {
    const item = readItem(each, before, context);
    if (item.table) before = item.table;
    read.push(item);
  }
  const [first, ...rest] = read;
  if (!first) return unknown('nested_loop', context);
  const start = sortFirst ? sorted(first.node, sortFirst.native, sortFirst.cost) : first.node;
  return rest.reduce((outer, item) => join(outer, item), start);
}

function join(outer: PlanNode, item: Item): PlanNode {
  const inner = item.node;
  const hash = /hash/i.test(item.buffer ?? '');
  outer.parentRelation = 'outer';
  inner.parentRelation = 'inner';
  const node = bareNode(hash ? 'HashJoin' : 'NestedLoop', item.buffer ?? 'nested_loop', [
    outer,
    inner,
  ]);
  node.est = { ...node.est, rows: item.rowsProduced ?? outer.est.rows * inner.est.rows };
  node.join = {
    type: joinType(item),
    condition: item.condition,
    ...(item.buffer && !hash ? { buffered: true } : {}),
  };
  if (hash)
    inner.predicates.filter = inner.predicates.filter.filter(
      (each) => !item.condition.includes(each),
    );
  if (node.act && inner.act) node.act = { ...node.act, rows: inner.act.rows * inner.act.loops };
  return node;
}

function joinType({ table, outer }: Item): string {
  if (table && (isSet(table, 'not_exists') || get(table, 'not_exists') === true)) return 'anti';
  if (table && (getText(table, 'first_match') !== undefined || isSet(table, 'loosescan')))
    return 'semi';
  return outer ? 'left' : 'inner';
}

function readItem(item: Pairs, before: Pairs | undefined, context: BlockContext): Item {
  const [key, value] = item.pairs[0] ?? ['empty', null];
  if (Array.isArray(value)) {
    // MariaDB: tables of a semi-join, whose duplicates are left out behind the last of them.
    const joined = readJoin(value.filter(isPairs), context);
    return {
      node: wrapped(key, joined, context),
      table: lastTable(value),
      condition: [],
      outer: false,
      rowsProduced: undefined,
    };
  }
  if (!isPairs(value))
    return {
      node: unknown(key, context),
      table: undefined,
      condition: [],
      outer: false,
      rowsProduced: undefined,
    };
  if (key === 'table') return fromTable(value, before, context);
  if (key === 'block-nl-join') {
    const table = getPairs(value, 'table');
    const conditions = getText(value, 'attached_condition');
    // What a derived table is made of stands beside it here.
    const made = value.pairs.filter(
      ([key]) => key === 'materialized' || key === 'attached_subqueries',
    );
    if (table) {
      const read = fromTable({ pairs: [...table.pairs, ...made] }, before, context);
      return {
        ...read,
        buffer: getText(value, 'join_type') ?? 'BNL',
        condition: mysqlPredicate(conditions),
        outer: isOuterCondition(conditions),
      };
    }
  }
  if (key === 'range-checked-for-each-record') {
    const table = getPairs(value, 'table');
    if (table) return fromTable(table, before, context);
  }
  const table = firstTable(value);
  const node = operations[key]
    ? readOperation(key, value, context)
    : wrapped(key, readContent(value, context), context);
  return { node, table, condition: [], outer: false, rowsProduced: undefined };
}

/** An operation that is not known is walked into, and keeps its own name. */
function wrapped(key: string, inner: PlanNode, context: BlockContext): PlanNode {
  const op = operations[key];
  if (op) return above(op, key, inner);
  context.unknownNodes += 1;
  return above('Unknown', key.slice(0, 40), inner);
}

const lastTable = (items: readonly Json[]): Pairs | undefined => {
  const last = items.at(-1);
  return isPairs(last) ? firstTable(last) : undefined;
};

/** The table inside a sort that is itself an item of a join. */
function firstTable(value: Pairs): Pairs | undefined {
  const own = getPairs(value, 'table');
  return (
    own ??
    value.pairs.map(([, inner]) => (isPairs(inner) ? firstTable(inner) : undefined)).find(Boolean)
  );
}

function fromTable(table: Pairs, before: Pairs | undefined, context: BlockContext): Item {
  const attached = getText(table, 'attached_condition');
  const buffer = getText(table, 'using_join_buffer');
  const node = readTable(table, before, context);
  const condition = /hash/i.test(buffer ?? '') ? node.predicates.filter : [];
  return {
    node,
    table,
    buffer,
    condition,
    outer: isOuterCondition(attached),
    rowsProduced: getNumber(table, 'rows_produced_per_join'),
  };
}
