import * as z from 'zod';
import { condition, mostConditions } from '../../conditions.ts';

/**
 * What we say about a target. Fields are for programs; `summary` holds the same as lines for
 * people, because `kubectl describe` prints structs as nested lists. Capped by construction: at
 * most 8 KB.
 */
const line = (most: number) => z.string().max(most);

const ownership = z
  .strictObject({
    holder: line(128).describe('The process: pod uid and boot nonce.'),
    pod: line(253).optional(),
    shard: z.int().min(0).max(1_023).optional(),
    epoch: z
      .int()
      .min(1)
      .max(9_007_199_254_740_991)
      .describe('Rises with every change of owner; the fencing token.'),
  })
  .describe('Who collects. Only the holder of the epoch may write this status.');

const topQuery = z.strictObject({
  fingerprint: line(128),
  share: line(8).describe('Of the last interval’s database time.'),
  text: line(160),
  mean: line(16),
  plan: line(48).optional(),
  code: line(40).optional(),
  findings: z.array(line(64)).max(8),
});

const prerequisite = z.strictObject({
  name: line(48),
  verdict: z.enum(['ok', 'warning', 'failed']),
  // Not required, as accountedFor is not: an older operator under this CRD writes former names.
  observed: line(200).optional().describe('What was found on the server.'),
  remediation: line(320).optional().describe('What puts it right.'),
});

export const databaseTargetStatus = z.strictObject({
  observedGeneration: z.int().min(0).optional(),
  conditions: z
    .array(condition)
    .max(mostConditions)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .optional(),
  ownership: ownership.optional(),
  server: z.strictObject({ version: line(64), role: z.enum(['primary', 'standby']) }).optional(),
  lastCycle: z
    .strictObject({
      at: z.iso.datetime().meta({ format: 'date-time' }),
      outcome: z.enum(['collected', 'skipped', 'deferred', 'failed']),
      reason: line(40).optional(),
      selected: z.int(),
      explained: z.int(),
      duration: line(16),
      databaseTime: line(16),
    })
    .optional(),
  coverage: z
    .strictObject({
      explained: line(8).describe('Has a current plan.'),
      accountedFor: line(8).optional().describe('Has a plan or a reason why not.'),
      reasons: line(200).optional().describe('The heaviest reasons why there is no plan.'),
      unknown: line(8).optional().describe('Ran, but could not be compared with the look before.'),
      elsewhere: line(8)
        .optional()
        .describe('Of the whole server’s time: in databases that the target does not include.'),
    })
    .optional()
    .describe(
      'Shares of the last interval’s database time, in the databases that the target includes.',
    ),
  safety: z
    .strictObject({
      statementTimeout: line(16),
      circuit: z.enum(['closed', 'open', 'half-open']),
      cause: line(40).optional().describe('While the circuit is open: the code of what opened it.'),
      nextTry: z.iso
        .datetime()
        .meta({ format: 'date-time' })
        .optional()
        .describe('While the circuit is open: when the next cycle runs.'),
      brake: line(40),
      databaseTimeUsed: line(12),
    })
    .optional(),
  plans: z.int().min(0).optional().describe('Distinct plans known.'),
  findings: z.int().min(0).optional().describe('Open findings.'),
  severities: z
    .strictObject({ critical: z.int().min(0), warning: z.int().min(0) })
    .optional()
    .describe('How many of the open findings are so bad.'),
  busy: z
    .strictObject({
      hours: line(24).describe(
        'A character an hour, oldest first: sessions active at its busiest look, from 0 (a ' +
          'thousandth) to z (350), four characters on for the double; a space: nobody looked.',
      ),
      until: z.iso
        .datetime()
        .meta({ format: 'date-time' })
        .describe('When the hour of the last one began.'),
    })
    .optional()
    .describe('How busy the server was, in the databases that the target includes.'),
  advice: z
    .strictObject({
      at: z.iso.datetime().meta({ format: 'date-time' }),
      agreement: line(24)
        .optional()
        .describe('Plans that the what-if planner has as the server had: `41 of 42`.'),
      open: z.int().min(0).describe('Proposals that nobody has decided on.'),
      saves: line(8).optional().describe('By all of them, of database time, if time follows cost.'),
      first: line(200).optional().describe('The one that saves most.'),
      problem: line(200).optional().describe('Why the latest run came to nothing.'),
    })
    .optional()
    .describe('Of the latest run of the advisor; absent where none has run.'),
  prerequisites: z
    .array(prerequisite)
    .max(8)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .optional(),
  topQueries: z.array(topQuery).max(5).meta({ 'x-kubernetes-list-type': 'atomic' }).optional(),
  summary: z
    .record(line(32), line(400))
    .optional()
    .describe('The same in one line each, for people.'),
  updatedAt: z.iso.datetime().meta({ format: 'date-time' }).optional(),
});

export type DatabaseTargetStatus = z.infer<typeof databaseTargetStatus>;
