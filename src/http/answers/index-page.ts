import * as z from 'zod';

export const index = z.object({
  name: z.string(),
  version: z.string(),
  targets: z.string(),
  findings: z.string(),
  stops: z.string(),
  openapi: z.string(),
});
