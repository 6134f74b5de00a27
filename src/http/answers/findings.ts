import * as z from 'zod';
import type { StoredFinding } from '../../history/history-questions.ts';
import { categories } from '../../model/finding.ts';
import { type Fields, items, name, page, time } from './common.ts';
import { verdict } from './verdicts.ts';

export const finding = z.object({
  target: z.string(),
  namespace: name,
  name,
  fingerprint: z.string(),
  hash: z.string(),
  rule: z.string(),
  severity: z.enum(['info', 'warning', 'critical']),
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

export const findingsPage = page.extend({
  muted: z
    .enum(['exclude', 'include'])
    .describe('Whether to tell those, too, that somebody has dismissed or snoozed.')
    .default('exclude'),
});
