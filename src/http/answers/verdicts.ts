import * as z from 'zod';
import { remarkLimit } from '../../model/remark.ts';
import type { Verdict } from '../../model/verdict.ts';
import { verdictKinds } from '../../model/verdict.ts';
import { type Fields, items, targetPath, time } from './common.ts';

const rule = z.string().max(64);
const fingerprint = z.string().max(128);
export const verdictPath = targetPath.extend({ rule, fingerprint });

/** Longer than what is kept, so that a person who types much is cut and not refused. */
const typed = z.string().max(16 * remarkLimit);
const why = typed.describe('Kept as one line, without what looks like a value or a secret.');
const by = typed.describe('Who says so, as they call themselves.').optional();

export const verdictRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('accepted'), why: why.optional(), by }),
  z.strictObject({ kind: z.literal('dismissed'), why, by }),
  z.strictObject({
    kind: z.literal('snoozed'),
    until: z
      .union([z.number(), z.string().max(64)])
      .describe('Milliseconds since the epoch, a date, or how long from now: 7d.'),
    why: why.optional(),
    by,
  }),
]);

export const verdict = z.object({
  rule,
  fingerprint,
  kind: z.enum(verdictKinds),
  why: z.string().optional(),
  until: time.describe('Of one that is snoozed.').optional(),
  by: z.string(),
  at: time,
  declared: z.boolean().describe('The target’s annotation says it.'),
} satisfies Fields<Verdict> & Record<'until', z.ZodType>);

export const verdicts = items(verdict);
