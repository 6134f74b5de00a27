import * as z from 'zod';
import type { StoredFinding } from '../../history/history-questions.ts';
import { categories, severities } from '../../model/finding.ts';
import { wordsAmong } from '../words.ts';
import { cursor, type Fields, items, name, page, time } from './common.ts';
import { verdict } from './verdicts.ts';

export const finding = z.object({
  target: z.string(),
  namespace: name,
  name,
  fingerprint: z.string(),
  hash: z.string().optional().describe('Of the plan that tells it; absent where none does.'),
  rule: z.string(),
  severity: z.enum(severities),
  message: z.string(),
  fix: z.string(),
  nodes: z.array(z.number()).describe('Ids of nodes in the plan.'),
  timeShare: z.number().describe('Of the interval’s database time, 0..1.'),
  category: z.enum(categories).optional(),
  saves: z.number().optional().describe('Of the interval’s database time, at most, 0..1.'),
  confidence: z.number().optional().describe('How likely it is right, 0..1.'),
  also: z
    .array(z.object({ rule: z.string(), message: z.string() }))
    .optional()
    .describe('What has the same cause.'),
  firstSeen: time,
  lastSeen: time,
  resolvedAt: time.optional(),
  verdict: verdict.optional(),
} satisfies Fields<StoredFinding>);

export const findings = items(finding);

const count = z.number().int();
/** Of all targets that the caller may see. */
export const allFindings = findings.extend({
  total: count.describe('That match.'),
  counts: z
    .array(z.object({ rule: z.string(), critical: count, warning: count, info: count }))
    .describe('By rule, whatever rule is asked for; the most of them first.'),
  next: z.string().optional().describe('There are more: ask again with this as `cursor`.'),
});
export type AllFindingsAnswer = z.infer<typeof allFindings>;

export const findingsPage = page.extend({
  muted: z
    .enum(['exclude', 'include'])
    .describe('Whether to tell those, too, that somebody has dismissed or snoozed.')
    .default('exclude'),
});

const words = z.string().max(4_096).describe('Several with commas between them.').optional();
export const allFindingsQuestion = findingsPage.extend({
  q: z.string().trim().max(200).describe('In rule, message, remedy or fingerprint.').optional(),
  sev: wordsAmong(severities).describe('Severities, with commas between them: `critical,warning`.'),
  rule: words,
  ns: words,
  resolved: z.enum(['exclude', 'include', 'only']).default('exclude'),
  cursor,
});
