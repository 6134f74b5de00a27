import * as z from 'zod';

export const validation = z.object({
  valid: z.boolean(),
  targets: z.array(z.string()),
  mistakes: z.array(z.object({ line: z.number(), path: z.string(), message: z.string() })),
});
