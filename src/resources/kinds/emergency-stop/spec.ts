import { z } from 'zod';
import { objectName } from '../../field.ts';
import { apiVersion, metadata } from '../database-target/spec.ts';
import { emergencyStopStatus } from './status.ts';

/**
 * `EmergencyStop`: while it exists, no database that it covers is touched. Cluster-scoped, so that
 * one `kubectl apply` stops the fleet.
 */
const labelValue = z.string().max(63);
const wantsValues = 'In and NotIn want values, Exists and DoesNotExist take none';
const expression = z
  .strictObject({
    key: z.string().min(1).max(317),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
    values: z.array(labelValue).max(100).optional(),
  })
  .refine(({ operator, values = [] }) => operator.endsWith('In') === values.length > 0, wantsValues)
  .meta({
    'x-kubernetes-validations': [
      {
        rule: "self.operator.endsWith('In') == (has(self.values) && size(self.values) > 0)",
        message: wantsValues,
      },
    ],
  });
const selector = z
  .strictObject({
    matchLabels: z.record(z.string().max(317), labelValue).optional(),
    matchExpressions: z.array(expression).max(20).optional(),
  })
  .describe('Labels of DatabaseTargets.');

const choices = ['all', 'namespaces', 'targets', 'selector'] as const;
const oneChoice = 'choose exactly one of all, namespaces, targets and selector';
const scope = z
  .strictObject({
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
  })
  .refine(
    (value) => choices.filter((choice) => value[choice] !== undefined).length === 1,
    oneChoice,
  )
  .meta({
    'x-kubernetes-validations': [
      {
        rule: `[${choices.map((choice) => `has(self.${choice})`).join(', ')}].filter(x, x).size() == 1`,
        message: oneChoice,
      },
    ],
  });

export const emergencyStopSpec = z.strictObject({
  scope,
  reason: z
    .string()
    .min(1)
    .max(256)
    .default('stopped by hand')
    .describe('Shown on every target that it covers.'),
});

export const emergencyStop = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('EmergencyStop'),
  metadata: metadata.omit({ namespace: true }),
  spec: emergencyStopSpec,
  status: emergencyStopStatus.optional(),
});

export type EmergencyStopSpec = z.infer<typeof emergencyStopSpec>;
/** A stop as a store knows it. */
export interface StopResource {
  uid: string;
  name: string;
  generation: number;
  /** Milliseconds since the epoch. */
  createdAt: number;
  spec: EmergencyStopSpec;
}
