import * as z from 'zod';
import { time } from './common.ts';
import { missingRight } from './missing.ts';

/** Who asks, and what for. */
export const sessionRequest = z.strictObject({ token: z.string().min(1).max(16_384) });
export const sessionQuestion = z.object({
  dryRun: z
    .enum(['0', '1'])
    .default('0')
    .transform((text) => text === '1')
    .describe('1: nobody is signed in; answers who would be. For a link that somebody sent.'),
});
export const session = z.object({
  user: z.string(),
  kind: z
    .enum(['token', 'user'])
    .describe('`token`: whoever holds the API’s token; `user`: somebody whom the cluster knows.'),
  mayRead: z.union([z.literal('all'), z.array(z.string())]).describe('Namespaces.'),
  mayStop: z.boolean(),
  mayResume: z.boolean(),
  mayCheck: z.boolean(),
  mayJudge: z.boolean().describe('Say of findings whether they are right.'),
  missing: z.array(missingRight).describe('Rights that they lack.'),
  expiresAt: time.optional().describe('Absent: it does not.'),
});
export type SessionAnswer = z.infer<typeof session>;
