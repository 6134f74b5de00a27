import * as z from 'zod';
import { allCodes } from '../../base/codes.ts';
import type { QuerySummary } from '../../history/history-questions.ts';
import { type Fields, items, time } from './common.ts';

export const query = z.object({
  target: z.string(),
  fingerprint: z.string(),
  nativeId: z.string().describe('The server’s own id, exact.'),
  database: z.string(),
  text: z.string().optional().describe('Redacted.'),
  firstSeen: time,
  lastSeen: time,
  calls: z.number(),
  totalMs: z.number(),
  latestHash: z.string().optional(),
  latestCost: z.number().optional(),
  latestCode: z.enum(allCodes).optional(),
  findings: z.array(z.string()),
} satisfies Fields<QuerySummary>);

export const queries = items(query);
