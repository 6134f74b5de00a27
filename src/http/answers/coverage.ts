import * as z from 'zod';
import { code, moment, share, time } from './common.ts';

export const coverageQuestion = z.object({
  from: moment.optional().describe('Milliseconds since the epoch; a day ago.'),
});

const shares = {
  explained: share.describe('Has a current plan, 0..1 of the database time.'),
  coded: z.record(code, share).describe('Has none, by the reason why.'),
  unknown: share.describe('Ran, but could not be compared with the look before.'),
};

/** `explained`, all of `coded`, and `unknown` are 1 together. */
export const coverageAnswer = z.object({
  from: time.describe('Of the first cycle that counts.'),
  to: time,
  cycles: z.number().int().describe('That were looked at: the newest, at most 1,500.'),
  ...shares,
  elsewhere: share.optional().describe('Of the server’s time, in databases left out.'),
  points: z
    .array(z.object({ t: time, ...shares }))
    .describe('Over time, at most 96 of them, oldest first.'),
});
export type CoverageAnswer = z.infer<typeof coverageAnswer>;
