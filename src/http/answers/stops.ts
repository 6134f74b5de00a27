import * as z from 'zod';
import { emergencyStopSpec } from '../../resources/kinds/emergency-stop/spec.ts';
import { items, time } from './common.ts';

/** As a resource takes it: a stop that no EmergencyStop could be would not be seen by kubectl. */
const { namespaces, targets: targetNames, selector } = emergencyStopSpec.shape.scope.shape;
export const scope = z.union(
  [
    z.strictObject({ all: z.literal(true) }),
    z.strictObject({ namespaces: namespaces.unwrap() }),
    z.strictObject({ targets: targetNames.unwrap() }),
    z.strictObject({ selector: selector.unwrap() }),
  ],
  {
    error: ({ input }) =>
      hasOneKey(input)
        ? undefined
        : 'exactly one of all: true, namespaces, targets and selector is wanted',
  },
);
const hasOneKey = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 1;

export const stopRequest = z.strictObject({
  scope,
  reason: emergencyStopSpec.shape.reason
    .unwrap()
    .regex(/[\p{L}\p{N}]/u, 'a reason in words is wanted: it is shown on every target'),
});
/** For the log. */
const why = { reason: z.string().max(256).optional() };
export const resumeRequest = z.union(
  [
    z.strictObject({ id: z.string().min(1).max(253), ...why }),
    z.strictObject({ all: z.literal(true), ...why }),
  ],
  { error: 'either the id of one stop or all: true is wanted' },
);
export const stop = z.object({
  id: z.string(),
  scope,
  reason: z.string(),
  since: time,
  by: z.string().describe('Who asked for it through the API.').optional(),
});
export const stops = items(stop);
export const lifted = z.object({ lifted: z.array(stop) });

export const stopPath = z.object({ id: z.string().max(253) });
export const stopQuestion = z.object({
  dryRun: z
    .enum(['0', '1'])
    .default('0')
    .transform((text) => text === '1')
    .describe('1: nothing is stopped; answers what would be.'),
});
export const stopPreview = z.object({
  dryRun: z.literal(true),
  targets: z.number().int().describe('That it would cover, of those that you may read.'),
  running: z.number().int().describe('Cycles that run now and would be cancelled.'),
  namespaces: z.record(z.string(), z.number().int()).describe('How many in each.'),
  names: z.array(z.string()).describe('The first of them by namespace/name, 100 at most.'),
});
export type StopPreviewAnswer = Omit<z.infer<typeof stopPreview>, 'dryRun'>;

export const stopped = z.union([stopPreview, stop]);
