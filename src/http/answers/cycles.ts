import * as z from 'zod';
import type { Coverage, CycleReport, TopFinding, TopQuery } from '../../model/batch.ts';
import { verdictKinds } from '../../model/verdict.ts';
import { code, cursor, type Fields, items, moment, page, share, time } from './common.ts';

const detail = z.string().optional();

const outcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('collected') }),
  z.object({ kind: z.literal('skipped'), reason: code, detail }),
  z.object({ kind: z.literal('deferred'), reason: code, until: time, detail }),
  z.object({ kind: z.literal('failed'), error: code, detail }),
]);

const coverage = z.object({
  explained: share.describe('Has a current plan, 0..1 of the interval’s database time.'),
  accountedFor: share.describe('Has a current plan, or a reason of its own why not.'),
  unknown: share.optional(),
  uncompared: z.number().optional(),
  reasons: z.record(code, share).optional(),
  elsewhere: share.optional(),
  attributed: share.optional(),
} satisfies Fields<Coverage>);

const safety = z.object({
  statementTimeoutMs: z.number(),
  circuit: z.enum(['closed', 'open', 'half-open']),
  open: z.object({ until: time, cause: z.object({ code, detail }).optional() }).optional(),
  brake: code.optional(),
  databaseTimeUsed: share,
} satisfies Fields<CycleReport['safety']>);

const topQuery = z.object({
  fingerprint: z.string(),
  timeShare: share,
  text: z.string().describe('Redacted.'),
  meanMs: z.number(),
  plan: z.string().optional(),
  cost: z.number().optional(),
  code: code.optional(),
  findings: z.array(
    z.object({
      rule: z.string(),
      message: z.string(),
      verdict: z.enum(verdictKinds).optional(),
    } satisfies Fields<TopFinding>),
  ),
} satisfies Fields<TopQuery>);

export const cycle = z.object({
  number: z.number(),
  startedAt: time,
  durationMs: z.number(),
  databaseMs: z.number().describe('What our statements took on the server, as we waited for it.'),
  outcome,
  server: z.object({ version: z.string(), role: z.enum(['primary', 'standby']) }).optional(),
  window: z
    .object({
      sinceStatisticsBegan: z.boolean(),
      began: z.enum(['first_look', 'reset', 'other_server']).optional(),
      ms: z.number(),
      sessions: z.number().optional().describe('Active in it on average.'),
    })
    .optional()
    .describe('Over which time the statistics were compared.'),
  selected: z.number(),
  explained: z.number(),
  unexplained: z.record(code, z.number()),
  coverage: coverage.optional(),
  safety,
  top: z.array(topQuery),
} satisfies Fields<CycleReport>);

export const cycles = items(cycle).extend({
  next: z.string().optional().describe('There are more: ask again with this as `cursor`.'),
});

export const cyclesQuestion = page.extend({
  from: moment.optional().describe('Milliseconds since the epoch; a day ago.'),
  to: moment.optional().describe('Milliseconds since the epoch; now.'),
  cursor,
});
