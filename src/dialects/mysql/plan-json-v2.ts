import { dictionary } from '../../base/dictionary.ts';
import { AppError } from '../../base/errors.ts';
import type { Op, PlanNode, Relation } from '../../model/plan.ts';
import {
  get,
  getNumber,
  getText,
  getTexts,
  isPairs,
  isSet,
  type Json,
  type Pairs,
} from '../json-pairs.ts';
import { withSubqueries } from '../mysql-family/block-subqueries.ts';
import { lookupPredicate } from '../mysql-family/block-table.ts';
import { isTemporary, mysqlPredicate, withoutNumber } from '../mysql-family/predicate.ts';
import { redactMysqlExpression } from '../mysql-family/text.ts';
import { bareNode, inclusiveMs, numberNodes, type Reading, type Resolve } from '../reading.ts';

/**
 * MySQL's JSON format 2: the tree of iterators. Its `query` field is never read: for const lookups
 * it holds values of rows. Costs include what is below, but an inner side's are of one loop, and
 * some operations print none. Filters become conditions of what they filter, as in the other
 * formats.
 */
const accessOps = dictionary<Op>({
  table: 'SeqScan',
  index: 'IndexScan',
  sort: 'Sort',
  limit: 'Limit',
  aggregate: 'Aggregate',
  temp_table_aggregate: 'Aggregate',
  materialize: 'Materialize',
  append: 'Append',
  union: 'Append',
  window: 'WindowAgg',
  rows_fetched_before_execution: 'Result',
  zero_rows: 'Result',
  zero_rows_aggregated: 'Result',
  constant_row: 'Result',
  count_rows: 'Aggregate',
  rowid_union: 'BitmapHeapScan',
  rowid_intersection: 'BitmapHeapScan',
  index_merge: 'BitmapHeapScan',
  remove_duplicates_from_groups: 'Unique',
  remove_duplicates_on_index: 'Unique',
  weedout: 'Unique',
  materialized_table_function: 'FunctionScan',
  materialize_information_schema_table: 'FunctionScan',
  scan_new_records: 'CteScan',
  delete_rows: 'Modify',
  update_rows: 'Modify',
});

interface State {
  unknownNodes: number;
  /** Where the tree is a text, a table is known by its alias. */
  resolve: Resolve;
}

export function readMysqlTree(
  plan: Pairs,
  resolve: Resolve = () => undefined,
): Omit<Reading, 'settings'> {
  if (getText(plan, 'operation')?.startsWith('<not executable'))
    throw new AppError('unparsable', 'MySQL has no plan of this statement in format 2');
  const state: State = { unknownNodes: 0, resolve };
  const root = numberNodes(readNode(plan, state));
  const { unknownNodes } = state;
  return { root, mode: root.act ? 'actual' : 'estimate', unknownNodes };
}

const allInputs = (raw: Pairs): Pairs[] => {
  const inputs = get(raw, 'inputs');
  return Array.isArray(inputs) ? inputs.filter(isPairs) : [];
};
/** Subqueries stand among the inputs of what they are a condition of. */
const heading = /^Select #\d+ \((?:sub|condition)/;
const isSubquery = (raw: Pairs) =>
  isSet(raw, 'subquery') || heading.test(getText(raw, 'heading') ?? '');
const isDependent = (raw: Pairs) =>
  isSet(raw, 'dependent') || /^Select #.*\bdependent\)/.test(getText(raw, 'heading') ?? '');
const inputsOf = (raw: Pairs): Pairs[] => allInputs(raw).filter((each) => !isSubquery(each));
const subqueriesOf = (raw: Pairs): Pairs[] => [
  ...allInputs(raw).filter(isSubquery),
  ...raw.pairs.flatMap(([key, value]) =>
    key.startsWith('inputs_from') && Array.isArray(value) ? value.filter(isPairs) : [],
  ),
];

function readNode(raw: Pairs, state: State): PlanNode {
  const access = getText(raw, 'access_type') ?? '';
  const node = readOwn(raw, access, state);
  const columns = columnSubqueries(raw);
  for (const each of subqueriesOf(raw)) {
    const child = readNode(each, state);
    child.parentRelation = isDependent(each) ? 'subplan' : 'initplan';
    if (isDependent(each)) child.ext['dependent'] = true;
    // Those among the columns run as rows are passed on, in no iterator's time.
    if (node.act && columns.includes(each))
      node.act.totalMs += inclusiveMs(child) / Math.max(1, node.act.loops);
    withSubqueries(node, [child]);
  }
  return node;
}

const columnSubqueries = (raw: Pairs): readonly Json[] => {
  const listed = get(raw, 'inputs_from_select_list');
  const headed = allInputs(raw).filter((each) => /projection/.test(getText(each, 'heading') ?? ''));
  return [...headed, ...(Array.isArray(listed) ? listed : [])];
};

function readOwn(raw: Pairs, access: string, state: State): PlanNode {
  const [first] = inputsOf(raw);
  if (access === 'filter' && first) return filtered(readNode(first, state), raw);
  // `Stream results` does nothing, nor does what tells a table below that it is to be made again; a
  // scan of a nameless temporary table is how what is below it is read.
  if ((access === 'stream' || access === 'invalidate_materialized_tables') && first)
    return readNode(first, state);
  if (access === 'table' && first && (getText(raw, 'table_name') ?? '').startsWith('<temporary>'))
    return readNode(first, state);
  if (access === 'join') return readJoin(raw, state);
  if (access === 'rowid_union' || access === 'rowid_intersection')
    return readMerge(raw, access, state);
  const children = inputsOf(raw).map((each) => readNode(each, state));
  const node = measured(
    bareNode(opOf(raw, access, children, state), nativeOf(raw, access), children),
    raw,
  );
  for (const child of children)
    child.parentRelation ??=
      children.length > 1 ? 'member' : node.op === 'SubqueryScan' ? 'materialize' : 'outer';
  readDetails(node, raw, state);
  return node;
}

/** Its first word is the server's own; what follows names tables and holds conditions. */
const nativeOf = (raw: Pairs, access: string): string =>
  access ||
  getText(raw, 'semijoin_strategy') ||
  (/^[A-Z][a-z]+/.exec(getText(raw, 'operation') ?? '')?.[0] ?? 'operation');

function opOf(raw: Pairs, access: string, children: readonly PlanNode[], state: State): Op {
  if (access === 'index')
    return isSet(raw, 'covering')
      ? 'IndexOnlyScan'
      : children.length
        ? 'SubqueryScan'
        : 'IndexScan';
  if (access === 'table' && children.length) return 'SubqueryScan';
  if (access === 'materialize' && (isSet(raw, 'intersect') || isSet(raw, 'except'))) return 'SetOp';
  if (access === 'materialize' && isSet(raw, 'deduplication')) return 'Unique';
  if (getText(raw, 'semijoin_strategy') === 'weedout') return 'Unique';
  if (access === 'materialize' && children.length > 1) return 'Append';
  if (
    (access === '' && getText(raw, 'table_name') !== undefined) ||
    access.startsWith('insert_') ||
    access.startsWith('replace_')
  )
    return 'Modify'; // INSERT … SELECT prints no access
  const op =
    accessOps[access] ??
    (/^(?:Update|Delete|Insert|Replace) /.test(getText(raw, 'operation') ?? '')
      ? 'Modify'
      : undefined);
  if (!op) state.unknownNodes += 1;
  return op ?? 'Unknown';
}

/** Costs and rows as printed; what prints none costs what is below it. */
function measured(node: PlanNode, raw: Pairs): PlanNode {
  const cost = getNumber(raw, 'estimated_total_cost');
  const rows = getNumber(raw, 'estimated_rows');
  node.est = {
    startupCost: getNumber(raw, 'estimated_first_row_cost') ?? 0,
    totalCost: Math.max(cost ?? 0, node.est.totalCost),
    rows: rows ?? node.est.rows,
    width: 0,
  };
  const loops = getNumber(raw, 'actual_loops');
  delete node.act;
  if (loops !== undefined)
    node.act = {
      startupMs: getNumber(raw, 'actual_first_row_ms') ?? 0,
      totalMs: getNumber(raw, 'actual_last_row_ms') ?? 0,
      rows: getNumber(raw, 'actual_rows') ?? 0,
      loops,
    };
  return node;
}

function filtered(node: PlanNode, raw: Pairs): PlanNode {
  const read = node.ext['rowsRead'] ?? node.est.rows;
  node.predicates.filter = [
    ...node.predicates.filter,
    ...mysqlPredicate(getText(raw, 'condition')),
  ];
  const rows = getNumber(raw, 'estimated_rows');
  if (rows !== undefined) {
    node.est = {
      ...node.est,
      rows,
      totalCost: Math.max(node.est.totalCost, getNumber(raw, 'estimated_total_cost') ?? 0),
    };
    if (typeof read === 'number' && read > 0)
      node.est.filteredPct = Math.min(100, (100 * rows) / read);
  }
  const kept = getNumber(raw, 'actual_rows');
  if (node.act && kept !== undefined)
    node.act = {
      ...node.act,
      rowsRemovedByFilter: Math.max(0, node.act.rows - kept),
      rows: kept,
      totalMs: Math.max(node.act.totalMs, getNumber(raw, 'actual_last_row_ms') ?? 0),
    };
  return node;
}

const joinTypes = dictionary<string>({
  'inner join': 'inner',
  'left join': 'left',
  antijoin: 'anti',
  semijoin: 'semi',
});

function readJoin(raw: Pairs, state: State): PlanNode {
  const hash = getText(raw, 'join_algorithm') === 'hash';
  const inputs = inputsOf(raw);
  const type = joinTypes[getText(raw, 'join_type') ?? ''] ?? 'inner';
  // An inner hash join prints first what is looked up in the other; the order of the join is the
  // other way round.
  const ordered = hash && type === 'inner' ? inputs.toReversed() : inputs;
  const children = ordered.map((each) => readNode(each, state));
  for (const [i, child] of children.entries()) child.parentRelation = i === 0 ? 'outer' : 'inner';
  const node = measured(
    bareNode(hash ? 'HashJoin' : 'NestedLoop', getText(raw, 'join_algorithm') ?? 'join', children),
    raw,
  );
  const hashed = getTexts(raw, 'hash_condition').filter((each) => !each.includes('<hash>'));
  node.join = {
    type,
    condition: [...hashed, ...getTexts(raw, 'extra_condition')].flatMap(mysqlPredicate),
  };
  return node;
}

/** Two indexes read and their row ids united: one access, as the other formats say it. */
function readMerge(raw: Pairs, access: string, state: State): PlanNode {
  const inputs = inputsOf(raw).map((each) => readNode(each, state));
  const [first] = inputs;
  const node = measured(bareNode('BitmapHeapScan', access), raw);
  if (first?.relation) node.relation = first.relation;
  const names = inputs.map(({ index }) => index?.name ?? '');
  node.index = {
    name: `${access === 'rowid_union' ? 'union' : 'intersect'}(${names.join(',')})`,
    access: 'bitmap',
  };
  node.ext['rowsRead'] = node.est.rows;
  return node;
}

/** By its alias alone. */
function relationNamed(alias: string, resolve: Resolve): Relation {
  const known = resolve(alias);
  if (!known) return { name: alias, kind: 'table' };
  return { ...known, ...(alias === known.name ? {} : { alias }), kind: 'table' };
}

function readDetails(node: PlanNode, raw: Pairs, { resolve }: State): void {
  const name = getText(raw, 'table_name');
  const alias = getText(raw, 'alias');
  const schema = getText(raw, 'schema_name');
  if (name !== undefined) {
    node.relation =
      isTemporary(name) || schema === undefined
        ? { name: withoutNumber(name), kind: 'cte' }
        : schema === ''
          ? relationNamed(name, resolve)
          : { schema, name, ...(alias && alias !== name ? { alias } : {}), kind: 'table' };
    if (node.op !== 'Modify') node.ext['rowsRead'] = node.est.rows;
  }
  const index = getText(raw, 'index_name');
  if (index !== undefined) {
    const way = getText(raw, 'index_access_type');
    node.index = {
      name: index.startsWith('<auto') ? '<auto_key>' : index,
      access: isSet(raw, 'covering') ? 'covering' : way === 'index_scan' ? 'full' : 'seek',
      ...(isSet(raw, 'reverse') ? { backward: true } : {}),
    };
    if (way !== 'index_scan')
      node.predicates.index = lookupPredicate(
        getTexts(raw, 'key_columns'),
        getTexts(raw, 'lookup_references'),
      );
    node.predicates.filter = mysqlPredicate(getText(raw, 'pushed_index_condition'));
  }
  if (node.op === 'Sort') {
    node.sort = { keys: getTexts(raw, 'sort_fields').map(redactMysqlExpression) };
    node.ext['filesort'] = true;
  }
  if (node.op === 'SetOp')
    node.group = { strategy: isSet(raw, 'intersect') ? 'Intersect' : 'Except', keys: [] };
  if (node.op === 'Aggregate')
    node.group = {
      strategy:
        getText(raw, 'access_type') === 'temp_table_aggregate'
          ? 'Hashed'
          : isSet(raw, 'group_by')
            ? 'Sorted'
            : 'Plain',
      keys: [],
    };
  if (isSet(raw, 'temp_table') || getText(raw, 'access_type') === 'temp_table_aggregate')
    node.ext['temporaryTable'] = true;
}
