import * as z from 'zod';
import { proposalPhases } from '../../../model/proposal.ts';
import { condition } from '../../conditions.ts';

/** What became of a recommendation: written by the executor, and by nobody else. */
const line = (most: number) => z.string().max(most);
const time = () => z.iso.datetime().meta({ format: 'date-time' });

export const indexRecommendationStatus = z.strictObject({
  observedGeneration: z.int().min(0).optional(),
  phase: z.enum(proposalPhases).optional(),
  phaseSince: time().optional(),
  reason: line(64).optional(),
  detail: line(128).optional().describe('The numbers that the reason stands on.'),
  approvedBy: line(253).optional().describe('As the API server knows them.'),
  attempt: z.int().min(0).optional(),
  notBefore: time().optional().describe('Nothing is begun before.'),
  intent: z
    .strictObject({ command: z.enum(['build', 'drop', 'hide', 'show']), at: time() })
    .optional()
    .describe('What was about to be done when this was written.'),
  failure: z
    .strictObject({ reason: line(64), final: z.boolean() })
    .optional()
    .describe('Of the last attempt.'),
  appliedAt: time().optional(),
  server: line(320).optional().describe('Which its target named when it was approved.'),
  unmissed: z.boolean().optional().describe('It was hidden, and nobody missed it.'),
  effect: z
    .strictObject({
      ratio: z.number(),
      low: z.number(),
      high: z.number(),
      fingerprint: line(128).optional(),
    })
    .optional()
    .describe('Time of a call, after over before, and its 95 % interval.'),
  conditions: z
    .array(condition)
    .max(4)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .optional(),
  summary: z.array(line(240)).max(8).optional().describe('The same for people.'),
});

export type IndexRecommendationStatus = z.infer<typeof indexRecommendationStatus>;
