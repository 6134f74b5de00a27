import { isPairs, type Json, type Pairs } from '../json-pairs.ts';
import { type Reading, type Unread, unknownSteps } from '../reading.ts';

/**
 * Keys of a JSON plan that are neither read nor left out on purpose. Those that are known are all
 * that MySQL 8–9 and MariaDB 10.6–11 print.
 */
const known = new Set(
  (
    'access_type actual_first_row_ms actual_last_row_ms actual_loops actual_rows alias ' +
    'attached_condition backward_index_scan block-nl-join buffer_result buffer_size buffer_type ' +
    'cacheable condition const_condition cost cost_info covering cte data_read_per_join ' +
    'deduplication delete dependent distinct duplicates_removal estimated_first_row_cost ' +
    'estimated_rows estimated_total_cost eval_cost expression_cache extra_condition filesort ' +
    'filesort_key filter_columns filtered first_match full_scan_on_null_key functions group_by ' +
    'group_by_subqueries grouping_operation hash_condition having_condition having_subqueries ' +
    'heading impossible_condition index_access_type index_condition index_condition_bka ' +
    'index_for_group_by index_merge index_name inputs inputs_from_select_list insert insert_from ' +
    'insert_values join_algorithm join_columns join_preparation join_type json_schema_version ' +
    'key key_columns key_length limit limit_offset lookup_condition lookup_references loops ' +
    'loosescan materialization materialized materialized_from_subquery message mrr_type name ' +
    'nested_loop not_exists operation optimized_away_subqueries order_by_subqueries ' +
    'ordering_operation pages_accessed partitions per_chunk_limit possible_keys prefix_cost ' +
    'pushdown_condition pushed_index_condition query query_block query_cost query_optimization ' +
    'query_plan query_spec query_specifications query_type r_buffer_size r_effective_rows ' +
    'r_engine_stats r_filling_time_ms r_filtered r_hit_ratio r_icp_filtered r_index_rows ' +
    'r_limit r_lookups r_loops r_other_time_ms r_output_rows r_partial_match_buffer_size ' +
    'r_partial_match_loops r_rows r_selectivity_pct r_sort_mode r_sort_passes r_strategy ' +
    'r_table_loops r_table_time_ms r_total_filtered r_total_time_ms r_unpack_ops ' +
    'r_unpack_time_ms r_unzip_time_ms r_used_priority_queue range range-checked-for-each-record ' +
    'range_checked_for_each_record ranges read_cost read_sorted_file recursive recursive_union ' +
    'ref rejoin_tables reverse rowid_filter rows rows_examined_per_scan rows_produced_per_join ' +
    'schema_name secondary_engine select_id select_list_subqueries selectivity_pct semi_join ' +
    'semijoin_strategy sharing_temporary_table_with skip_scan sort_cost sort_fields sort_key ' +
    'sorts state subqueries subquery subquery_location table table_function table_name tables ' +
    'temp_table temporary_table union union_result unique update update_value_subqueries ' +
    'used_columns used_key_parts using_MRR using_filesort using_index using_index_for_group_by ' +
    'using_index_for_skip_scan using_join_buffer using_temporary_table windowing windows ' +
    'window_functions_computation zero_rows_cause rebuild_cost ' +
    'duplicate_removal except except_result intersect intersect_result unary_result fake_result ' +
    'attached_subqueries rollup keys index_sort_union index_union index_intersect ' +
    'cache_invalidators ft_hints last_executed_window outer_ref_condition rematerialize replace ' +
    'lateral buffering frame_buffer optimized_frame_evaluation definition_position multi_pass'
  ).split(' '),
);

export const withUnread = <T extends Reading>(top: Pairs, reading: T): T => ({
  ...reading,
  unread: [...unreadKeys(top), ...unknownSteps(reading.root)],
});

/** Each once, in the order of the text. */
export function unreadKeys(top: Pairs): Unread[] {
  const found = new Set<string>();
  const waiting: Json[] = [top];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
    if (Array.isArray(next)) for (const each of next.toReversed()) waiting.push(each);
    else if (isPairs(next)) {
      for (const [key] of next.pairs) if (!isKnown(key)) found.add(key);
      for (const [, value] of next.pairs.toReversed()) waiting.push(value);
    }
  return [...found].map((piece) => ({ piece, says: `"${piece}"`.length > 60 ? 'a key' : piece }));
}

/** Subqueries and tables of a block may be numbered; index merges name theirs. */
const isKnown = (key: string) => known.has(key) || known.has(key.replace(/[-_]?\d+$/, ''));
