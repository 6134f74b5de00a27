import * as z from 'zod';
import type { StoredFinding } from '../../history/history-questions.ts';
import { type Fields, items, name, time } from './common.ts';

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
  firstSeen: time,
  lastSeen: time,
  resolvedAt: time.optional(),
} satisfies Fields<StoredFinding>);

export const findings = items(finding);
