import * as z from 'zod';
import { time } from './common.ts';
import { scope } from './stops.ts';

/** What a stop has done, as every replica says. */
export const stopProgress = z.object({
  id: z.string(),
  scope,
  reason: z.string(),
  since: time,
  covered: z.number().int().describe('Targets that there are and that it covers.'),
  replicas: z
    .array(
      z.object({
        pod: z.string(),
        confirmed: z.boolean().describe('It obeys.'),
        cancelled: z.number().int().describe('Cycles that it ended because of it.'),
        stillRunning: z.number().int(),
      }),
    )
    .describe('Every replica that lives.'),
  confirmed: z.array(z.string()).describe('Pods that obey.'),
  waiting: z.array(z.string()).describe('Pods that have not said so yet.'),
  cancelled: z.number().int(),
  stillRunning: z.number().int(),
  done: z.boolean().describe('All confirm, and nothing that it covers runs.'),
});
export type StopProgressAnswer = z.infer<typeof stopProgress>;
