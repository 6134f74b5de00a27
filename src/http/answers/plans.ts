import * as z from 'zod';
import type { PlanSummary } from '../../history/history-questions.ts';
import { ops } from '../../model/plan.ts';
import { type Fields, items, name, page, targetPath, time } from './common.ts';
import { planTree } from './plan-tree.ts';

export const planPath = targetPath.extend({
  fingerprint: z.string().max(128),
  hash: z.string().max(64),
});
export const planFilter = page.extend({ fingerprint: z.string().max(128).optional() });

export const planSummary = z.object({
  target: z.string().describe('The target’s uid.'),
  fingerprint: z.string(),
  hash: z.string(),
  firstSeen: time,
  lastSeen: time,
  cost: z.number(),
  parameters: z.enum(['generic', 'sampled']),
  dominantOp: z.enum(ops),
} satisfies Fields<PlanSummary>);

export const plans = items(planSummary);
export const plan = planSummary.extend({ plan: planTree });

export const planKey = z.object({
  uid: z.string().max(128),
  fingerprint: z.string().max(128),
  hash: z.string().max(64),
});
/** For pages: as small as it can be sent. */
export const packedPlan = planSummary.extend({
  namespace: name,
  name,
  packed: z.string().describe('The plan as `v1.` + base64url(deflate-raw(JSON)).'),
});
export type PackedPlanAnswer = z.infer<typeof packedPlan>;
