import type { Rule } from './rule.ts';
import { columnsWithoutStatistics } from './rules/columns-without-statistics.ts';
import { convertedColumn } from './rules/converted-column.ts';
import { dependentSubquery } from './rules/dependent-subquery.ts';
import { derivedWithoutKey } from './rules/derived-without-key.ts';
import { heapFetches } from './rules/heap-fetches.ts';
import { indexMerge } from './rules/index-merge.ts';
import { jitCost } from './rules/jit-cost.ts';
import { lossyBitmap } from './rules/lossy-bitmap.ts';
import { memoryGrant } from './rules/memory-grant.ts';
import { misestimate } from './rules/misestimate.ts';
import { nestedLoop } from './rules/nested-loop.ts';
import { noJoinCondition } from './rules/no-join-condition.ts';
import { planChanged } from './rules/plan-changed.ts';
import { plannerSwitchedOff } from './rules/planner-switched-off.ts';
import { scanForFew } from './rules/scan-for-few.ts';
import { spill } from './rules/spill.ts';
import { suggestedIndex } from './rules/suggested-index.ts';
import { temporaryFilesort } from './rules/temporary-filesort.ts';

/**
 * The rules that may speak where nothing is known but a plan, or a plan and the one before it: what
 * is sent to a browser. The others need what only a server tells.
 */
export const rulesOfPlan: readonly Rule[] = [
  misestimate,
  nestedLoop,
  spill,
  planChanged,
  jitCost,
  heapFetches,
  lossyBitmap,
  temporaryFilesort,
  dependentSubquery,
  derivedWithoutKey,
  indexMerge,
  plannerSwitchedOff,
  scanForFew,
  suggestedIndex,
  convertedColumn,
  columnsWithoutStatistics,
  memoryGrant,
  noJoinCondition,
];
