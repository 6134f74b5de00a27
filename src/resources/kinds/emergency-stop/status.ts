import * as z from 'zod';
import { condition } from '../../conditions.ts';

/** What the replicas say about a stop: who acknowledged it, and what of it still runs. */
const replica = z.strictObject({
  name: z.string().max(253),
  inFlight: z.int().min(0).describe('Covered cycles that still run.'),
});

export const emergencyStopStatus = z.strictObject({
  observedGeneration: z.int().min(0).optional(),
  conditions: z
    .array(condition)
    .max(4)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .optional(),
  acknowledged: z
    .string()
    .max(32)
    .optional()
    .describe('Replicas that have acknowledged, of how many.'),
  inFlight: z.int().min(0).optional().describe('Covered cycles that still run, over all replicas.'),
  since: z.iso
    .datetime()
    .meta({ format: 'date-time' })
    .optional()
    .describe('Since when all have acknowledged and nothing runs.'),
  replicas: z
    .array(replica)
    .max(100)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .optional(),
  summary: z.string().max(200).optional(),
});

export type EmergencyStopStatus = z.infer<typeof emergencyStopStatus>;
