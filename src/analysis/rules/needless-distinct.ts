import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import type { DistinctPart, NamedColumn, QueryShape } from '../../model/query-shape.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { index, node, outer, seqScan, table } from '../examples.ts';
import { count, type Rule, type RuleContext, threshold } from '../rule.ts';
import { shareOf } from '../shares.ts';

const leastRows = threshold(
  2_000,
  'rows looked through for duplicates',
  'fewer are hashed or sorted in about a millisecond',
);

const unique = (rows: number) =>
  node('Unique', { rows, cost: rows / 4 }, [
    outer(
      node('Sort', { 'Sort Key': ['id'], rows, cost: rows / 5 }, [
        outer(seqScan('orders', { rows, cost: rows / 50 })),
      ]),
    ),
  ]);
const orders = table('orders', 60_000, {
  indexes: [index('orders_pkey', ['id'], { unique: true })],
});
const customers = table('customers', 6_000, {
  indexes: [index('customers_pkey', ['id'], { unique: true })],
});
const listing = (columns: string[], more: Partial<DistinctPart> = {}): DistinctPart => ({
  columns: columns.map((column) => ({ column, qualifier: 'orders' })),
  constants: [],
  relations: [{ name: 'orders' }],
  ...more,
});
const shaped = (...distinctParts: DistinctPart[]): Partial<QueryShape> => ({
  kind: 'select',
  distinctParts,
});
const both = [{ name: 'orders' }, { name: 'customers' }];
const joined = (column: string): Partial<QueryShape> => ({
  ...shaped(listing(['id'], { relations: both })),
  comparisons: [
    {
      column: 'customer_id',
      qualifier: 'orders',
      operator: '=',
      with: 'column',
      other: { column, qualifier: 'customers' },
    },
  ],
});

export const needlessDistinct: Rule = {
  id: 'needless-distinct',
  title: 'Duplicates are looked for where there can be none',
  category: 'statement',
  why:
    'The list has a key in it, or the parts of the UNION name themselves: no row can come twice, ' +
    'and yet all are sorted or hashed to see whether one does.',
  fix: 'Leave DISTINCT out; say UNION ALL in the place of UNION.',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables', 'shape'], actual: ['tables', 'shape'] },
  thresholds: { leastRows },
  examples: [
    {
      name: 'the key is in the list',
      finds: true,
      plan: unique(60_000),
      shape: shaped(listing(['id', 'total'])),
      facts: [orders],
    },
    {
      name: 'joined with what it refers to: one row each',
      finds: true,
      plan: unique(60_000),
      shape: joined('id'),
      facts: [orders, customers],
    },
    {
      name: 'each part of the UNION has a name of its own',
      finds: true,
      plan: unique(60_000),
      shape: shaped(listing(['id'], { constants: [1] }), listing(['id'], { constants: [1] })),
      facts: [orders],
    },
    {
      name: 'parts of one table, told apart by one column',
      finds: true,
      plan: unique(60_000),
      shape: shaped(listing(['id'], { asks: ['status'] }), listing(['id'], { asks: ['status'] })),
      facts: [orders],
    },
    {
      name: 'parts that ask of several columns may find the same',
      finds: false,
      plan: unique(60_000),
      shape: shaped(listing(['id'], { asks: ['status'] }), listing(['id'], { asks: ['total'] })),
      facts: [orders],
    },
    {
      name: 'no key in the list: it matters',
      finds: false,
      plan: unique(60_000),
      shape: shaped(listing(['status'])),
      facts: [orders],
    },
    {
      name: 'joined with what may have several rows',
      finds: false,
      plan: unique(60_000),
      shape: joined('region'),
      facts: [orders, customers],
    },
    {
      name: 'parts of a UNION that may find the same',
      finds: false,
      plan: unique(60_000),
      shape: shaped(listing(['id']), listing(['id'])),
      facts: [orders],
    },
    {
      name: 'a handful of rows',
      finds: false,
      plan: unique(60),
      shape: shaped(listing(['id'])),
      facts: [orders],
    },
  ],
  check(plan, context) {
    const { shape } = context;
    const parts = shape?.distinctParts;
    if (!shape || !parts?.length || !parts.every((part) => isWithout(part, shape, context)))
      return [];
    const united = parts.length > 1;
    if (united && !tellThemselves(parts)) return [];
    const names = namesOf(parts);
    const nodes = removing(plan);
    const rows = Math.max(0, ...nodes.flatMap(({ children }) => children.map(rowsOf)));
    if (nodes.length === 0 || rows < leastRows.value) return [];
    const what = united ? 'UNION of parts that have nothing in common' : 'DISTINCT over a key';
    return [
      {
        message: `${names}: ${what} looks through about ${count(rows)} rows for duplicates`,
        fix: united ? 'Say UNION ALL in the place of UNION.' : 'Leave DISTINCT out.',
        nodes: nodes.map(({ id }) => id),
        saves: Math.max(leastSaved, shareOf(...nodes, ...sortsFor(nodes))),
      },
    ];
  },
};

/** Where the plan prints no cost of it (MySQL's temporary table). */
const leastSaved = 0.2;

/** What removes duplicates: the outermost node of that kind, with what it hashes or sorts. */
function removing({ root }: Plan): PlanNode[] {
  const found = preorder(root).find(
    (node) =>
      node.op === 'Unique' ||
      (node.op === 'Aggregate' && node.group !== undefined && node.group.strategy !== 'Plain') ||
      node.op === 'SetOp' ||
      node.ext['temporaryTable'] === true,
  );
  return found ? [found] : [];
}

const sortsFor = (nodes: readonly PlanNode[]): PlanNode[] =>
  nodes.flatMap(({ children }) =>
    children.filter(({ op }) => op === 'Sort' || op === 'IncrementalSort'),
  );

const rowsOf = ({ est }: PlanNode): number => est.rows;

/** No row comes twice: a key of one table is in the list, and each other has one row for it. */
function isWithout(part: DistinctPart, shape: QueryShape, context: RuleContext): boolean {
  if (part.listsGroups) return true;
  if (!part.relations?.length) return false;
  const read = part.relations.map((relation) => {
    const facts = context.facts.find(
      ({ name, schema }) =>
        name.toLowerCase() === relation.name.toLowerCase() &&
        (relation.schema === undefined || schema === relation.schema),
    );
    return { called: relation.alias ?? relation.name, facts };
  });
  const alone = read.length === 1;
  return read.some(({ called, facts }) => {
    const listed = part.columns.filter(
      ({ qualifier }) => isSame(qualifier, called) || (alone && qualifier === undefined),
    );
    return (
      facts !== undefined &&
      hasKey(facts, listed) &&
      read.every((other) => other.called === called || oneRow(other, shape))
    );
  });
}

const isSame = (qualifier: string | undefined, called: string): boolean =>
  qualifier?.toLowerCase() === called.toLowerCase();

const hasKey = (
  { indexes, columns: known }: TableFacts,
  columns: readonly NamedColumn[],
): boolean =>
  indexes.some(
    ({ unique, partial, keys }) =>
      unique &&
      !partial &&
      keys.every(
        (key) => !isNullable(known, key) && columns.some(({ column }) => isSame(column, key)),
      ),
  );

/** A unique index has any number of rows without a value. */
const isNullable = (columns: TableFacts['columns'], key: string): boolean =>
  columns?.some(({ name, nullable }) => isSame(name, key) && nullable === true) ?? false;

/** It is joined by the whole of one of its keys. */
function oneRow(
  { called, facts }: { called: string; facts: TableFacts | undefined },
  shape: QueryShape,
) {
  if (!facts) return false;
  const joined = shape.comparisons.flatMap(
    ({ column, qualifier, operator, other, inOr, wrapped }): NamedColumn[] => {
      if (operator !== '=' || !other || inOr || wrapped) return [];
      if (isSame(qualifier, called)) return [{ column }];
      return isSame(other.qualifier, called) ? [{ column: other.column }] : [];
    },
  );
  return hasKey(facts, joined);
}

/**
 * A constant at the same place of each: what names the part it comes from; or parts of one table,
 * told apart by what they ask of one column.
 */
function tellThemselves([first, ...others]: readonly DistinctPart[]): boolean {
  const named = first?.constants.some((place) =>
    others.every(({ constants }) => constants.includes(place)),
  );
  const [asked, ...more] = first?.asks ?? [];
  const [table, ...joined] = first?.relations ?? [];
  const split =
    asked !== undefined &&
    table !== undefined &&
    more.length + joined.length === 0 &&
    others.every(
      ({ asks = [], relations = [] }) =>
        asks.length === 1 &&
        asks[0] === asked &&
        relations.length === 1 &&
        relations[0]?.name === table.name,
    );
  return named === true || split;
}

const namesOf = (parts: readonly DistinctPart[]): string =>
  [...new Set(parts.flatMap(({ relations = [] }) => relations.map(({ name }) => name)))].join(
    ', ',
  ) || 'groups';
