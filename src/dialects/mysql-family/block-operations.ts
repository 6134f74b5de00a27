import { dictionary } from '../../base/dictionary.ts';
import type { Op, PlanNode } from '../../model/plan.ts';
import { get, getNumber, getPairs, getText, getTexts, isPairs, type Pairs } from '../json-pairs.ts';
import { above, inclusiveMs } from '../reading.ts';
import type { BlockContext } from './block-table.ts';
import { redactMysqlExpression } from './text.ts';

/**
 * What is done with the result of a block's tables: sorted, grouped, made unique, kept. Each is a
 * node above what stands inside it.
 */

/** Operations over what stands inside them, as each of the two servers calls them. */
export const operations = dictionary<Op>({
  ordering_operation: 'Sort',
  grouping_operation: 'Aggregate',
  duplicates_removal: 'Unique',
  duplicate_removal: 'Unique',
  windowing: 'WindowAgg',
  buffer_result: 'Materialize',
  buffer: 'Materialize',
  filesort: 'Sort',
  read_sorted_file: 'Sort',
  temporary_table: 'Materialize',
  window_functions_computation: 'WindowAgg',
  expression_cache: 'Materialize',
  materialization: 'Materialize',
  materialized: 'Materialize',
});

export function readOperation(key: string, value: Pairs, context: BlockContext): PlanNode {
  const sortCost = getNumber(getPairs(value, 'cost_info') ?? { pairs: [] }, 'sort_cost') ?? 0;
  const filesort = get(value, 'using_filesort') === true;
  const temporary = get(value, 'using_temporary_table') === true;
  switch (key) {
    case 'ordering_operation': {
      if (!filesort) return withFlags(context.content(value), temporary);
      // Without a temporary table the first table's rows are sorted, before anything is joined to
      // them.
      if (!temporary && Array.isArray(get(value, 'nested_loop')))
        return context.content(value, { cost: sortCost, native: key });
      return withFlags(sorted(context.content(value), key, sortCost), temporary);
    }
    case 'grouping_operation': {
      const content = context.content(value);
      const node = above('Aggregate', key, filesort ? sorted(content, key, sortCost) : content);
      node.group = { strategy: temporary ? 'Hashed' : 'Sorted', keys: [] };
      return withFlags(node, temporary);
    }
    case 'windowing': {
      const windows = get(value, 'windows');
      const keys = Array.isArray(windows)
        ? windows.filter(isPairs).flatMap((each) => getTexts(each, 'filesort_key'))
        : [];
      const content = context.content(value);
      return above('WindowAgg', key, keys.length ? sorted(content, key, sortCost, keys) : content);
    }
    case 'window_functions_computation': {
      const sorts = get(value, 'sorts');
      const keys = Array.isArray(sorts)
        ? sorts.filter(isPairs).flatMap((each) => sortKeys(getPairs(each, 'filesort')))
        : [];
      return above('WindowAgg', key, sorted(context.content(value), key, 0, keys));
    }
    case 'filesort':
      return sorted(context.content(value), key, 0, sortKeys(value), value);
    case 'read_sorted_file':
      return context.content(value);
    default:
      return withFlags(
        above(operations[key] as Op, key, context.content(value)),
        temporary || key === 'temporary_table',
      );
  }
}

export function withFlags(node: PlanNode, temporary: boolean): PlanNode {
  if (temporary) node.ext['temporaryTable'] = true;
  return node;
}

/** `orders.total desc, id`. */
const sortKeys = (filesort: Pairs | undefined): string[] =>
  splitKeys((filesort && getText(filesort, 'sort_key')) ?? '');

const splitKeys = (text: string): string[] =>
  text === '' ? [] : redactMysqlExpression(text).split(/, (?![^()]*\))/);

export function sorted(
  child: PlanNode,
  native: string,
  cost: number,
  keys: readonly string[] = [],
  measured?: Pairs,
): PlanNode {
  const node = above('Sort', native, child);
  node.est = { ...node.est, totalCost: node.est.totalCost + cost };
  node.sort = { keys: keys.map(redactMysqlExpression) };
  node.ext['filesort'] = true;
  const own = measured && getNumber(measured, 'r_total_time_ms');
  if (own !== undefined) {
    // A table is read by the sort, and in its time; a temporary one was filled before it began.
    const ms = own + (child.nativeOp === 'temporary_table' ? inclusiveMs(child) : 0);
    const loops = Math.max(1, getNumber(measured as Pairs, 'r_loops') ?? 1);
    node.act = {
      startupMs: 0,
      totalMs: ms / loops,
      rows: getNumber(measured as Pairs, 'r_output_rows') ?? 0,
      loops,
    };
  }
  return node;
}
