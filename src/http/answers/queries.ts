import * as z from 'zod';
import { allCodes } from '../../base/codes.ts';
import type { QuerySummary } from '../../history/history-questions.ts';
import { cursor, type Fields, items, moment, page, targetPath, time } from './common.ts';
import { finding } from './findings.ts';
import { planSummary } from './plans.ts';

export const queryPath = targetPath.extend({ fingerprint: z.string().max(128) });

export const queryOrders = ['impact', 'variance', 'regression'] as const;

export const queriesQuestion = page.extend({
  order: z
    .enum(queryOrders)
    .default('impact')
    .describe(
      'Most database time first; or what varies most from hour to hour; or what became slower ' +
        'in the later half of the range; each in milliseconds of database time.',
    ),
  from: moment.optional().describe('Milliseconds since the epoch; a day ago.'),
  to: moment.optional().describe('Milliseconds since the epoch; now.'),
  cursor,
});

export const query = z.object({
  target: z.string(),
  fingerprint: z.string(),
  nativeId: z.string().describe('The server’s own id, exact.'),
  database: z.string(),
  text: z.string().optional().describe('Redacted; in a list its first 1,000 characters.'),
  firstSeen: time,
  lastSeen: time,
  calls: z.number(),
  totalMs: z.number(),
  timeShare: z.number().describe('Of the database time of all statements in the range, 0..1.'),
  latestHash: z.string().optional(),
  latestCost: z.number().optional(),
  latestCode: z.enum(allCodes).optional(),
  findings: z.array(z.string()),
} satisfies Fields<QuerySummary>);

export const queries = items(query).extend({
  next: z.string().optional().describe('There are more: ask again with this as `cursor`.'),
});

/** One statement: all that is known of it. */
export const queryDetail = query.extend({
  user: z.string().optional().describe('Whose statement it was at last.'),
  tables: z.array(z.string()).describe('That its plans read or write.'),
  plans: z.array(planSummary).describe('Newest first, at most 100.'),
  findings: z.array(finding).describe('Resolved ones, too; open ones first.'),
});
export type QueryDetailAnswer = z.infer<typeof queryDetail>;
