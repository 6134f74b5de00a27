import type { Row } from '../row.ts';

/**
 * What the server gives a session that asks for nothing else, in bytes as it prints it: read with
 * the server's identity, at no further query. What an application sets in its own sessions nobody
 * else sees.
 */
const sizes = [
  'sort_buffer_size',
  'join_buffer_size',
  'tmp_table_size',
  'max_heap_table_size',
  'innodb_buffer_pool_size',
] as const;

/** As columns of a SELECT; `more`: what only one of the products has. */
export const settingColumns = (more: readonly string[] = []): string =>
  [...sizes, ...more, 'optimizer_switch'].map((name) => `@@GLOBAL.${name} AS ${name}`).join(', ');

/**
 * Switches that are on in a fresh server, and that make plans worse where they are off. The names
 * are those of both products; what one does not have it does not print.
 */
const wanted = new Set(
  (
    'index_merge,index_merge_union,index_merge_sort_union,index_merge_intersection,' +
    'index_condition_pushdown,block_nested_loop,semijoin,materialization,firstmatch,loosescan,' +
    'duplicateweedout,derived_merge,use_index_extensions,condition_fanout_filter,skip_scan,' +
    'prefer_ordering_index,derived_condition_pushdown,derived_with_keys,in_to_exists,' +
    'exists_to_in,semijoin_with_cache,subquery_cache,join_cache_hashed,join_cache_bka,' +
    'extended_keys,table_elimination,condition_pushdown_for_derived,split_materialized,' +
    'rowid_filter,orderby_uses_equalities'
  ).split(','),
);

/** By the server's own names; `optimizer_switch` names only what is off and should be on. */
export function settingsOf(row: Row, more: readonly string[] = []): Record<string, string> {
  const known = [...sizes, ...more].flatMap((name) => {
    const value = row[name];
    return value == null ? [] : [[name, value] as const];
  });
  const off = (row['optimizer_switch'] ?? '')
    .split(',')
    .filter((each) => each.endsWith('=off') && wanted.has(each.slice(0, -'=off'.length)));
  return {
    ...Object.fromEntries(known),
    ...(off.length ? { optimizer_switch: off.join(',') } : {}),
  };
}
