import * as z from 'zod';
import { name, time } from './common.ts';
import { finding } from './findings.ts';
import { stateAndKind } from './fleet.ts';

/** One word, looked for in all that there is: targets, statements, findings. */
export const searchQuestion = z.object({
  q: z.string().trim().min(2).max(200).describe('In names, texts of statements, and findings.'),
  limit: z.coerce.number().int().min(1).max(50).default(8).describe('Of each kind.'),
});

const more = z.boolean().describe('There are more than are told.');

export const search = z.object({
  q: z.string(),
  targets: z.object({
    items: z.array(
      z.object({
        uid: z.string(),
        namespace: name,
        name,
        engine: z.string().nullable(),
        ...stateAndKind,
        why: z.string().nullable(),
      }),
    ),
    more,
  }),
  statements: z.object({
    items: z.array(
      z.object({
        target: z.string(),
        namespace: name,
        name,
        fingerprint: z.string(),
        database: z.string(),
        text: z
          .string()
          .optional()
          .describe('Redacted; the part of it in which it was found, 240 characters at most.'),
        lastSeen: time,
      }),
    ),
    more,
    whole: z.boolean().describe('False: there are more than 50,000, of which some were left out.'),
  }),
  findings: z.object({ items: z.array(finding), more }).describe('Open ones that nobody muted.'),
  problem: z
    .string()
    .optional()
    .describe('The history is away: statements and findings could not be looked through.'),
});
export type SearchAnswer = z.infer<typeof search>;
