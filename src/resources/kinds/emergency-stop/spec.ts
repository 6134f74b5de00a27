import * as z from 'zod';
import { objectName, ruled } from '../../field.ts';

/**
 * `EmergencyStop`: while it exists, no database that it covers is touched. Cluster-scoped, so that
 * one `kubectl apply` stops the fleet.
 */
const labelValue = z.string().max(63);
const expression = ruled(
  z.strictObject({
    key: z.string().min(1).max(317),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
    values: z.array(labelValue).max(100).optional(),
  }),
  {
    message: 'In and NotIn want values, Exists and DoesNotExist take none',
    cel: "self.operator.endsWith('In') == (has(self.values) && size(self.values) > 0)",
    holds: ({ operator, values = [] }) => operator.endsWith('In') === values.length > 0,
  },
);
const selector = z
  .strictObject({
    matchLabels: z.record(z.string().max(317), labelValue).optional(),
    matchExpressions: z.array(expression).max(20).optional(),
  })
  .describe('Labels of DatabaseTargets.');

const choices = ['all', 'namespaces', 'targets', 'selector'] as const;
const scope = ruled(
  z.strictObject({
    all: z.literal(true).optional().describe('Everything.'),
    namespaces: z.array(objectName()).min(1).max(1_000).optional(),
    targets: z
      .array(
        z
          .string()
          .max(317)
          .regex(/^[a-z0-9.-]+\/[a-z0-9.-]+$/, 'not namespace/name'),
      )
      .min(1)
      .max(1_000)
      .optional()
      .describe('As namespace/name.'),
    selector: selector.optional(),
  }),
  {
    message: 'choose exactly one of all, namespaces, targets and selector',
    cel: `[${choices.map((each) => `has(self.${each})`).join(', ')}].filter(x, x).size() == 1`,
    holds: (value) => choices.filter((each) => value[each] !== undefined).length === 1,
  },
);

export const emergencyStopSpec = z.strictObject({
  scope,
  reason: z
    .string()
    .min(1)
    .max(256)
    .default('stopped by hand')
    .describe('Shown on every target that it covers.'),
});

/** Who asked for a stop through the API: its creator is a replica, as far as the cluster knows. */
export const stoppedByAnnotation = 'dbintel.io/stopped-by';

export type EmergencyStopSpec = z.infer<typeof emergencyStopSpec>;
/** A stop as a store knows it. */
export interface StopResource {
  uid: string;
  name: string;
  generation: number;
  /** Milliseconds since the epoch. */
  createdAt: number;
  spec: EmergencyStopSpec;
  /** Who asked us for it. */
  by?: string;
}
