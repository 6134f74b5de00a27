import * as z from 'zod';
import { planSummary } from './plans.ts';

const planName = z
  .string()
  .max(512)
  .regex(/^[^/]+\/[^/]+\/[^/]+$/, 'uid/fingerprint/hash is wanted');
export const diffQuestion = z.object({
  a: planName.describe('The earlier plan, as uid/fingerprint/hash.'),
  b: planName.describe('The later one.'),
});

export const changeKinds = ['new', 'gone', 'other', 'dearer', 'cheaper'] as const;
const node = z.number().int().nullable().describe('Id in the plan; null: there is none.');

export const diff = z.object({
  a: planSummary,
  b: planSummary,
  ratio: z.number().nullable().describe('Of cost, or of time where both were measured: b of a.'),
  by: z.enum(['cost', 'time', 'none']).describe('`none`: one of them has no figures.'),
  sentence: z.string(),
  pairs: z
    .array(z.tuple([node, node, z.enum(['same', ...changeKinds])]))
    .describe('Which step of a is which of b, and what became of it.'),
  changes: z.array(
    z.object({
      kind: z.enum(changeKinds),
      at: z.number().int().describe('Id in b; of what is gone, in a.'),
      before: z.string(),
      after: z.string(),
      figures: z.string(),
      weight: z.number().describe('Share of the plan that it takes in either, 0..1.'),
    }),
  ),
});
export type DiffAnswer = z.infer<typeof diff>;
