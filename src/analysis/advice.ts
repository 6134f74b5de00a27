import type { EngineName } from '../model/engine-name.ts';
import type { Plan, PlanNode, Predicate } from '../model/plan.ts';
import type { Comparison } from '../model/query-shape.ts';
import type { ColumnFacts, TableFacts } from '../model/statistics.ts';
import { reservedWords } from './reserved-words.ts';

/**
 * Advice as SQL. Every text made here runs as it is: names are quoted, columns are the table's own,
 * and what would not run, or not help (an index on a JSON document, for a pattern, for one side of
 * an OR), is left to words: then these functions say undefined.
 */
const mostKeys = 3;
/**
 * InnoDB's limit of an index in bytes; and what is indexed of a column that is longer or has no
 * length.
 */
const longestKey = 3_072;
const prefixLetters = 64;

export function sqlName(engine: EngineName, name: string): string {
  if (engine !== 'postgres') return `\`${name.replaceAll('`', '``')}\``;
  return /^[a-z_][a-z0-9_]*$/.test(name) && !reservedWords.has(name)
    ? name
    : `"${name.replaceAll('"', '""')}"`;
}

export const sqlTable = (
  engine: EngineName,
  { schema, name }: { schema?: string; name: string },
): string => `${schema ? `${sqlName(engine, schema)}.` : ''}${sqlName(engine, name)}`;

/** One column, or one call around it, as an index's key. */
export interface Key {
  column: string;
  function?: string;
}

/** An index that is made while others read and write, in the engine's own words. */
export function createIndex(
  { engine }: Pick<Plan, 'engine'>,
  table: TableFacts,
  keys: readonly Key[],
): string | undefined {
  const used = keys.slice(0, mostKeys);
  const columns = used.map(({ column }) => columnOf(table, column));
  if (used.length === 0 || columns.some((each) => each === undefined)) return undefined;
  const written = keysOf(engine, used, columns as ColumnFacts[]);
  if (written === undefined) return undefined;
  const name = sqlTable(engine, table);
  if (engine === 'postgres') return `CREATE INDEX CONCURRENTLY ON ${name} (${written});`;
  // An index on an expression is one on a hidden column: writers wait while it is made. Other
  // engines than InnoDB copy the table.
  const online =
    table.engine !== undefined && table.engine !== 'InnoDB' ? '' : ', ALGORITHM=INPLACE, LOCK=NONE';
  return `ALTER TABLE ${name} ADD INDEX (${written})${used.some((key) => key.function) ? '' : online};`;
}

/**
 * The table's own column of that name; where its columns are not known, the name is taken on trust.
 */
function columnOf({ columns }: TableFacts, name: string): ColumnFacts | undefined {
  if (!columns) return { name, type: '' };
  return (
    columns.find((each) => each.name === name) ??
    columns.find((each) => each.name.toLowerCase() === name.toLowerCase())
  );
}

const withoutOrder = /^(?:json|geometry|point|linestring|polygon|multi\w+|geom\w+|vector|\w*blob)$/;
const withoutLength = /text$/;

function keysOf(
  engine: EngineName,
  keys: readonly Key[],
  columns: readonly ColumnFacts[],
): string | undefined {
  if (engine === 'postgres')
    return keys
      .map((key) =>
        key.function
          ? `${key.function}(${sqlName(engine, key.column)})`
          : sqlName(engine, key.column),
      )
      .join(', ');
  if (columns.some(({ type }) => withoutOrder.test(type))) return undefined;
  if (keys.some(({ function: call }) => call))
    return engine === 'mysql' ? functionalKey(keys, columns) : undefined;
  const short =
    columns.reduce((sum, { bytes = 8, type }) => sum + (withoutLength.test(type) ? 0 : bytes), 0) <=
    longestKey;
  return columns
    .map(({ name, type, bytes = 0 }) => {
      const cut = withoutLength.test(type) || (!short && bytes > 4 * prefixLetters);
      return `${sqlName(engine, name)}${cut ? `(${prefixLetters})` : ''}`;
    })
    .join(', ');
}

/** MySQL: the value must have a length, and be the same on every day and in every session. */
function functionalKey(keys: readonly Key[], columns: readonly ColumnFacts[]): string | undefined {
  const sound = keys.every(({ function: call }, i) => {
    const type = columns[i]?.type ?? '';
    return (
      call === undefined ||
      (!withoutLength.test(type) && (!datePart.has(call) || type === 'date' || type === 'datetime'))
    );
  });
  if (!sound) return undefined;
  return keys
    .map(({ function: call }, i) => {
      const name = sqlName('mysql', columns[i]?.name ?? '');
      return call ? `(${call}(${name}))` : name;
    })
    .join(', ');
}

const datePart = new Set(
  'date,year,month,day,dayofmonth,dayofyear,hour,minute,second,quarter'.split(','),
);
const ofMysql = new Set([
  ...'lower,upper,lcase,ucase,trim,ltrim,rtrim,reverse,length,char_length,character_length,abs,floor,ceil,ceiling,sign,hex,md5,sha1,ascii,crc32'.split(
    ',',
  ),
  ...datePart,
]);
const ofPostgres = new Set(
  'lower,upper,btrim,ltrim,rtrim,reverse,length,char_length,octet_length,abs,floor,ceil,ceiling,sign,md5,ascii,initcap'.split(
    ',',
  ),
);

/**
 * The call around the column, where an index on it can be written: one argument, and the same
 * result for ever.
 */
export function indexableCall(
  engine: EngineName,
  { column, function: call, cast, sole }: Comparison,
): Key | undefined {
  if (!call || cast || !sole) return undefined;
  const allowed =
    engine === 'postgres' ? ofPostgres : engine === 'mysql' ? ofMysql : new Set<string>();
  return allowed.has(call) ? { column, function: call } : undefined;
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
export function keysFor(conditions: readonly Condition[], known: readonly string[] = []): Key[] {
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
  const drop = `DROP INDEX CONCURRENTLY ${sqlTable(engine, { schema: table.schema, name })};`;
  const columns = keys.map((key) => sqlName(engine, key)).join(', ');
  const anew =
    partial || keys.some((key) => key.includes('('))
      ? ' -- then build it anew as it was defined'
      : ` CREATE ${unique ? 'UNIQUE ' : ''}INDEX CONCURRENTLY ON ${sqlTable(engine, table)} (${columns});`;
  return { message: `the index ${name} is there and invalid`, fix: drop + anew };
}
