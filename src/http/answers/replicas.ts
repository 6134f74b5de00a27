import * as z from 'zod';
import { time } from './common.ts';

export const replica = z.object({
  id: z.string().describe('Of its session.'),
  pod: z.string(),
  version: z.string().optional().describe('Absent: it is older than this answer.'),
  me: z.boolean().describe('It is the one that answers.'),
  shards: z.number().int(),
  targets: z.number().int().describe('In those shards.'),
  load: z.number().describe('Collection seconds a minute.'),
  session: z.enum(['live', 'leaving', 'alone']).describe('`alone`: nothing is shared.'),
  folders: z
    .object({ data: z.string().optional(), targets: z.string().optional() })
    .optional()
    .describe('Of `alone`: where they are not the default, so that a command can name them.'),
  since: time.optional().describe('When it started.'),
  seenAt: time.describe('When the one that answers last saw it live.'),
});

const health = z.enum(['ok', 'away']);

export const replicas = z.object({
  now: time,
  items: z.array(replica),
  redis: z.enum(['ok', 'away', 'none']).describe('`none`: replicas share nothing.'),
  history: z.object({
    state: health,
    shared: z.boolean().describe('False: each tells of what it collects itself.'),
    problem: z.string().optional(),
  }),
  watch: z
    .object({
      state: health,
      ageMs: z.number().describe('Since the API server last told something.'),
    })
    .optional()
    .describe('In a cluster.'),
});
export type ReplicasAnswer = z.infer<typeof replicas>;
