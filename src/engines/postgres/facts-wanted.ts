import { type Plan, preorder } from '../../model/plan.ts';
import type { QueryShape } from '../../model/query-shape.ts';
import type { TableFacts } from '../../model/statistics.ts';
import type { RelationEntry } from './catalog.ts';
import type { WantedTable } from './facts-catalog.ts';
import type { ParsedStatement } from './parse.ts';

/** Of which tables and columns something is to be known, by a text and by its plan. Pure. */

/** Names in one statement's conditions, order and groups; what is beyond is not looked up. */
const mostColumns = 128;
/**
 * Tables of a plan that its text does not name: partitions, children, what a view stands on. They
 * are alike where there are many.
 */
export const mostMembers = 16;

/** Of a text that is asked about again: a list that nobody changes. */
const spokenOf = new WeakMap<QueryShape, readonly string[]>();

function columnsSpokenOf(shape: QueryShape): readonly string[] {
  const known = spokenOf.get(shape) ?? readColumns(shape);
  spokenOf.set(shape, known);
  return known;
}

const readColumns = (shape: QueryShape): string[] => {
  const compared = shape.comparisons.flatMap(({ column, other }) =>
    other ? [column, other.column] : [column],
  );
  const listed = [
    ...(shape.orderBy ?? []),
    ...(shape.groupBy ?? []),
    ...(shape.aggregates ?? []),
    // `sum(CASE status …)`: an index may answer for a total if it has all of this.
    ...(shape.aggregates?.length ? (shape.reads ?? []) : []),
    ...(shape.numbered?.groups ?? []),
    ...(shape.numbered?.orderBy ?? []),
    ...(shape.distinctParts ?? []).flatMap(({ columns }) => (columns.length === 1 ? columns : [])),
  ].flatMap((each) => ('column' in each && each.column ? [each.column] : []));
  return [...new Set([...compared, ...listed])].slice(0, mostColumns);
};

/** Views and foreign tables have nothing to look up. */
const isTable = ({ kind }: RelationEntry) => kind === 'r' || kind === 'p' || kind === 'm';

/** Those that the text names, as they were found. */
export function tablesSpokenOf(
  { shape, rights }: Pick<ParsedStatement, 'shape' | 'rights'>,
  relations: readonly RelationEntry[],
): WantedTable[] {
  const columns = columnsSpokenOf(shape);
  const written = new Set(
    rights.flatMap(({ right, name }) => (right === 'delete' || right === 'update' ? [name] : [])),
  );
  return [...new Set(relations)].filter(isTable).map(({ schema, name }) => ({
    schema,
    name,
    columns,
    written: written.has(name),
  }));
}

const bare = (column: string): string => column.split('.').at(-1) ?? column;

/** Those that the plan reads, and what it asks of them; the first members of those it has. */
export function tablesOfPlan(
  { root }: Plan,
  shape: QueryShape,
  known: readonly TableFacts[],
): WantedTable[] {
  const nodes = preorder(root);
  const asked = nodes.flatMap(({ predicates, join }) =>
    [...Object.values(predicates).flat(), ...(join?.condition ?? [])].flatMap(({ columns }) =>
      columns.map(bare),
    ),
  );
  const columns = [...new Set([...columnsSpokenOf(shape), ...asked])].slice(0, mostColumns);
  const named = new Map(
    nodes.flatMap(({ relation }) => {
      if (relation?.kind !== 'table' || relation.schema === undefined) return [];
      const { schema, name } = relation;
      return [[JSON.stringify([schema, name]), { schema, name, columns, written: false }] as const];
    }),
  );
  const isKnown = ({ schema, name }: { schema: string; name: string }) =>
    known.some((facts) => facts.schema === schema && facts.name === name);
  const tables = [...named.values()];
  const members = tables.filter((table) => !isKnown(table)).slice(0, mostMembers);
  return [...tables.filter(isKnown), ...members];
}

/** Kept with the plan: of columns, those that it speaks of; who refers to what it changes. */
export function narrowed(
  { columns = [], referencedBy = [], ...rest }: TableFacts,
  wanted: readonly string[],
  { kind, sets = [] }: Pick<QueryShape, 'kind' | 'sets'>,
): TableFacts {
  const referring = referencedBy.filter(
    ({ references = [] }) => kind === 'delete' || references.some((each) => sets.includes(each)),
  );
  return {
    ...rest,
    columns: columns.filter(({ name }) => wanted.includes(name)),
    ...(referring.length > 0 ? { referencedBy: referring } : {}),
  };
}
