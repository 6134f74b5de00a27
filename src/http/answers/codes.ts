import * as z from 'zod';
import { allCodes, codes as table } from '../../base/codes.ts';
import { fleetKinds, fleetStates } from '../../fleet/states.ts';

const actions = [...new Set(Object.values(table).map(({ action }) => action))];

export const codes = z.object({
  items: z.array(
    z.object({
      code: z.enum(allCodes),
      scope: z.enum(['statement', 'cycle', 'either']),
      action: z.enum(actions),
      meaning: z.string(),
      remedy: z.string(),
    }),
  ),
  states: z
    .array(z.object({ state: z.enum(fleetStates), kind: z.enum(fleetKinds), meaning: z.string() }))
    .describe('Of targets, what needs you first.'),
});
export type CodesAnswer = z.infer<typeof codes>;
