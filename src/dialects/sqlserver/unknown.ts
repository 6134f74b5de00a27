import type { Unread } from '../reading.ts';
import { attributeNames, child, type Element } from '../xml.ts';

/** What the published schema of showplan has at an operator; what is newer is told, not dropped. */
const attributes = new Set([
  ...'NodeId PhysicalOp LogicalOp Parallel Partitioned RemoteDataAccess GroupExecuted'.split(' '),
  ...'EstimateRows EstimatedRowsRead EstimateRowsWithoutRowGoal TableCardinality'.split(' '),
  ...'EstimateIO EstimateCPU EstimatedTotalSubtreeCost PDWAccumulativeCost AvgRowSize'.split(' '),
  ...'EstimateRebinds EstimateRewinds EstimatedExecutionMode StatsCollectionId'.split(' '),
  ...'IsAdaptive AdaptiveThresholdRows EstimatedJoinType'.split(' '),
  'HyperScaleOptimizedQueryProcessing',
  'HyperScaleOptimizedQueryProcessingUnusedReason',
]);
const warnings = new Set([
  ...'ColumnsWithNoStatistics ColumnsWithStaleStatistics PlanAffectingConvert Wait'.split(' '),
  ...'SpillToTempDb SpillOccurred SortSpillDetails HashSpillDetails'.split(' '),
  ...'ExchangeSpillDetails MemoryGrantWarning'.split(' '),
]);

/** Of one `<RelOp>`. */
export const unknownOf = (operator: Element): Unread[] => [
  ...attributeNames(operator)
    .filter((name) => !attributes.has(name))
    .map((name) => ({ piece: `${name}="`, says: name })),
  ...(child(operator, 'Warnings')?.children ?? [])
    .filter(({ name }) => !warnings.has(name))
    .map(({ name }) => ({ piece: `<${name}`, says: `warning ${name}` })),
];
