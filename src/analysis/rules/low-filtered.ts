import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import type { IndexFacts, TableFacts } from '../../model/statistics.ts';
import { createIndex, keysFor, mostKeys, wholeKeys } from '../advice.ts';
import { type Asked, askedOf, type Condition, isPlain } from '../conditions.ts';
import {
  type Known,
  leastEach,
  lookupOf,
  rowsLooked,
  rowsOf,
  rowsPassed,
} from '../found-and-kept.ts';
import { behindOpenKey } from '../open-keys.ts';
import { looksSelective, rowsCounted, shareOfValue } from '../rows.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  readsAll,
  tableOf,
  threshold,
} from '../rule.ts';
import { isSure, rootOf } from '../scans.ts';
import { shareBelow, shareUnwanted } from '../shares.ts';
import { examples } from './examples/low-filtered.ts';

const leastRows = threshold(
  500,
  'rows found a call',
  'fewer are fetched from the table in about a millisecond',
);
const mostKept = threshold(
  0.1,
  'of the rows',
  'above, a wider index saves less than it costs every write',
);

export const lowFiltered: Rule = {
  id: 'low-filtered',
  title: 'An index finds many rows of which the remaining conditions throw most away',
  why: 'Every row that the index finds is fetched from the table, then the condition looked at.',
  fix: 'One index over the columns of both: values first, then a range.',
  category: 'index',
  follows: ['sort-without-index'],
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: { leastRows, leastEach, mostKept },
  examples,
  check(plan, context) {
    if (!isSure(plan, context)) return [];
    const found = preorder(plan.root).flatMap((node) => wasteful(node, plan, context) ?? []);
    const groups = Map.groupBy(found, (each) => partsOf(each) ?? each.node);
    return [...groups.values()].map((group) => told(group, plan, context));
  },
};

interface Wasteful {
  node: PlanNode;
  facts: TableFacts;
  /** The index that finds too many. */
  name: string | undefined;
  found: number;
  kept: number;
  /** Nobody knows how many are kept. */
  guessed?: boolean;
  /** What the conditions behind it ask of. */
  behind: string[];
  wider: { column: string }[];
  saves: number;
}

/** Partitions of one table, of which the same is asked, are told of together. */
const partsOf = ({ facts: { partitionOf }, behind, wider }: Wasteful): string | undefined =>
  partitionOf &&
  JSON.stringify([partitionOf.schema, partitionOf.name, behind, wider.map(({ column }) => column)]);

/** A plan without values names all partitions: a call has found no more than it has looked at. */
function told(group: Wasteful[], plan: Plan, context: RuleContext): RuleMatch {
  const [{ node, facts, name, behind, wider, guessed }] = group as [Wasteful];
  const sum = (of: (each: Wasteful) => number) => group.reduce((all, each) => all + of(each), 0);
  const [rows, pages] = [sum((each) => each.facts.rows), sum((each) => each.facts.pages)];
  const found = Math.min(
    sum((each) => each.found),
    rowsLooked({ rows, pages }, context) ?? Number.POSITIVE_INFINITY,
  );
  const kept = Math.min(
    sum((each) => each.kept),
    rowsCounted(context) ?? found,
  );
  const root = rootOf(facts, rows);
  const one = group.length === 1;
  const where = one ? describeRelation(node) : `${root.schema}.${root.name}`;
  const what = one ? (name ?? 'an index') : `an index of each of ${group.length} partitions`;
  return {
    message:
      `${where}: ${what} finds about ${count(found)} rows a call, the condition on ` +
      `${behind.join(', ')} keeps ` +
      (guessed ? 'a few, if its values are rare' : `about ${count(kept)}`),
    fix: createIndex(plan, root, wider),
    nodes: group.map((each) => each.node.id),
    saves: sum((each) => each.saves),
  };
}

function wasteful(node: PlanNode, plan: Plan, context: RuleContext): Wasteful | undefined {
  const facts = tableOf(node, context);
  if (!facts || !/^(?:IndexScan|IndexOnlyScan|BitmapHeapScan)$/.test(node.op)) return undefined;
  if (readsAll(node, facts, plan) || /^(?:sort_)?intersect/.test(node.index?.name ?? ''))
    return undefined;
  const lookup = lookupOf(node);
  if (lookup.predicates.index.length === 0) return undefined;
  const filter = askedOf(node, node.predicates.filter, facts);
  const used = facts.indexes.find(({ name }) => name === lookup.index?.name);
  const keys = used?.keys ?? [];
  const whole = used ? wholeKeys(used) : [];
  const sought = soughtBy(node, lookup, facts);
  const further = filter.conditions.filter((each) => isFurther(each, whole));
  const behind = behindOpenKey([...sought.conditions, ...filter.conditions], whole);
  const more = [...further, ...behind];
  if (more.length === 0) return undefined;
  const ofKeys = filter.conditions.filter((each) => isPlain(each) && keys.includes(each.column));
  const wanted = [...sought.conditions, ...ofKeys, ...more];
  const root = rootOf(facts, facts.rows);
  const driver = largeDriver(node, plan, context);
  const first = driver ? valuesBefore(wanted, keys, root, plan) : [];
  const begins = facts.indexes.some(({ keys: [leading] }) => leading === first[0]);
  const anew = first.length > 0 && !begins && driver?.predicates.filter.length === 0;
  const known: Known = { facts, plan, context };
  const rows =
    further.length > 0
      ? rowsOf(node, lookup, { sought, filter, anew }, known)
      : rowsPassed(node, [...sought.conditions, ...filter.conditions], known);
  if (!rows || rows.found < leastRows.value || rows.kept > rows.found * mostKept.value)
    return undefined;
  const wider = widerKeys([...first, ...keys], wanted, root, orderOf(plan, context));
  const values = wider.filter(({ column }) =>
    wanted.some((each) => each.kind === 'equal' && each.column === column),
  );
  if (facts.indexes.some((each) => holds(each, wider, values))) return undefined;
  return {
    node,
    facts,
    name: lookup.index?.name,
    ...rows,
    behind: [...new Set(more.map(({ column }) => column))],
    wider,
    saves: Math.max(
      shareUnwanted(node, rows.found, rows.kept),
      shareBelow(node) * (1 - mostKept.value),
    ),
  };
}

/** MySQL and MariaDB list a range’s keys by their names: what is asked stands in the filter. */
function soughtBy(node: PlanNode, lookup: PlanNode, facts: TableFacts): Asked {
  const { conditions, alternatives } = askedOf(node, lookup.predicates.index, facts);
  return { conditions: conditions.filter(({ operator }) => operator !== 'is true'), alternatives };
}

/** Values in whichever order, which makes no difference, and before a range, which does. */
function holds(
  index: IndexFacts,
  wanted: readonly { column: string }[],
  values: readonly { column: string }[],
): boolean {
  const keys = wholeKeys(index);
  const among = (columns: readonly { column: string }[]) =>
    columns.every(({ column }) => keys.slice(0, columns.length).includes(column));
  return !index.partial && among(values) && among(wanted);
}

const isFurther = ({ kind, wrapped, column }: Condition, keys: readonly (string | undefined)[]) =>
  !wrapped && (kind === 'equal' || kind === 'range') && !keys.includes(column);

/** The order in which the index is read for the first rows. */
const orderOf = ({ root }: Plan, { shape }: RuleContext): string[] =>
  shape?.limit && !preorder(root).some(({ op }) => op === 'Sort')
    ? (shape.orderBy ?? []).flatMap((each) => ('column' in each ? each.column : []))
    : [];

/** A large table of which all rows are read, and for each of them this one is looked up. */
const largeDriver = (node: PlanNode, plan: Plan, context: RuleContext): PlanNode | undefined =>
  preorder(plan.root)
    .filter((each) => each.op === 'NestedLoop')
    .flatMap(({ children: [outer, inner] }) => {
      const first =
        outer && inner === node ? preorder(outer).find((each) => each.relation) : undefined;
      const facts = first && tableOf(first, context);
      return facts && facts.rows >= manyRows && readsAll(first, facts, plan) ? [first] : [];
    })[0];
const manyRows = 10_000;

/**
 * With a value in front that few rows have, the index finds as few for each row of the other table,
 * and whoever begins with it has no row of the other to read.
 */
const valuesBefore = (
  wanted: readonly Condition[],
  keys: readonly string[],
  table: TableFacts,
  plan: Plan,
): string[] =>
  wanted
    .filter((each) => each.single && !each.other && !keys.includes(each.column))
    .filter((each) => {
      const share = shareOfValue(table, each);
      return share === undefined ? looksSelective([each], table, plan) : share <= fewOfValue;
    })
    .map(({ column }) => column);
const fewOfValue = 0.02;

/** Of the index that is there its values, then those of the condition, then one range or order. */
function widerKeys(
  keys: readonly string[],
  wanted: readonly Condition[],
  table: TableFacts,
  order: readonly string[],
) {
  const range = wanted.find(({ kind }) => kind === 'range')?.column;
  const equal = keysFor(
    wanted.filter(({ kind }) => kind === 'equal'),
    table,
  );
  const known = keys.filter((key) => equal.some(({ column }) => column === key));
  const columns = [
    ...known,
    ...equal.map(({ column }) => column).filter((column) => !known.includes(column)),
    ...(range ? [range] : order.filter((column) => keys.includes(column))),
  ];
  return [...new Set(columns)].slice(0, mostKeys).map((column) => ({ column }));
}
