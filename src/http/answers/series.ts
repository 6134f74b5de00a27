import * as z from 'zod';
import { moment, time } from './common.ts';

/** One statement over time: arrays of one length, a place a step. */
export const steps = { '1h': 3_600_000, '6h': 21_600_000, '1d': 86_400_000 } as const;
export const stepNames = Object.keys(steps) as [keyof typeof steps, ...(keyof typeof steps)[]];

export const seriesQuestion = z.object({
  from: moment.optional().describe('Milliseconds since the epoch; a day ago.'),
  to: moment.optional().describe('Milliseconds since the epoch; now.'),
  step: z.enum(stepNames).default('1h'),
});

const figures = z.array(z.number().nullable());

export const series = z.object({
  stepMs: z.number(),
  t: z.array(time).describe('When each step begins; none is left out.'),
  calls: z.array(z.number()),
  totalMs: z.array(z.number()),
  meanMs: figures.describe('Of a call; null where there were none.'),
  rows: z.array(z.number()),
  tempBlocks: z.array(z.number()),
  plan: z.array(z.string().nullable()).describe('Hash of the plan seen most; null: none was.'),
  plans: z
    .array(z.object({ hash: z.string(), t: time, count: z.number(), cost: z.number() }))
    .describe('Every plan of every step, by time: where two alternate, both are there.'),
});
export type SeriesAnswer = z.infer<typeof series>;
