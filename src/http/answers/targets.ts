import * as z from 'zod';
import { fleetKinds, fleetStates } from '../../fleet/states.ts';
import { databaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import { items, name, page, time } from './common.ts';

export const targetsPage = page.extend({
  after: z.string().max(512).describe('namespace/name: what comes after it.').optional(),
});

export const target = z.object({
  namespace: name,
  name,
  uid: z.string(),
  engine: z
    .string()
    .describe(
      'Left out, as is suspend, where this version does not understand the spec; ' +
        'the status says why.',
    )
    .optional(),
  suspend: z.boolean().optional(),
  state: z
    .enum(fleetStates)
    .describe('As the fleet shows it, which knows of stops and of silence; the status does not.')
    .optional(),
  kind: z.enum(fleetKinds).optional(),
  why: z.string().describe('In a few words; left out where all is well.').optional(),
  status: databaseTargetStatus.optional(),
});

export const targetLine = z.object({
  namespace: name,
  name,
  uid: z.string(),
  engine: z.string().optional(),
  suspend: z.boolean().optional(),
  ready: z.string().describe('True, False, Unknown; of the condition Ready.').optional(),
  reason: z.string().optional(),
  coverage: z
    .string()
    .describe('Share of the last interval’s database time that has a current plan.')
    .optional(),
  plans: z.number().optional(),
  findings: z.number().optional(),
  circuit: z.string().optional(),
  updatedAt: time.describe('When the status was written, milliseconds since the epoch.').optional(),
});

export const targets = items(targetLine).extend({
  next: z.string().describe('There are more: ask again with this as `after`.').optional(),
});
