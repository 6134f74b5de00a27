import { dictionary } from '../../base/dictionary.ts';
import type { Op, PlanNode, Predicate, Relation } from '../../model/plan.ts';
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
import { above, bareNode, type Resolve } from '../reading.ts';
import { mysqlIdentifier, tokenizeMysql } from './lexer.ts';
import { isTemporary, mysqlPredicate, withoutNumber } from './predicate.ts';

/**
 * One table of a `query_block`: how it is read, by which index, under which conditions, and what it
 * is made of.
 */
export interface BlockDialect {
  /**
   * Cost of reading this table in all the loops that the join needs; `before` is what the tables
   * before it say.
   */
  tableCost(table: Pairs, before: Pairs | undefined): number;
  /** Rows read in one loop. */
  rowsRead(table: Pairs): number;
  /** What was measured, if anything was. */
  actual?(table: Pairs): PlanNode['act'];
}

/**
 * One plan being read. Tables hold blocks as blocks hold tables: `content` and `attached` read
 * those.
 */
export interface BlockContext {
  dialect: BlockDialect;
  resolve: Resolve;
  unknownNodes: number;
  /** What stands in a block or an operation; the first table's rows are sorted if that is told. */
  content(container: Pairs, sortFirst?: SortFirst): PlanNode;
  attached(node: PlanNode, subqueries: Pairs[]): PlanNode;
}

/** A sort below the joins: what it costs, and what the server calls it. */
export interface SortFirst {
  cost: number;
  native: string;
}

/** What no reader knows, counted. */
export function unknown(nativeOp: string, context: BlockContext): PlanNode {
  context.unknownNodes += 1;
  return bareNode('Unknown', nativeOp.slice(0, 40));
}

/** `Impossible WHERE`, `No tables used`: one of the servers' fixed sentences. */
export const nativeMessage = (message: string) =>
  /^[A-Za-z ,/()'-]{1,60}$/.test(message) ? message : 'Result';

const accessOps = dictionary<Op>({
  ALL: 'SeqScan',
  hash_ALL: 'SeqScan',
  index: 'IndexScan',
  hash_index: 'IndexScan',
  range: 'IndexScan',
  hash_range: 'IndexScan',
  ref: 'IndexScan',
  ref_or_null: 'IndexScan',
  eq_ref: 'IndexScan',
  const: 'IndexScan',
  system: 'SeqScan',
  fulltext: 'IndexScan',
  unique_subquery: 'IndexScan',
  index_subquery: 'IndexScan',
  index_merge: 'BitmapHeapScan',
});

export function readTable(
  table: Pairs,
  before: Pairs | undefined,
  context: BlockContext,
): PlanNode {
  const message = getText(table, 'message');
  const access = getText(table, 'access_type');
  if (access === undefined && message) return bareNode('Result', nativeMessage(message));
  const written = ['insert', 'update', 'delete', 'replace'].find((verb) => isSet(table, verb));
  const relation = readRelation(table, context);
  // MariaDB says of INSERT … VALUES no more than the table's name.
  const bare =
    access === undefined &&
    relation !== undefined &&
    !getPairs(table, 'materialized_from_subquery');
  if (written === 'insert' || written === 'replace' || (bare && !written))
    return { ...bareNode('Modify', written ?? 'insert'), ...(relation ? { relation } : {}) };
  const node = readAccess(table, before, relation, access ?? '', context);
  if (!written) return node;
  const modify = above('Modify', written, node);
  if (relation) modify.relation = relation;
  return modify;
}

function readAccess(
  table: Pairs,
  before: Pairs | undefined,
  relation: Relation | undefined,
  access: string,
  context: BlockContext,
): PlanNode {
  const derived = getPairs(table, 'materialized_from_subquery') ?? getPairs(table, 'materialized');
  const known = accessOps[access];
  const covering = isSet(table, 'using_index');
  // A common table that another reference has made already: read again, not made again.
  const shared = derived && getPairs(derived, 'sharing_temporary_table_with') !== undefined;
  const op: Op = shared
    ? 'CteScan'
    : derived
      ? 'SubqueryScan'
      : known === 'IndexScan' && covering
        ? 'IndexOnlyScan'
        : (known ?? 'Unknown');
  const node = bareNode(op, access || 'table');
  if (op === 'Unknown') context.unknownNodes += 1;
  const rows = context.dialect.rowsRead(table);
  const filtered = getNumber(table, 'filtered');
  node.est = {
    startupCost: 0,
    totalCost: context.dialect.tableCost(table, before),
    rows: filtered === undefined ? rows : (rows * filtered) / 100,
    width: 0,
    ...(filtered === undefined ? {} : { filteredPct: filtered }),
  };
  node.ext['rowsRead'] = rows;
  if (relation) node.relation = relation;
  const index = readIndex(table, access, covering);
  if (index) node.index = index;
  node.predicates.index = indexPredicate(table, access);
  node.predicates.filter = [
    ...mysqlPredicate(getText(table, 'index_condition') ?? getText(table, 'index_condition_bka')),
    ...mysqlPredicate(getText(table, 'attached_condition')),
  ];
  const act = context.dialect.actual?.(table);
  if (act) node.act = act;
  if (isSet(table, 'using_filesort')) node.ext['filesort'] = true;
  if (isSet(table, 'using_temporary_table')) node.ext['temporaryTable'] = true;
  readExtras(node, table);
  if (derived && !shared) {
    const child = context.content(derived);
    child.parentRelation = 'materialize';
    if (isSet(derived, 'dependent')) child.ext['dependent'] = true;
    node.children.push(child);
    node.est.totalCost += child.est.totalCost;
    if (node.act && child.act)
      node.act = {
        ...node.act,
        totalMs:
          node.act.totalMs + (child.act.totalMs * child.act.loops) / Math.max(1, node.act.loops),
      };
  }
  const attached = get(table, 'attached_subqueries');
  return context.attached(node, Array.isArray(attached) ? attached.filter(isPairs) : []);
}

/** What else the servers say of how a table is read. */
const flags = {
  using_index_for_group_by: 'indexForGroupBy',
  impossible_on_condition: 'impossibleOnCondition',
  rematerialize: 'rematerialize',
  recursive: 'recursive',
  lateral: 'lateral',
};

function readExtras(node: PlanNode, table: Pairs): void {
  const derived = getPairs(table, 'materialized_from_subquery') ?? getPairs(table, 'materialized');
  for (const [key, name] of Object.entries(flags)) {
    const value = get(table, key) ?? (derived && get(derived, key));
    // `rematerialize` lists the tables whose rows make it necessary, `using_index_for_group_by` may
    // say how.
    if (value !== undefined && value !== false && value !== null) node.ext[name] = true;
  }
  const partitions = get(table, 'partitions');
  if (Array.isArray(partitions)) node.ext['partitions'] = partitions.length;
  if (node.index && isSet(table, 'backward_index_scan')) node.index.backward = true;
  const engine = getPairs(table, 'r_engine_stats');
  for (const [key, name] of [
    ['pages_accessed', 'pagesAccessed'],
    ['pages_read_count', 'pagesRead'],
    ['old_rows_read', 'oldRowsRead'],
  ] as const) {
    const value = engine && getNumber(engine, key);
    if (value !== undefined) node.ext[name] = value;
  }
  const filter = getPairs(table, 'rowid_filter');
  if (filter) node.children.push(readRowidFilter(filter, node.relation));
}

/**
 * MariaDB: row ids of a range of another index are collected first, and rows that are not among
 * them are not fetched.
 */
function readRowidFilter(filter: Pairs, relation: Relation | undefined): PlanNode {
  const range = getPairs(filter, 'range') ?? filter;
  const node = bareNode('BitmapIndexScan', 'rowid_filter');
  node.parentRelation = 'initplan';
  if (relation) node.relation = relation;
  const key = getText(range, 'key');
  if (key) node.index = { name: key, access: 'bitmap' };
  node.predicates.index = lookupPredicate(getTexts(range, 'used_key_parts'), []);
  node.est = { ...node.est, rows: getNumber(filter, 'rows') ?? 0 };
  const selectivity = getNumber(filter, 'selectivity_pct');
  if (selectivity !== undefined) node.ext['selectivityPct'] = selectivity;
  return node;
}

function readRelation(table: Pairs, { resolve }: BlockContext): Relation | undefined {
  const alias = getText(table, 'table_name');
  if (alias === undefined) return undefined;
  if (isTemporary(alias)) return { name: withoutNumber(alias), kind: 'cte' };
  if (getPairs(table, 'materialized_from_subquery')) return { name: alias, kind: 'cte' };
  const real = resolve(alias);
  return real
    ? {
        ...(real.schema ? { schema: real.schema } : {}),
        name: real.name,
        ...(real.name === alias ? {} : { alias }),
        kind: 'table',
      }
    : { name: alias, kind: 'table' };
}

/** Made for this one execution: `<auto_key0>`, `key0`, `distinct_key`. */
const generatedKey = /^(<auto_.*>|key\d+|distinct_key|hj_key)$/;

function readIndex(table: Pairs, access: string, covering: boolean): PlanNode['index'] | undefined {
  const merge = getPairs(table, 'index_merge');
  const key = getText(table, 'key') ?? (merge && mergedKeys(merge));
  if (!key || access === 'hash_ALL') return undefined;
  const name = generatedKey.test(key) ? '<auto_key>' : key;
  if (access === 'index_merge') return { name, access: 'bitmap' };
  return { name, access: covering ? 'covering' : access === 'index' ? 'full' : 'seek' };
}

/** `{ sort_union: { range: { key: a }, range: { key: b } } }` → `sort_union(a,b)`. */
function mergedKeys(merge: Pairs): string {
  const [kind, inner] = merge.pairs[0] ?? ['union', null];
  const keys = (value: Json): string[] =>
    Array.isArray(value)
      ? value.flatMap(keys)
      : isPairs(value)
        ? value.pairs.flatMap(([key, each]) =>
            key === 'key' && typeof each === 'string' ? [each] : keys(each),
          )
        : [];
  return `${kind}(${keys(inner).join(',')})`;
}

/**
 * `status = ?` for a lookup; only the columns where ranges are read, since not every format prints
 * them.
 */
function indexPredicate(table: Pairs, access: string): Predicate[] {
  const columns = getTexts(table, 'used_key_parts');
  if (columns.length === 0 || access === 'index' || access === 'ALL') return [];
  const refs = getTexts(table, 'ref');
  return lookupPredicate(columns, refs);
}

export function lookupPredicate(columns: readonly string[], refs: readonly string[]): Predicate[] {
  if (refs.length === 0)
    return columns.length ? [{ text: columns.join(', '), columns: [...columns] }] : [];
  const pairs = columns
    .slice(0, refs.length)
    .map((column, i) => `${column} = ${lookupValue(refs[i] as string)}`);
  return [{ text: pairs.join(' AND '), columns: columns.slice(0, refs.length) }];
}

/** `const` and `func` are values; `shop.o.customer_id` is another table's column. */
function lookupValue(ref: string): string {
  const names = tokenizeMysql(ref).filter(({ kind }) => kind === 'word' || kind === 'quoted');
  return names.length < 2 ? '?' : names.slice(-2).map(mysqlIdentifier).join('.');
}
