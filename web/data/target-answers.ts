import type * as z from 'zod';
import type { cycle } from '../../src/http/answers/cycles.ts';
import type { finding } from '../../src/http/answers/findings.ts';
import type { planSummary } from '../../src/http/answers/plans.ts';
import type { queries, query } from '../../src/http/answers/queries.ts';
import type { target } from '../../src/http/answers/targets.ts';

/** What is answered of one target, from the schemas of the answers themselves. */
export type { CoverageAnswer } from '../../src/http/answers/coverage.ts';
export type { DiffAnswer } from '../../src/http/answers/diff.ts';
export type { PackedPlanAnswer } from '../../src/http/answers/plans.ts';
export type { QueryDetailAnswer } from '../../src/http/answers/queries.ts';
export type { SeriesAnswer } from '../../src/http/answers/series.ts';
export type TargetAnswer = z.infer<typeof target>;
export type TargetStatus = NonNullable<TargetAnswer['status']>;
export type QueryLine = z.infer<typeof query>;
export type QueriesAnswer = z.infer<typeof queries>;
export type CycleAnswer = z.infer<typeof cycle>;
export type FindingAnswer = z.infer<typeof finding>;
export type PlanSummaryAnswer = z.infer<typeof planSummary>;
