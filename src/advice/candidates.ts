import type { Condition } from '../analysis/conditions.ts';
import { shareOfValue } from '../analysis/rows.ts';
import { sqlOf } from '../dialects/habits.ts';
import type { IndexKey as SqlKey } from '../dialects/index-keys.ts';
import type { EngineName } from '../model/engine-name.ts';
import type { IndexDef, IndexKey } from '../model/index-def.ts';
import { knownCost } from '../model/plan.ts';
import type { TableFacts } from '../model/statistics.ts';
import { indexName } from './identity.ts';
import { indexBytes } from './index-size.ts';
import { isServed } from './served.ts';
import type { AdvisedStatement } from './statement.ts';
import { type Wants, wantsOf } from './wants.ts';

/**
 * Which indexes could help a workload: from what its statements ask of their tables, equality
 * before ranges before order. Many of them will not: what each does is asked of a planner, and
 * which of them to have is another question.
 */
export interface Candidate {
  /** Its name, too: `dbi_orders_1a2b3c4d`. */
  id: string;
  index: IndexDef;
  /** Estimated from statistics alone. */
  bytes: number;
  /** Fingerprints of those that it was thought of for, heaviest first. */
  statements: string[];
}

export interface CandidateOptions {
  engine: EngineName;
  /** Database time of all statements, the left out ones too; milliseconds. */
  totalMs: number;
  /** Of the target: `pg_trgm`, with the schema it is in. */
  extensions?: readonly { name: string; schema: string }[];
}

/** Heaviest statement first: what is named first is asked about first. */
export function candidatesOf(
  statements: readonly AdvisedStatement[],
  options: CandidateOptions,
): Candidate[] {
  const found = new Map<string, Candidate>();
  const heaviest = statements
    .filter((each) => isWorthwhile(each, options))
    .toSorted((a, b) => b.weight.totalMs - a.weight.totalMs);
  for (const { fingerprint, ...statement } of heaviest)
    for (const { index, table } of indexesFor({ fingerprint, ...statement }, options)) {
      const id = indexName(index);
      const known = found.get(id);
      if (known) known.statements.push(fingerprint);
      else found.set(id, { id, index, bytes: indexBytes(index, table), statements: [fingerprint] });
    }
  return [...found.values()];
}

/** Of the database's time: what takes less pays for no index. */
export const leastShare = 0.001;
/** Of a table of a hundred pages. */
const leastRows = 500;

function isWorthwhile(
  { weight, plan, shape }: AdvisedStatement,
  { totalMs, engine }: CandidateOptions,
): boolean {
  const cost = plan && knownCost(plan);
  const { leastCost = 0 } = sqlOf(engine).indexes ?? {};
  return (
    (plan !== undefined || shape !== undefined) &&
    weight.totalMs >= leastShare * totalMs &&
    (cost === undefined || cost >= leastCost)
  );
}

interface OnTable {
  table: TableFacts;
  index: IndexDef;
}

/** Those of one table that one statement may name; the likeliest come first. */
const mostOfTable = 8;

function indexesFor(statement: AdvisedStatement, options: CandidateOptions): OnTable[] {
  return wantsOf(statement, sqlOf(options.engine)).flatMap((wants) => {
    const { table } = wants;
    if (table.rows < leastRows || !isOrdinary(table)) return [];
    const all = [...ordered(wants, options), ...others(wants, options)];
    const byName = new Map(all.map((each) => [indexName(each.index), each]));
    return [...byName.values()]
      .filter(({ index, equal }) => !isServed(index, table, equal))
      .slice(0, mostOfTable)
      .map(({ index }) => ({ table, index }));
  });
}

/** Of MySQL and MariaDB only what InnoDB keeps: others cannot be changed beside the work. */
const isOrdinary = ({ engine }: TableFacts) => engine === undefined || engine === 'InnoDB';

interface Thought {
  index: IndexDef;
  /** So many keys in front may stand in any order. */
  equal: number;
}

const mostKeys = 3;
/** Of MySQL and MariaDB what rules advise for one statement has to be among them, to the letter. */
const mostKeysRuled = 8;
const mostKeysOf = (engine: EngineName) => (isFree(engine) ? mostKeys : mostKeysRuled);
const mostCovering = 4;

/** B-trees: values, then one range or an order; with all that is read beside them; of some rows. */
function ordered(wants: Wants, options: CandidateOptions): Thought[] {
  const { table } = wants;
  const usable = (column: string) => isIndexable(column, table, options.engine);
  const equal = bySelectivity(wants.equal, table).filter(usable);
  const joined = bySelectivity(wants.joined, table).filter((each) => usable(each));
  const ranges = columnsIn(wants.range).filter(usable);
  const orders = wants.orders.filter((keys) => keys.every(({ column }) => usable(column)));
  const groups = wants.groups.filter((keys) => keys.every(usable));
  const make = (keys: readonly SqlKey[], front: number): Thought[] =>
    thought(wants, keys, front, options);
  const plain = (columns: readonly string[], front: number) =>
    make(
      columns.map((column) => ({ column })),
      front,
    );
  const most = mostKeysOf(options.engine);
  const inFront = equal.slice(0, most - 1);
  const ends = orders.map((order) => behind(inFront, order));
  return [
    ...(equal.length > 0 ? plain(equal.slice(0, most), equal.length) : []),
    ...ends.flatMap((keys) => make(keys, inFront.length)),
    ...ranges.slice(0, 2).flatMap((range) => plain([...inFront, range], inFront.length)),
    ...joined.flatMap((join) => [
      ...plain([join], 1),
      ...(equal.length > 0 ? plain([join, ...inFront], inFront.length + 1) : []),
      ...(ranges[0] ? plain([join, ranges[0]], 1) : []),
      ...orders.flatMap((order) => make(behind([join], order), 1)),
    ]),
    ...(joined.length > 1 ? plain(joined.slice(0, mostKeys), joined.length) : []),
    ...groups.flatMap((group) => plain([...inFront, ...group], inFront.length + group.length)),
    ...expressionIndexes(wants, inFront, options),
    ...partialIndexes(wants, options),
    ...(equal.length > 1 ? equal.slice(0, mostKeys).flatMap((one) => plain([one], 1)) : []),
    ...(equal.length > 0 ? ranges.slice(0, 2).flatMap((range) => plain([range], 0)) : []),
    ...(equal.length > 0 ? orders.flatMap((order) => make(order, 0)) : []),
    ...wants.branches.filter(usable).flatMap((branch) => plain([branch], 1)),
    ...covering(wants, [...equal, ...ranges], options),
  ];
}

/** What is equal is in any order: it may stand anywhere in front of it. */
const behind = (front: readonly string[], order: readonly SqlKey[]): SqlKey[] => [
  ...front
    .filter((each) => !order.some(({ column }) => column === each))
    .map((column) => ({ column })),
  ...order,
];

const columnsIn = (conditions: readonly Condition[]): string[] => [
  ...new Set(conditions.map(({ column }) => column)),
];

/** Those first of which few rows have one value. */
function bySelectivity(conditions: readonly Condition[], table: TableFacts): string[] {
  const share = (each: Condition) => shareOfValue(table, each) ?? unknownShare;
  return columnsIn(conditions.toSorted((a, b) => share(a) - share(b)));
}
const unknownShare = 0.01;

/** None where it is too wide, or names a column twice. */
function thought(
  { table, fixed }: Wants,
  keys: readonly SqlKey[],
  equal: number,
  { engine }: CandidateOptions,
  more: Partial<IndexDef> = {},
): Thought[] {
  // Of an index of some rows what tells which ones is no key.
  const own = keys.filter(
    ({ column }) => !fixed.some((each) => each.column === column && each.sql === more.where),
  );
  if (own.length === 0 || own.length > mostKeysOf(engine)) return [];
  if (new Set(own.map(({ column }) => column)).size < own.length) return [];
  const index: IndexDef = {
    schema: table.schema,
    table: table.name,
    method: 'btree',
    keys: own.map((key) => keyOf(key, table, engine)),
    ...more,
  };
  return [{ index, equal: Math.min(equal, own.length) }];
}

function keyOf(
  { column, descending, otherNulls }: SqlKey,
  { columns }: TableFacts,
  engine: EngineName,
): IndexKey {
  const known = columns?.find(({ name }) => name === column);
  const letters = known && sqlOf(engine).indexes?.letters?.(known);
  return {
    column,
    ...(descending ? { descending: true as const } : {}),
    ...(otherNulls ? { nulls: descending ? ('last' as const) : ('first' as const) } : {}),
    ...(letters === undefined ? {} : { letters }),
  };
}

/** In what an index may be, beyond columns in an order. */
const isFree = (engine: EngineName) => sqlOf(engine).indexes?.beyondColumns === true;

function isIndexable(column: string, { columns }: TableFacts, engine: EngineName): boolean {
  const type = columns?.find(({ name }) => name === column)?.type ?? '';
  return sqlOf(engine).indexes?.unordered.test(type) === false;
}

function expressionIndexes(
  wants: Wants,
  front: readonly string[],
  { engine }: CandidateOptions,
): Thought[] {
  if (!isFree(engine)) return [];
  const { schema, name } = wants.table;
  const at = { schema, table: name, method: 'btree' };
  return wants.expressions.flatMap(({ sql, kind }) => {
    const key = { expression: sql };
    const columns = front.map((column) => ({ column }));
    const keys = kind === 'equal' ? [key, ...columns] : [...columns, key];
    return [[key], keys]
      .filter((each) => each.length <= mostKeys)
      .map((each) => ({ index: { ...at, keys: each }, equal: 0 }));
  });
}

/** Of more rows than this share a partial index is hardly smaller than a whole one. */
const mostRowsOfPartial = 0.5;

/** Conditions without a value are the same in each call: the index has only rows that meet them. */
function partialIndexes(wants: Wants, options: CandidateOptions): Thought[] {
  if (!isFree(options.engine)) return [];
  const { table } = wants;
  const few = wants.fixed.filter((each) => shareOfFixed(each, table) <= mostRowsOfPartial);
  return few.flatMap(({ column, sql: where }) => {
    const usable = (each: string) => each !== column && isIndexable(each, table, options.engine);
    const equal = bySelectivity(wants.equal, table).filter(usable);
    const [range] = columnsIn(wants.range).filter(usable);
    const [order] = wants.orders.filter((keys) => keys.every((key) => usable(key.column)));
    const front = equal.slice(0, mostKeys - 1);
    const plain = [...front, ...(range ? [range] : [])].map((each) => ({ column: each }));
    return [
      ...thought(wants, order ? behind(front, order) : plain, front.length, options, { where }),
      ...(order ? thought(wants, plain, front.length, options, { where }) : []),
    ];
  });
}

function shareOfFixed({ column, operator }: Wants['fixed'][number], { columns }: TableFacts) {
  const known = columns?.find(({ name }) => name === column);
  if (operator === 'is null') return known?.nulls ?? 1;
  if (operator === 'is not null') return 1 - (known?.nulls ?? 0);
  // Of a flag: the value that is meant may be the commoner one, or not; the planner will say.
  return 1 - (known?.commonest ?? 0);
}

/** All that is read stands in the index, and the table is not looked at. */
function covering(wants: Wants, asked: readonly string[], options: CandidateOptions): Thought[] {
  const { reads, orders, groups, table } = wants;
  if (!isFree(options.engine) || !reads || reads.length > mostCovering) return [];
  const [order = []] = orders;
  const [group = []] = groups;
  const wanted: SqlKey[] = [
    ...[...new Set([...asked, ...group])].map((column) => ({ column })),
    ...order,
  ];
  const keys = [...new Map(wanted.map((key) => [key.column, key])).values()].slice(0, mostKeys);
  const rest = reads.filter((column) => !keys.some((key) => key.column === column));
  const usable = keys.every(({ column }) => isIndexable(column, table, options.engine));
  if (keys.length === 0 || rest.length === 0 || !usable) return [];
  return thought(wants, keys, 0, options, { include: rest });
}

/** Pages of a gibibyte, and how closely rows lie in the order of their values. */
const hugePages = 131_072;
const inOrder = 0.9;

/** What is no B-tree: for documents, lists, patterns, and ranges of huge tables. */
function others(wants: Wants, { engine, extensions = [] }: CandidateOptions): Thought[] {
  if (!isFree(engine)) return [];
  const { table } = wants;
  const at = { schema: table.schema, table: table.name };
  const typeOf = (column: string) => table.columns?.find(({ name }) => name === column)?.type ?? '';
  const trigrams = extensions.find(({ name }) => name === 'pg_trgm');
  const gin = (key: IndexKey): Thought => ({
    index: { ...at, method: 'gin', keys: [key] },
    equal: 0,
  });
  return [
    ...wants.documents
      .filter((column) => /^(?:jsonb|tsvector|_.*|.*\[\])$/.test(typeOf(column)))
      .map((column) => gin({ column })),
    ...(trigrams ? wants.patterns : [])
      .filter((column) => /^(?:text|varchar|bpchar)$/.test(typeOf(column)))
      .map((column) => gin({ column, opclass: `${trigrams?.schema}.gin_trgm_ops` })),
    ...columnsIn(wants.range)
      .filter((column) => {
        const known = table.columns?.find(({ name }) => name === column);
        return table.pages >= hugePages && Math.abs(known?.correlation ?? 0) >= inOrder;
      })
      .map((column) => ({ index: { ...at, method: 'brin', keys: [{ column }] }, equal: 0 })),
  ];
}
