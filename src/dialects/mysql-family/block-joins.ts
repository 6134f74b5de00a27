import type { PlanNode, Predicate } from '../../model/plan.ts';
import {
  get,
  getNumber,
  getPairs,
  getText,
  isPairs,
  isSet,
  type Json,
  type Pairs,
} from '../json-pairs.ts';
import { above, bareNode } from '../reading.ts';
import { operations, readOperation, sorted } from './block-operations.ts';
import { type BlockContext, readTable, type SortFirst, unknown } from './block-table.ts';
import { isOuterCondition, mysqlPredicate } from './predicate.ts';

/** Tables in the order in which they are joined → the tree of joins. */

/** A table, or what stands in its place, with what the join to it says. */
interface Item {
  node: PlanNode;
  table: Pairs | undefined;
  buffer?: string | undefined;
  condition: Predicate[];
  outer: boolean;
  rowsProduced: number | undefined;
}

export function readJoin(items: Pairs[], context: BlockContext, sortFirst?: SortFirst): PlanNode {
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
    : wrapped(key, context.content(value), context);
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
