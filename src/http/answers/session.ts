import * as z from 'zod';
import { time } from './common.ts';

/** Who asks, and what for. */
export const sessionRequest = z.strictObject({ token: z.string().min(1).max(16_384) });
export const session = z.object({
  user: z.string(),
  mayRead: z.union([z.literal('all'), z.array(z.string())]).describe('Namespaces.'),
  mayStop: z.boolean(),
  mayResume: z.boolean(),
  mayCheck: z.boolean(),
  mayJudge: z.boolean().describe('Say of findings whether they are right.'),
  expiresAt: time.optional().describe('Absent: it does not.'),
});
export type SessionAnswer = z.infer<typeof session>;
