import * as z from 'zod';
import { missingRight } from './missing.ts';

/** What every route answers where it cannot do what it is asked. */
export const failure = z
  .object({
    error: z.string().describe('One of docs/error-codes.md, or a word of HTTP’s.'),
    message: z.string(),
    owner: z
      .string()
      .optional()
      .describe('With `elsewhere`: the pod that knows, where replicas share no history.'),
    missing: missingRight.optional().describe('With 403 for want of a right: which one.'),
  })
  .meta({ id: 'Failure' });
export type FailureAnswer = z.infer<typeof failure>;
