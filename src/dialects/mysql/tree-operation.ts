import { dictionary } from '../../base/dictionary.ts';
import type { Json, Pairs } from '../json-pairs.ts';
import { splitOutside } from '../split-outside.ts';

/**
 * The words of one line of FORMAT=TREE, `Covering index lookup on c1 using i (a = 1)`, → the fields
 * that JSON’s format 2 has for them. A table is known by its alias alone; what the words do not say
 * is left out.
 */
export type Fields = Record<string, Json>;

export function readOperation(operation: string): Fields {
  for (const read of readers) {
    const fields = read(operation);
    if (fields) return { operation, ...fields };
  }
  return { operation };
}

type Reader = (operation: string) => Fields | undefined;

const prefixed =
  (prefix: string, access: string, read: (rest: string) => Fields = () => ({})): Reader =>
  (operation) =>
    operation.startsWith(prefix)
      ? { access_type: access, ...read(operation.slice(prefix.length)) }
      : undefined;

const tableOf = (name: string): Fields => {
  const plain = unquoted(name.trim());
  // What is made for this one execution has no schema; of others it is not told.
  return { table_name: plain, ...(plain.startsWith('<') ? {} : { schema_name: '' }) };
};

const unquoted = (name: string) => name.replace(/^`(.*)`$/, '$1').replaceAll('``', '`');
const named = /^(?:<[^>]*>|`(?:[^`]|``)*`|\S+)/;
const nameAt = (text: string): string => named.exec(text)?.[0] ?? text;

const readers: readonly Reader[] = [
  prefixed('Filter: ', 'filter', (condition) => ({ condition })),
  prefixed('Table scan on ', 'table', (rest) => tableOf(nameAt(rest))),
  readIndexAccess,
  readJoin,
  readSort,
  prefixed('Limit', 'limit'),
  readAggregate,
  readMaterialize,
  prefixed('Append', 'append'),
  prefixed('Stream results', 'stream'),
  prefixed('Window ', 'window'),
  prefixed('Rows fetched before execution', 'rows_fetched_before_execution'),
  prefixed('Zero input rows', 'zero_rows_aggregated'),
  prefixed('Zero rows', 'zero_rows'),
  prefixed('Constant row', 'constant_row'),
  prefixed('Count rows in ', 'count_rows', (rest) => tableOf(nameAt(rest))),
  prefixed('Scan new records on ', 'scan_new_records', (rest) => ({ table_name: nameAt(rest) })),
  prefixed('Deduplicate rows sorted by row ID', 'rowid_union'),
  prefixed('Intersect rows sorted by row ID', 'rowid_intersection'),
  prefixed('Sort-deduplicate by row ID', 'index_merge'),
  prefixed('Remove duplicates from input grouped', 'remove_duplicates_from_groups'),
  prefixed('Remove duplicates from input sorted on ', 'remove_duplicates_on_index', (rest) => ({
    index_name: nameAt(rest),
  })),
  prefixed('Invalidate materialized tables', 'invalidate_materialized_tables'),
  prefixed('Delete from ', 'delete_rows'),
  (operation) =>
    /^Remove duplicate .* \(weedout\)$/.test(operation)
      ? { semijoin_strategy: 'weedout' }
      : undefined,
  (operation) => {
    const target = /^(?:Insert|Replace) into (.+)$/.exec(operation)?.[1];
    return target === undefined ? undefined : tableOf(nameAt(target));
  },
];

const indexAccess =
  /^((?:Single-row )?)((?:covering )?)(Index|Full-text index|Multi-range index) (lookup|scan|search|range scan|skip scan(?: for \w+)?) on /i;
const ways = dictionary<string>({
  lookup: 'index_lookup',
  scan: 'index_scan',
  search: 'full_text_search',
  'range scan': 'index_range_scan',
});

function readIndexAccess(operation: string): Fields | undefined {
  const found = indexAccess.exec(operation);
  if (!found) return undefined;
  const rest = operation.slice(found[0].length);
  const table = nameAt(rest);
  const behind = rest.slice(table.length);
  const using = behind.startsWith(' using ') ? nameAt(behind.slice(' using '.length)) : undefined;
  const kind = (found[4] ?? '').toLowerCase();
  const way = ways[kind] ?? 'index_skip_scan';
  return {
    access_type: 'index',
    ...tableOf(table),
    ...(using ? { index_name: unquoted(using) } : {}),
    index_access_type: using ? way : 'dynamic_index_range_scan',
    covering: (found[2] ?? '') !== '',
    ...(/ \(reverse\)/.test(behind) ? { reverse: true } : {}),
    ...readConditions(behind.slice(using ? ` using ${using}`.length : 0), way),
  };
}

/** ` (a = b.c) , with index condition: (d > 1)`, ` over (1 < a) OR (a < 0)`. */
function readConditions(text: string, way: string): Fields {
  const pushed = text.indexOf(', with index condition: ');
  const own = pushed < 0 ? text : text.slice(0, pushed);
  const fields: Fields =
    pushed < 0
      ? {}
      : { pushed_index_condition: text.slice(pushed + ', with index condition: '.length) };
  if (way === 'index_lookup' || way === 'full_text_search') return { ...fields, ...lookedUp(own) };
  const ranges = / over ([\s\S]*)$/.exec(own)?.[1];
  return ranges === undefined ? fields : { ...fields, key_columns: columnsIn(ranges) };
}

/** `(a = const, b = o.id)`: columns, and what they are compared with. */
function lookedUp(text: string): Fields {
  const inner = /\(([\s\S]*)\)/.exec(text)?.[1] ?? '';
  const pairs = splitOutside(inner, ', ').map((each) => {
    const at = each.search(/ ?(?:=|<=>) ?/);
    return [each.slice(0, at), each.slice(at).replace(/^ ?(?:=|<=>) ?/, '')] as const;
  });
  const known = pairs.filter(([column]) => column !== '');
  return {
    key_columns: known.map(([column]) => column.replaceAll('`', '')),
    lookup_references: known.map(([, value]) => (isColumn.test(value) ? value : 'const')),
  };
}
const isColumn = /^(?:[\p{L}_][\p{L}\p{N}_$]*|`[^`]+`)\.(?:[\p{L}_][\p{L}\p{N}_$]*|`[^`]+`)$/u;

/** Those on the one side of a range, in the order of the index. */
function columnsIn(ranges: string): string[] {
  const outside = ranges.replaceAll(/'(?:[^'\\]|\\.|'')*'/g, "''");
  const found = [...outside.matchAll(/`([^`]+)`|\b([\p{L}_][\p{L}\p{N}_$]*)\b(?!\()/gu)]
    .map(([, quoted, word]) => quoted ?? word ?? '')
    .filter((word) => !words.has(word.toUpperCase()));
  return [...new Set(found)];
}
const words = new Set('OR AND NULL NOT IS IN UNPRINTABLE_BLOB_VALUE'.split(' '));

const joins: [RegExp, Fields][] = [
  [/^Nested loop inner join/, { join_algorithm: 'nested_loop', join_type: 'inner join' }],
  [/^Nested loop left join/, { join_algorithm: 'nested_loop', join_type: 'left join' }],
  [/^Nested loop antijoin/, { join_algorithm: 'nested_loop', join_type: 'antijoin' }],
  [/^Nested loop semijoin/, { join_algorithm: 'nested_loop', join_type: 'semijoin' }],
  [/^Inner hash join/, { join_algorithm: 'hash', join_type: 'inner join' }],
  [/^Left hash join/, { join_algorithm: 'hash', join_type: 'left join' }],
  [/^Hash antijoin/, { join_algorithm: 'hash', join_type: 'antijoin' }],
  [/^Hash semijoin/, { join_algorithm: 'hash', join_type: 'semijoin' }],
];

function readJoin(operation: string): Fields | undefined {
  const [pattern, fields] = joins.find(([each]) => each.test(operation)) ?? [];
  if (!pattern || !fields) return undefined;
  const rest = operation.replace(pattern, '').replace(/^ \((?:FirstMatch|LooseScan)\)/i, '');
  const [hashed = '', extra] = rest.split(', extra conditions: ');
  return {
    access_type: 'join',
    ...fields,
    hash_condition: conditionsIn(hashed, ', '),
    ...(extra === undefined ? {} : { extra_condition: conditionsIn(extra, ' and ') }),
  };
}

const conditionsIn = (text: string, separator: string): string[] =>
  splitOutside(text.trim(), separator).filter((each) => each !== '' && each !== '(no condition)');

function readSort(operation: string): Fields | undefined {
  const found = /^Sort(?: row IDs| with duplicate removal)?: /.exec(operation);
  if (!found) return undefined;
  const keys = operation.slice(found[0].length).replace(/, limit input to \d+ row.*$/, '');
  return { access_type: 'sort', sort_fields: splitOutside(keys, ', ') };
}

function readAggregate(operation: string): Fields | undefined {
  if (operation.startsWith('Aggregate using temporary table'))
    return { access_type: 'temp_table_aggregate' };
  if (operation.startsWith('Aggregate: ')) return { access_type: 'aggregate' };
  if (/^Group (?:aggregate|\(no aggregates\)|\(computed)/.test(operation))
    return { access_type: 'aggregate', group_by: true };
  return undefined;
}

function readMaterialize(operation: string): Fields | undefined {
  if (operation === 'Materialize table function')
    return { access_type: 'materialized_table_function' };
  const fields: Fields = {
    access_type: 'materialize',
    ...(operation.includes('with deduplication') ? { deduplication: true } : {}),
  };
  if (operation.startsWith('Temporary table')) return { ...fields, temp_table: true };
  const kind = /^(?:(Intersect|Except|Union)(?: all)? m|M)aterialize\b/.exec(operation);
  if (!kind) return undefined;
  return kind[1] ? { ...fields, [kind[1].toLowerCase()]: true } : fields;
}

export const toPairs = (fields: Fields): Pairs => ({ pairs: Object.entries(fields) });
