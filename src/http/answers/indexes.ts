import * as z from 'zod';
import type { IndexesUsed, IndexUse, UsedServer, UseOnServer } from '../../model/index-use.ts';
import { proposalPhases } from '../../model/proposal.ts';
import { adviceModes } from '../../resources/kinds/database-target/advice.ts';
import { because, index } from './advice.ts';
import { type Fields, time } from './common.ts';

/** Every index of a target: what it costs, who reads it, why it could go or has to stay. */
const use = z.object({
  server: z.string().describe('Name of its target.'),
  scans: z.number().optional().describe('Since countedSince; absent where nobody counts.'),
  countedSince: time.optional(),
  lastUsed: time.optional().describe('Where the server says it.'),
  unchangedSince: time.describe('Its counter has not moved since then, as far as was looked.'),
} satisfies Fields<UseOnServer>);

const indexUse = z.object({
  database: z.string(),
  name: z.string(),
  index,
  restorable: z.boolean().describe('The definition makes exactly this one again.'),
  bytes: z.number(),
  valid: z.boolean(),
  building: z.literal(true).optional(),
  hidden: z.literal(true).optional().describe('Kept from the planner; MySQL and MariaDB.'),
  needed: z
    .enum(['constraint', 'replica-identity', 'cluster', 'foreign-key', 'partition'])
    .optional()
    .describe('Why it has to stay, whoever reads it.'),
  behind: z
    .array(z.string())
    .optional()
    .describe('In whose order it has rows of the same keys: of InnoDB the primary key.'),
  deferred: z.literal(true).optional().describe('Unique at the end of a transaction only.'),
  servesForeignKey: z.literal(true).optional(),
  scans: z.number().optional(),
  countedSince: time.optional(),
  lastUsed: time.optional(),
  use: z.array(use).describe('By server, in the order of `servers`.'),
  flags: z.array(because).describe('Why it could go.'),
  proposal: z
    .object({
      id: z.string(),
      kind: z.enum(['create-index', 'drop-index']),
      phase: z.enum(proposalPhases),
    })
    .optional()
    .describe('What is advised of it, or was made of advice, and is not over.'),
} satisfies Fields<IndexUse>);

const server = z.object({
  name: z.string(),
  role: z.enum(['primary', 'standby']).optional(),
  seenAt: time.optional().describe('The last look; absent: none yet.'),
} satisfies Fields<UsedServer>);

export const indexes = z.object({
  items: z.array(indexUse).describe('The largest first.'),
  total: z.number().describe('More than `items` where there are more than `limit`.'),
  bytes: z.number().describe('Of all.'),
  servers: z.array(server).describe('Its own first, then its replicas.'),
  unknownServers: z.boolean().describe('There may be replicas that nobody looks at.'),
  mode: z.enum(adviceModes).optional().describe('As the target’s spec has it.'),
} satisfies Fields<IndexesUsed & { mode: unknown }>);
export type IndexesAnswer = z.infer<typeof indexes>;

/** A page draws what it is given: some 400 bytes each, before they are compressed. */
const mostIndexes = 5_000;
export const indexesQuestion = z.object({
  limit: z.coerce.number().int().min(1).max(mostIndexes).default(1_000),
});
