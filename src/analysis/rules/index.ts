import type { Rule } from '../rule.ts';
import { fullScan } from './full-scan.ts';
import { functionOnColumn } from './function-on-column.ts';
import { heapFetches } from './heap-fetches.ts';
import { implicitCast } from './implicit-cast.ts';
import { jitCost } from './jit-cost.ts';
import { largeOffset } from './large-offset.ts';
import { lossyBitmap } from './lossy-bitmap.ts';
import { misestimate } from './misestimate.ts';
import { nestedLoop } from './nested-loop.ts';
import { neverAnalyzed } from './never-analyzed.ts';
import { planChanged } from './plan-changed.ts';
import { spill } from './spill.ts';

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
];
