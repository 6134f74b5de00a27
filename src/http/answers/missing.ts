import * as z from 'zod';

/** A right that somebody lacks, and how they get it. */
export const missingRight = z
  .object({
    right: z.enum(['read', 'stop', 'resume', 'check', 'judge']),
    need: z.string().describe('As the cluster calls it: `create emergencystops`.'),
    namespace: z.string().optional().describe('Where; absent: everywhere, or in any.'),
    how: z.string().describe('What to do, in a sentence.'),
    grant: z
      .array(z.string())
      .describe('Commands for who administers the cluster; none where no cluster is asked.'),
  })
  .meta({ id: 'MissingRight' });
export type MissingRight = z.infer<typeof missingRight>;
