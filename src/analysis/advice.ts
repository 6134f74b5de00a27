import { dialectOf } from '../dialects/index.ts';
import type { IndexKey } from '../dialects/index-keys.ts';
import type { Plan, PlanNode, Predicate } from '../model/plan.ts';
import type { Comparison } from '../model/query-shape.ts';
import type { TableFacts } from '../model/statistics.ts';

/**
 * Advice as SQL. Every text made here runs as it is: names are quoted, columns are the table's own,
 * and what would not run, or not help (an index on a JSON document, for a pattern, for one side of
 * an OR), is left to words: then these functions say undefined.
 */
const mostKeys = 3;
export const sqlTable = (
  { engine }: Pick<Plan, 'engine'>,
  { schema, name }: { schema?: string; name: string },
): string => {
  const { quote } = dialectOf(engine).sql;
  return schema ? `${quote(schema)}.${quote(name)}` : quote(name);
};

/** An index that is made while others read and write, in the engine's own words. */
export const createIndex = (
  { engine }: Pick<Plan, 'engine'>,
  table: TableFacts,
  keys: readonly IndexKey[],
): string | undefined => dialectOf(engine).sql.createIndex(table, keys.slice(0, mostKeys));

/**
 * The call around the column, where an index on it can be written: one argument, and the same
 * result for ever.
 */
export function indexableCall(
  { engine }: Pick<Plan, 'engine'>,
  { column, function: call, cast, sole }: Comparison,
): IndexKey | undefined {
  if (!call || cast || !sole) return undefined;
  return dialectOf(engine).sql.indexableCalls.has(call) ? { column, function: call } : undefined;
}

/** What a condition asks of a column of this table: one value or a few, or a range. */
export interface Condition {
  column: string;
  kind: 'equal' | 'range';
  /** Compared with a column of another table: `o.customer_id`. */
  other?: string;
}

const name = String.raw`(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)`;
const column = String.raw`((?:${name}\.)*${name})`;
// PostgreSQL writes a varchar as `(email)::text`.
const left = String.raw`\(?${column}\)?(?:::(?:text|bpchar))?`;
const value = String.raw`(\$\d+|\?|'|\(|-|ANY \(|${column})`;
const comparison = new RegExp(
  String.raw`(^|and |\()(${left}) (=|<=>|<=|>=|<|>|in|between|is null)(?: ${value}|$|\))`,
  'giu',
);
const mirrored = new RegExp(
  String.raw`(^|and |\()${column} (=|<=>|<=|>=|<|>) ${column}(?=$|\)| and)`,
  'giu',
);

/** Conditions that an index on their columns would serve: none within an OR, a NOT or a call. */
export function conditionsOn(node: PlanNode, predicates: readonly Predicate[]): Condition[] {
  const alias = node.relation?.alias ?? node.relation?.name ?? '';
  const found = predicates.flatMap(({ text }) =>
    /\b(?:or|not|case|if)\b/i.test(withoutNames(text)) ? [] : readConditions(text, alias),
  );
  return [
    ...new Map(
      found
        .toSorted((a, b) => Number(a.kind === 'range') - Number(b.kind === 'range'))
        .map((each) => [each.column, each]),
    ).values(),
  ];
}

const withoutNames = (text: string) => text.replaceAll(/"(?:[^"]|"")*"/g, '""');

function readConditions(text: string, alias: string): Condition[] {
  const kindOf = (operator = '') =>
    /^(?:=|<=>|in|is null)$/i.test(operator) ? ('equal' as const) : ('range' as const);
  const outright = [...text.matchAll(comparison)].flatMap((match): Condition[] => {
    if (isCall(text, match.index, match[1])) return [];
    const own = ownColumn(match[3], alias);
    const other = match[6];
    return own ? [{ column: own, kind: kindOf(match[4]), ...(other ? { other } : {}) }] : [];
  });
  const turned = [...text.matchAll(mirrored)].flatMap((match): Condition[] => {
    if (isCall(text, match.index, match[1])) return [];
    const own = ownColumn(match[4], alias);
    return own && ownColumn(match[2], alias) === undefined
      ? [{ column: own, kind: kindOf(match[3]), other: match[2] ?? '' }]
      : [];
  });
  return [...outright, ...turned];
}

/** `concat(a = …`: the parenthesis is a call's. */
const isCall = (text: string, at: number, before = '') =>
  before === '(' &&
  /[\w"]$/.test(text.slice(Math.max(0, at - 4), at)) &&
  !/\band$/i.test(text.slice(Math.max(0, at - 4), at));

function ownColumn(text: string | undefined, alias: string): string | undefined {
  const parts = [...(text ?? '').matchAll(new RegExp(name, 'gu'))].map(([part]) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part,
  );
  const qualifier = parts.at(-2);
  return qualifier === undefined || qualifier.toLowerCase() === alias.toLowerCase()
    ? parts.at(-1)
    : undefined;
}

/** Equalities first; behind them one range, after which an index helps no more. */
export function keysFor(
  conditions: readonly Condition[],
  known: readonly string[] = [],
): IndexKey[] {
  const wanted = conditions.filter(({ column }) => !known.includes(column));
  const equal = wanted.filter(({ kind }) => kind === 'equal').map(({ column }) => ({ column }));
  const [range] = wanted.filter(({ kind }) => kind === 'range').map(({ column }) => ({ column }));
  return range ? [...equal, range] : equal;
}

/**
 * An index of that kind is there, and invalid since its building failed (PostgreSQL): another
 * beside it would help, and leave this one to slow down every write.
 */
export function rebuildIndex(
  { engine }: Pick<Plan, 'engine'>,
  table: TableFacts,
  fits: (keys: readonly string[]) => boolean,
): { message: string; fix: string } | undefined {
  const broken = table.invalidIndexes?.find(({ keys }) => fits(keys));
  if (!broken) return undefined;
  const { name, keys, unique, partial } = broken;
  const { createIndex, dropIndex } = dialectOf(engine).sql;
  const simple = !partial && keys.every((key) => !key.includes('('));
  const anew = simple
    ? createIndex(
        table,
        keys.map((column) => ({ column })),
        { unique },
      )
    : undefined;
  return {
    message: `the index ${name} is there and invalid`,
    fix: `${dropIndex(table, name)} ${anew ?? '-- then build it anew as it was defined'}`,
  };
}
