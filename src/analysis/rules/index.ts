import type { Rule } from '../rule.ts';
import { bloat } from './bloat.ts';
import { cartesianProduct } from './cartesian-product.ts';
import { columnsWithoutStatistics } from './columns-without-statistics.ts';
import { convertedColumn } from './converted-column.ts';
import { correlatedColumns } from './correlated-columns.ts';
import { countAll } from './count-all.ts';
import { coveringIndex } from './covering-index.ts';
import { dependentSubquery } from './dependent-subquery.ts';
import { derivedWithoutKey } from './derived-without-key.ts';
import { documentWithoutIndex } from './document-without-index.ts';
import { foreignKeyWithoutIndex } from './foreign-key-without-index.ts';
import { fullScan } from './full-scan.ts';
import { functionOnColumn } from './function-on-column.ts';
import { havingForWhere } from './having-for-where.ts';
import { heapFetches } from './heap-fetches.ts';
import { implicitCast } from './implicit-cast.ts';
import { indexMerge } from './index-merge.ts';
import { invalidIndex } from './invalid-index.ts';
import { jitCost } from './jit-cost.ts';
import { joinBuffer } from './join-buffer.ts';
import { joinCollapseLimit } from './join-collapse-limit.ts';
import { largeOffset } from './large-offset.ts';
import { lossyBitmap } from './lossy-bitmap.ts';
import { lowFiltered } from './low-filtered.ts';
import { materializedCte } from './materialized-cte.ts';
import { memoryGrant } from './memory-grant.ts';
import { misestimate } from './misestimate.ts';
import { nPlusOne } from './n-plus-one.ts';
import { needlessDistinct } from './needless-distinct.ts';
import { nestedLoop } from './nested-loop.ts';
import { neverAnalyzed } from './never-analyzed.ts';
import { noJoinCondition } from './no-join-condition.ts';
import { notInSubquery } from './not-in-subquery.ts';
import { orAcrossTables } from './or-across-tables.ts';
import { orderByRandom } from './order-by-random.ts';
import { partialIndexMissed } from './partial-index-missed.ts';
import { partitionPruningPrevented } from './partition-pruning-prevented.ts';
import { patternWithoutIndex } from './pattern-without-index.ts';
import { planChanged } from './plan-changed.ts';
import { plannerSwitchedOff } from './planner-switched-off.ts';
import { redundantIndex } from './redundant-index.ts';
import { scanForFew } from './scan-for-few.ts';
import { selectStar } from './select-star.ts';
import { sortWithoutIndex } from './sort-without-index.ts';
import { spill } from './spill.ts';
import { staleStatistics } from './stale-statistics.ts';
import { suggestedIndex } from './suggested-index.ts';
import { temporaryFilesort } from './temporary-filesort.ts';
import { unusedIndex } from './unused-index.ts';
import { vacuumOverdue } from './vacuum-overdue.ts';
import { writeAmplification } from './write-amplification.ts';
import { wrongIndexForOrder } from './wrong-index-for-order.ts';

/** Every rule, in the order in which the documentation lists them. */
export const rules: readonly Rule[] = [
  fullScan,
  functionOnColumn,
  implicitCast,
  patternWithoutIndex,
  documentWithoutIndex,
  partialIndexMissed,
  foreignKeyWithoutIndex,
  sortWithoutIndex,
  wrongIndexForOrder,
  misestimate,
  nestedLoop,
  cartesianProduct,
  joinCollapseLimit,
  spill,
  planChanged,
  neverAnalyzed,
  largeOffset,
  jitCost,
  heapFetches,
  lossyBitmap,
  temporaryFilesort,
  joinBuffer,
  dependentSubquery,
  derivedWithoutKey,
  lowFiltered,
  indexMerge,
  coveringIndex,
  bloat,
  correlatedColumns,
  countAll,
  havingForWhere,
  invalidIndex,
  materializedCte,
  nPlusOne,
  notInSubquery,
  orAcrossTables,
  orderByRandom,
  partitionPruningPrevented,
  plannerSwitchedOff,
  redundantIndex,
  selectStar,
  needlessDistinct,
  staleStatistics,
  unusedIndex,
  vacuumOverdue,
  writeAmplification,
  scanForFew,
  suggestedIndex,
  convertedColumn,
  columnsWithoutStatistics,
  memoryGrant,
  noJoinCondition,
];
