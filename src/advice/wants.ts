import { askedOf, type Condition, isPlain, kindOf } from '../analysis/conditions.ts';
import { expressionSql } from '../analysis/expression-sql.ts';
import { askedKey, ownKeys, printedKey } from '../analysis/order.ts';
import { rootOf } from '../analysis/scans.ts';
import { dictionary } from '../base/dictionary.ts';
import type { SqlWords } from '../dialects/dialect.ts';
import type { IndexKey } from '../dialects/index-keys.ts';
import {
  allPredicates,
  type Plan,
  type PlanNode,
  type Predicate,
  preorder,
  type Relation,
} from '../model/plan.ts';
import type { Comparison, NamedColumn, QueryShape } from '../model/query-shape.ts';
import type { TableFacts } from '../model/statistics.ts';
import type { AdvisedStatement } from './statement.ts';

/**
 * What a statement asks of one of its tables, from its plan and from its text: the plan knows which
 * table a column is of and what stands around it, the text what the plan does not print. All
 * columns are the table's own.
 */
export interface Wants {
  /** Of a partition its root. */
  table: TableFacts;
  equal: Condition[];
  range: Condition[];
  /** Compared with another table's column. */
  joined: Condition[];
  /** Conditions without a value, as the predicate of an index: `deleted_at IS NULL`. */
  fixed: { column: string; sql: string; operator: string }[];
  orders: IndexKey[][];
  groups: string[][];
  patterns: string[];
  documents: string[];
  /** As SQL, where they are the same for ever. */
  expressions: { sql: string; kind: 'equal' | 'range' }[];
  /** Each a branch of an OR, which wants an index of its own. */
  branches: string[];
  /** All that the statement names of it, where that is known. */
  reads?: string[];
}

interface Place {
  alias: string;
  facts: TableFacts;
  node: PlanNode;
  /** Of the statement's other tables. */
  others: readonly TableFacts[];
}

export function wantsOf(statement: AdvisedStatement, sql: SqlWords): Wants[] {
  const predicates = statement.plan ? predicatesOf(statement.plan) : undefined;
  return placesOf(statement).map((place) => {
    const asked = askedOf(place.node, predicates?.(place.node) ?? [], place.facts);
    const said = statement.shape ? saidOf(place, statement.shape) : [];
    const conditions = distinct([...asked.conditions, ...said.flatMap(conditionOf)]);
    const plain = conditions.filter(isPlain);
    const values = plain.filter(({ other }) => !other);
    const of = (kind: Condition['kind']) => values.filter((each) => each.kind === kind);
    const columnsOf = (kind: Condition['kind']) =>
      conditions.filter((each) => each.kind === kind && !each.wrapped).map(({ column }) => column);
    return {
      table: rootOf(place.facts, place.facts.rows * (place.facts.partitionOf?.partitions ?? 1)),
      equal: of('equal'),
      range: of('range'),
      joined: plain.filter(({ kind, other }) => other && kind === 'equal'),
      fixed: fixedOf(conditions, said, sql),
      orders: ordersOf(place, statement),
      groups: groupsOf(place, statement),
      patterns: unique(columnsOf('pattern')),
      documents: unique(columnsOf('document')),
      expressions: expressionsOf(conditions, said, place, sql),
      branches: unique(
        [
          ...asked.alternatives.flat().flatMap((branch) => branch.filter(isPlain)),
          ...said
            .filter(({ inOr }) => inOr)
            .flatMap(conditionOf)
            .filter(isPlain),
        ].map(({ column }) => column),
      ),
      ...readsOf(place, statement.shape),
    };
  });
}

const unique = <T>(all: readonly T[]): T[] => [...new Set(all)];

const distinct = (conditions: readonly Condition[]): Condition[] =>
  [
    ...new Map(
      conditions
        .toReversed()
        .map((each) => [
          JSON.stringify([each.column, each.kind, each.operator, each.other?.name]),
          each,
        ]),
    ).values(),
  ].toReversed();

/** More nodes than that name a table many times over: partitions, which are alike. */
const mostNodes = 200;

/** Conditions that stand elsewhere in the plan speak of a table too, where it is joined. */
function predicatesOf({ root }: Plan): (node: PlanNode) => Predicate[] {
  const nodes = preorder(root);
  const all = nodes.length > mostNodes ? undefined : nodes.flatMap(allPredicates);
  const byText = new Map((all ?? []).map((each) => [each.text, each]));
  return (node) => (all ? [...byText.values()] : allPredicates(node));
}

function placesOf({ plan, shape, facts = [] }: AdvisedStatement): Place[] {
  const find = ({ schema, name }: { schema?: string; name: string }) =>
    facts.find((each) => each.name === name && (schema === undefined || each.schema === schema)) ??
    facts.find(({ partitionOf }) => partitionOf?.name === name);
  const places = new Map<string, Place>();
  const add = (relation: Omit<Relation, 'kind'>, node?: PlanNode) => {
    const known = find(relation);
    if (!known) return;
    const alias = (relation.alias ?? relation.name).toLowerCase();
    const root = known.partitionOf ?? known;
    const key = JSON.stringify([root.schema, root.name, aliasOfRoot(alias, known)]);
    const others = facts.filter((each) => each !== known);
    const place = { alias, facts: known, node: node ?? namedOnly(relation), others };
    if (!places.has(key)) places.set(key, place);
  };
  for (const node of plan ? preorder(plan.root).slice(0, mostNodes) : [])
    if (node.relation?.kind === 'table') add(node.relation, node);
  for (const relation of shape?.relations ?? []) add(relation);
  return [...places.values()];
}

/** Partitions have the alias of their table, and a number. */
const aliasOfRoot = (alias: string, { partitionOf }: TableFacts): string =>
  partitionOf ? alias.replace(/_\d+$/, '') : alias;

/** A table of the text that the plan does not name. */
const namedOnly = (relation: Omit<Relation, 'kind'>): PlanNode => ({
  id: 0,
  op: 'Unknown',
  nativeOp: '',
  relation: { ...relation, kind: 'table' },
  predicates: { index: [], filter: [], recheck: [], joinFilter: [] },
  est: { startupCost: 0, totalCost: 0, rows: 0, width: 0 },
  derived: { exclusiveCost: 0, costShare: 0 },
  children: [],
  ext: {},
});

/** The text's comparisons of this table: by its alias, or where only it has such a column. */
const saidOf = (place: Place, shape: QueryShape): Comparison[] =>
  shape.comparisons.filter((each) => isOf(place, each, shape));

function isOf(
  { alias, facts, others }: Place,
  { column, qualifier }: NamedColumn,
  { relations }: QueryShape,
): boolean {
  const has = ({ columns }: TableFacts) => columns?.some(({ name }) => name === column);
  if (has(facts) === false) return false;
  if (qualifier !== undefined) return qualifier.toLowerCase() === aliasOfRoot(alias, facts);
  return (
    relations.length === 1 || (has(facts) === true && !others.some((each) => has(each) ?? true))
  );
}

function conditionOf(said: Comparison): Condition[] {
  if (said.wrapped || said.cast || said.inOr) return [];
  const operator = said.operator.toLowerCase();
  const { column } = said;
  const other = said.other && {
    kind: 'column' as const,
    name: said.other.column,
    text: said.other.column,
    ...(said.other.qualifier ? { qualifier: said.other.qualifier } : {}),
  };
  if (said.with === 'expression') return [];
  const kind = operator === '= any' ? 'document' : kindOf(operator);
  return [{ column, kind, operator, ...(other ? { other } : {}) }];
}

/** What a condition without a value is as SQL. */
const fixedSql = dictionary<(column: string) => string>({
  'is null': (column) => `${column} IS NULL`,
  'is not null': (column) => `${column} IS NOT NULL`,
  'is true': (column) => column,
  'is false': (column) => `NOT ${column}`,
});

function fixedOf(
  conditions: readonly Condition[],
  said: readonly Comparison[],
  { quote }: SqlWords,
): Wants['fixed'] {
  const all = [
    ...conditions.filter(({ wrapped }) => !wrapped),
    ...said.filter(({ wrapped, inOr }) => !wrapped && !inOr),
  ].flatMap(({ column, operator }) => {
    const sql = fixedSql[operator]?.(quote(column));
    return sql ? [{ column, sql, operator }] : [];
  });
  return [...new Map(all.map((each) => [each.sql, each])).values()];
}

/** As the text ends, as the plan sorts, and what stands first or last of all. */
function ordersOf(place: Place, { shape, plan }: AdvisedStatement): IndexKey[][] {
  const { node, facts, alias } = place;
  const named = { ...node, relation: node.relation ?? { kind: 'table' as const, name: alias } };
  const sorts = plan ? preorder(plan.root).slice(0, mostNodes) : [];
  const orders = [
    ownKeys(shape?.orderBy?.map(askedKey), named, facts),
    ...sorts.map(({ sort }) => sort && ownKeys(sort.keys.map(printedKey), named, facts)),
    ...(shape?.aggregates ?? []).map(
      ({ function: name, column, qualifier }) =>
        /^(?:min|max)$/i.test(name) &&
        column !== undefined &&
        shape !== undefined &&
        isOf(place, { column, ...(qualifier ? { qualifier } : {}) }, shape) && [{ column }],
    ),
  ].filter((each): each is IndexKey[] => Array.isArray(each));
  return [...new Map(orders.map((each) => [JSON.stringify(each), each])).values()];
}

function groupsOf(place: Place, { shape }: AdvisedStatement): string[][] {
  const groups = shape?.groupBy ?? [];
  const own = groups.filter((each) => shape && isOf(place, each, shape));
  return groups.length > 0 && own.length === groups.length
    ? [unique(own.map(({ column }) => column))]
    : [];
}

function expressionsOf(
  conditions: readonly Condition[],
  said: readonly Comparison[],
  { facts }: Place,
  sql: SqlWords,
): Wants['expressions'] {
  const printed = conditions.flatMap(({ wrapped, kind, column }): Wants['expressions'] => {
    if (!wrapped || (kind !== 'equal' && kind !== 'range')) return [];
    const key = expressionSql(wrapped, facts, sql);
    const text = key?.expression ?? (key?.function && `${key.function}(${sql.quote(column)})`);
    return text ? [{ sql: text, kind }] : [];
  });
  const called = said.flatMap(
    ({ function: name, sole, operator, column, inOr, cast }): Wants['expressions'] => {
      const kind = kindOf(operator.toLowerCase());
      return name &&
        sole &&
        !inOr &&
        !cast &&
        sql.indexableCalls.has(name) &&
        (kind === 'equal' || kind === 'range')
        ? [{ sql: `${name}(${sql.quote(column)})`, kind }]
        : [];
    },
  );
  return [...new Map([...printed, ...called].map((each) => [each.sql, each])).values()];
}

/** Undefined where a star, or a column that could be anybody's, leaves it open. */
function readsOf(place: Place, shape: QueryShape | undefined): { reads?: string[] } {
  const reads = shape?.reads;
  if (!shape || !reads || shape.selectStar) return {};
  const alias = aliasOfRoot(place.alias, place.facts);
  const open = shape.relations.length > 1 && reads.some(({ qualifier }) => qualifier === undefined);
  if (open) return {};
  const own = reads.filter(
    ({ qualifier }) => qualifier === undefined || qualifier.toLowerCase() === alias,
  );
  return { reads: unique(own.map(({ column }) => column)) };
}
