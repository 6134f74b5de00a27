import * as z from 'zod';
import type { StoredRun } from '../../history/advice.ts';
import { engineNames } from '../../model/engine-name.ts';
import type { IndexDef } from '../../model/index-def.ts';
import {
  advicePlanners,
  type Evidence,
  type ProposalState,
  proposalPhases,
  type StatementEffect,
  type StoredProposal,
  tableRefusals,
} from '../../model/proposal.ts';
import { adviceModes } from '../../resources/kinds/database-target/advice.ts';
import { wordsAmong } from '../words.ts';
import { code, type Fields, items, name, page, share, time } from './common.ts';

/** What is advised, on what each proposal stands, and what a run could not do. */
const planners = z.enum(advicePlanners).describe('How it is known what a change does.');
const confidence = z.enum(['high', 'medium', 'low']);
const ms = z.number().describe('Milliseconds.');

const key = z.object({
  column: z.string().optional(),
  expression: z.string().optional().describe('Instead of a column.'),
  descending: z.literal(true).optional(),
  nulls: z.enum(['first', 'last']).optional(),
  opclass: z.string().optional(),
  collation: z.string().optional(),
  letters: z.number().optional().describe('Of a prefix; MySQL and MariaDB.'),
});

export const index = z.object({
  schema: z.string(),
  table: z.string(),
  method: z.string(),
  keys: z.array(key),
  include: z.array(z.string()).optional(),
  where: z.string().optional(),
  unique: z.boolean().optional(),
} satisfies Fields<IndexDef>);

export const because = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('redundant'), covered: z.string() }),
  z.object({
    kind: z.literal('unused'),
    since: time,
    servers: z.array(z.string()),
    unknownServers: z.boolean(),
  }),
  z.object({ kind: z.literal('invalid') }),
]);

const place = { schema: z.string(), table: z.string() };
const change = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('create-index'), name, index }),
  z.object({
    kind: z.literal('drop-index'),
    name,
    index: index.describe('What restores it.'),
    because,
  }),
  z.object({
    kind: z.literal('create-statistics'),
    name,
    ...place,
    columns: z.array(z.string()),
  }),
  z.object({ kind: z.literal('analyze'), ...place }),
]);

const effect = z.object({
  fingerprint: z.string(),
  text: z.string().optional().describe('Redacted; in a list its first 1,000 characters.'),
  callsPerDay: z.number(),
  msPerDay: ms,
  costBefore: z
    .number()
    .optional()
    .describe('In the planner’s own units; no time. Absent where nobody has planned it.'),
  costAfter: z.number().optional(),
  planBefore: z.string().optional().describe('Hash of the plan in the history.'),
  planAfter: z
    .string()
    .optional()
    .describe('Hash; the plan itself: /api/v1/advice/{id}/plans/{fingerprint}.'),
} satisfies Fields<StatementEffect>);

const evidence = z.object({
  planner: planners,
  confidence,
  because: z.array(z.string()).describe('What the confidence stands on, in a clause each.'),
  agreement: share
    .optional()
    .describe('Statements whose plan in the what-if planner is the one in the history, 0..1.'),
  statements: z.array(effect).describe('Those that gain and those that pay; 20 at most.'),
  benefitMsPerDay: ms.describe('Database time a day that is saved if time follows cost.'),
  benefitShare: share.describe('Of the observed database time, 0..1.'),
  sizeBytes: z.number().describe('Estimated; negative where it is freed.'),
  writeMsPerDay: ms.describe('What writes pay for it a day, or save.'),
  watchedMs: ms.optional().describe('Of history that all figures of a day stand on.'),
} satisfies Fields<Evidence>);

const state = z.object({
  id: z.string(),
  phase: z.enum(proposalPhases),
  since: time,
  by: z.string().optional(),
  outcome: z.string().optional(),
} satisfies Fields<ProposalState>);

const target = z.object({ uid: z.string(), name, namespace: name.optional() });

export const proposal = z.object({
  id: z.string(),
  contentHash: z.string().describe('What an approval is for.'),
  target,
  engine: z.enum(engineNames),
  database: z.string(),
  server: z.string().optional().describe('Which its target named when it was made.'),
  madeAt: time,
  expiresAt: time,
  change,
  apply: z.array(z.string()).describe('The change as SQL.'),
  rollback: z.array(z.string()).describe('What takes it back.'),
  reason: z.string(),
  evidence,
  state,
} satisfies Fields<StoredProposal>);

/** One, to whoever asks. */
export const proposalShown = proposal.extend({
  mayApprove: z
    .boolean()
    .describe('Here and by whoever asks: without a cluster, on the machine, with the token.'),
});
export type ProposalShownAnswer = z.infer<typeof proposalShown>;

/** Exactly what was read, by its hash. */
export const approvalRequest = z.strictObject({
  contentHash: z.string().max(71),
  decision: z.enum(['Approve', 'Reject']),
});

export const run = z.object({
  target,
  engine: z.enum(engineNames),
  startedAt: time,
  endedAt: time,
  planner: planners,
  budgetBytes: z.number(),
  agreement: z.object({ compared: z.number(), agreed: z.number() }).optional(),
  withheld: z
    .array(z.object({ code, statements: z.number() }))
    .describe('Statements that no advice is given for, by why.'),
  unseen: z
    .array(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.enum(['plans', 'indexes']), database: z.string(), code }),
        z.object({
          kind: z.literal('extended-statistics'),
          database: z.string(),
          count: z.number(),
        }),
        z.object({
          kind: z.literal('table'),
          database: z.string(),
          ...place,
          reason: z.enum(tableRefusals),
        }),
        z.object({ kind: z.enum(['sandbox', 'sandbox-cut', 'sandbox-left']), code }),
        z.object({ kind: z.literal('sandbox-table'), ...place }),
        z.object({ kind: z.literal('replica'), name }),
      ]),
    )
    .optional()
    .describe('Of what nothing is said, and why: most of it the server did not show.'),
  statements: z.object({ weighed: z.number(), planned: z.number() }),
  whatIfCalls: z.number(),
  selection: z
    .object({
      costBefore: z.number(),
      costAfter: z.number(),
      bound: z.number().describe('No allowed set of indexes can be below.'),
      gap: z.number().describe('costAfter / bound − 1; 0 where it is proven to be the best.'),
      method: z.enum(['optimal', 'time-limit', 'greedy']),
    })
    .optional(),
  proposals: z.array(z.string()).describe('Ids.'),
} satisfies Fields<StoredRun>);

export const proposals = items(proposal);

/** Of one target. */
export const advice = proposals.extend({
  mode: z.enum(adviceModes).optional().describe('As the target’s spec has it.'),
  run: run.optional().describe('The latest; absent where none has run yet.'),
});
export type AdviceAnswer = z.infer<typeof advice>;

const words = z.string().max(4_096).describe('Several with commas between them.').optional();
export const adviceQuestion = page.extend({
  phase: wordsAmong(proposalPhases).describe(
    'Phases, with commas between them: `Proposed,Approved`. All where absent.',
  ),
});
export const allAdviceQuestion = adviceQuestion.extend({ ns: words });

const id = z.string().max(64);
export const proposalPath = z.object({ id });
export const proposedPlanPath = proposalPath.extend({ fingerprint: z.string().max(128) });

const packed = z.object({
  hash: z.string(),
  cost: z.number(),
  packed: z.string().describe('The plan as `v1.` + base64url(deflate-raw(JSON)).'),
});
export const proposedPlan = z.object({
  id,
  fingerprint: z.string(),
  before: packed.optional().describe('The plan in the history; absent where it has gone.'),
  after: packed,
});
export type ProposedPlanAnswer = z.infer<typeof proposedPlan>;
