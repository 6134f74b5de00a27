import * as z from 'zod';
import { objectName } from '../../field.ts';

/**
 * `IndexApproval`: a person's word on one recommendation, in its namespace. Who it is from is
 * vouched for by the API server: the chart's ValidatingAdmissionPolicy lets nobody write another
 * name than their own.
 */
export const indexApprovalSpec = z.strictObject({
  recommendation: objectName().describe('The name of the IndexRecommendation.'),
  contentHash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'not sha256: and 64 hexadecimal digits')
    .max(71)
    .describe('Of the recommendation, as it was read.'),
  approvedBy: z
    .string()
    .min(1)
    .max(253)
    .describe('One’s own name, as `kubectl auth whoami` prints it.'),
  decision: z.enum(['Approve', 'Reject']).default('Approve'),
  reason: z.string().max(256).optional(),
});

export type IndexApprovalSpec = z.infer<typeof indexApprovalSpec>;
