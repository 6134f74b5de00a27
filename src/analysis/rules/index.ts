import type { Rule } from '../rule.ts';
import { dependentSubquery } from './dependent-subquery.ts';
import { derivedWithoutKey } from './derived-without-key.ts';
import { fullScan } from './full-scan.ts';
import { functionOnColumn } from './function-on-column.ts';
import { heapFetches } from './heap-fetches.ts';
import { implicitCast } from './implicit-cast.ts';
import { indexMerge } from './index-merge.ts';
import { jitCost } from './jit-cost.ts';
import { joinBuffer } from './join-buffer.ts';
import { largeOffset } from './large-offset.ts';
import { lossyBitmap } from './lossy-bitmap.ts';
import { lowFiltered } from './low-filtered.ts';
import { misestimate } from './misestimate.ts';
import { nestedLoop } from './nested-loop.ts';
import { neverAnalyzed } from './never-analyzed.ts';
import { planChanged } from './plan-changed.ts';
import { spill } from './spill.ts';
import { temporaryFilesort } from './temporary-filesort.ts';

/** Every rule, in the order in which the documentation lists them. */
export const rules: readonly Rule[] = [
  fullScan,
  functionOnColumn,
  implicitCast,
  misestimate,
  nestedLoop,
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
];
