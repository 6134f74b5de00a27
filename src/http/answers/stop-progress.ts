import * as z from 'zod';
import { time } from './common.ts';
import { scope } from './stops.ts';

/** Of a stop that covers what the caller may not read, too: how many there are is not told. */
export const cancelled = z
  .number()
  .int()
  .nullable()
  .describe('Cycles that ended because of it; null: among them may be what you may not read.');

/** What a stop has done, as every replica says. */
export const stopProgress = z.object({
  id: z.string(),
  scope,
  reason: z.string(),
  since: time,
  covered: z.number().int().describe('Targets that there are, that it covers and you may read.'),
  replicas: z
    .array(
      z.object({
        pod: z.string(),
        confirmed: z.boolean().describe('It obeys.'),
        cancelled,
        stillRunning: z.number().int(),
      }),
    )
    .describe('Every replica that lives.'),
  confirmed: z.array(z.string()).describe('Pods that obey.'),
  waiting: z.array(z.string()).describe('Pods that have not said so yet.'),
  cancelled,
  stillRunning: z.number().int(),
  done: z.boolean().describe('All confirm, and nothing that it covers runs.'),
});
export type StopProgressAnswer = z.infer<typeof stopProgress>;
