import * as z from 'zod';
import { engineNames } from '../../../model/engine-name.ts';
import { advicePlanners } from '../../../model/proposal.ts';
import { objectName, ruled } from '../../field.ts';

/**
 * `IndexRecommendation`: one change of one index that is advised, as data, with what it stands on.
 * It never changes; what becomes of it is its status. All of it together is below 16 KiB: every
 * text and list has a limit, and the longest statements are left out first.
 */
const line = (most: number) => z.string().max(most);
/** What servers take for a name: 63 bytes on PostgreSQL, 64 characters on MySQL and MariaDB. */
const identifier = () => z.string().min(1).max(64);
const time = () => z.iso.datetime().meta({ format: 'date-time' });

const key = ruled(
  z.strictObject({
    column: identifier().optional(),
    expression: z.string().min(1).max(512).optional().describe('As the server writes it.'),
    descending: z.literal(true).optional(),
    nulls: z.enum(['first', 'last']).optional(),
    opclass: identifier().optional(),
    collation: identifier().optional(),
    letters: z.int().min(1).max(3_072).optional().describe('Of a prefix; MySQL and MariaDB.'),
  }),
  {
    message: 'choose one of column and expression',
    cel: 'has(self.column) != has(self.expression)',
    holds: ({ column, expression }) => (column === undefined) !== (expression === undefined),
  },
);

export const recommendedIndex = z.strictObject({
  schema: identifier(),
  table: identifier(),
  method: z.enum(['btree', 'gin', 'brin', 'hash', 'gist']),
  keys: z.array(key).min(1).max(16),
  include: z.array(identifier()).max(16).optional(),
  where: z.string().min(1).max(1_024).optional().describe('Of a partial index.'),
  unique: z.boolean().optional(),
});

const because = z
  .strictObject({
    kind: z.enum(['redundant', 'unused', 'invalid']),
    covered: identifier().optional().describe('The index that covers it.'),
    since: time().optional(),
    servers: z.array(line(253)).max(16).optional().describe('Where it was not used.'),
    unknownServers: z.boolean().optional().describe('There are replicas nobody has asked.'),
  })
  .describe('Why an index is dropped.');

const change = ruled(
  z.strictObject({
    kind: z.enum(['create-index', 'drop-index']),
    name: identifier().describe('Of the index.'),
    index: recommendedIndex,
    partitions: z
      .array(z.strictObject({ schema: identifier(), table: identifier(), name: identifier() }))
      .max(32)
      .optional()
      .describe('Of a partitioned table: the index of each.'),
    because: because.optional(),
  }),
  {
    message: 'a drop says why',
    cel: "(self.kind == 'drop-index') == has(self.because)",
    holds: ({ kind, because: why }) => (kind === 'drop-index') === (why !== undefined),
  },
);

const statement = z.strictObject({
  fingerprint: line(128),
  text: line(160).optional().describe('Redacted, and cut.'),
  callsPerDay: z.number(),
  msPerDay: z.number(),
  costBefore: z
    .number()
    .optional()
    .describe('In the planner’s own units, which are no time; absent where nobody has planned it.'),
  costAfter: z.number().optional(),
  planBefore: line(64).optional(),
  planAfter: line(64).optional(),
});

const evidence = z.strictObject({
  planner: z.enum(advicePlanners),
  confidence: z.enum(['high', 'medium', 'low']),
  because: z.array(line(160)).max(8).describe('What the confidence stands on.'),
  agreement: z
    .number()
    .optional()
    .describe('Share of statements whose plan there is the one in production, 0 to 1.'),
  statements: z.array(statement).max(20).describe('Who gains and who pays.'),
  benefitMsPerDay: z.number().describe('If time follows cost.'),
  benefitShare: z.number().describe('Of the observed database time, 0 to 1.'),
  sizeBytes: z.number(),
  writeMsPerDay: z.number().describe('What writes pay, or save.'),
  watchedMs: z.number().optional().describe('Of history that figures of a day stand on.'),
});

export const indexRecommendationSpec = z.strictObject({
  targetRef: z.strictObject({ name: objectName(), uid: line(128) }),
  engine: z.enum(engineNames),
  database: z.string().min(1).max(128),
  server: line(320).optional().describe('Which its target named when it was advised.'),
  id: line(64).describe('Of the proposal, as the history names it.'),
  contentHash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'not sha256: and 64 hexadecimal digits')
    .max(71)
    .describe('Of target, engine, database and change: exactly what an approval is for.'),
  change,
  apply: z
    .array(line(1_024))
    .max(4)
    .describe('The change as SQL, to be read. The executor makes its own from `change`.'),
  rollback: z.array(line(1_024)).max(4).describe('What takes it back.'),
  reason: line(400),
  benefit: line(32).describe('Of the database time.'),
  size: line(16),
  evidence,
  autoRollback: z.boolean().describe('It is taken back where something gets slower.'),
  madeAt: time(),
  expiresAt: time(),
});

export type IndexRecommendationSpec = z.infer<typeof indexRecommendationSpec>;
