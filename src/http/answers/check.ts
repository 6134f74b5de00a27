import * as z from 'zod';
import { code } from './common.ts';

/** One line of the answer to a check, as JSON; the last one is `done` or `failed`. */
export const checkLine = z
  .discriminatedUnion('step', [
    z.object({ step: z.literal('manifest'), target: z.string(), engine: z.string() }),
    z.object({ step: z.literal('credentials'), from: z.string() }),
    z.object({
      step: z.literal('connected'),
      version: z.string(),
      role: z.enum(['primary', 'standby']),
      ms: z.number(),
    }),
    z.object({
      step: z.literal('prerequisite'),
      name: z.string(),
      verdict: z.enum(['ok', 'warning', 'failed']),
      observed: z.string(),
      remediation: z.string().optional(),
    }),
    z.object({
      step: z.literal('done'),
      ok: z.number().int(),
      warnings: z.number().int(),
      failed: z.number().int(),
      ms: z.number(),
    }),
    z.object({
      step: z.literal('failed'),
      code,
      message: z.string(),
      remedy: z.string(),
      ms: z.number(),
    }),
  ])
  .describe('A line of JSON each.');
export type CheckLine = z.infer<typeof checkLine>;
