import * as z from 'zod';
import { cursor, items, time } from './common.ts';
import { cancelled } from './stop-progress.ts';
import { stop } from './stops.ts';

/** Stops that are over: what each did, and how it ended. */
export const pastStopsQuestion = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor,
});

export const pastStop = stop.extend({
  until: time.describe('When it was lifted; see sawEnd.'),
  sawEnd: z
    .boolean()
    .describe('False: nobody was there when it ended; until is when it was last seen in force.'),
  liftedBy: z.string().optional().describe('Who lifted it through the API.'),
  covered: z
    .number()
    .int()
    .nullable()
    .describe('Targets that it covered; null: among them may be what you may not read.'),
  cancelled,
  replicas: z.array(
    z.object({
      pod: z.string(),
      confirmedAt: time.optional().describe('Since when it obeyed; absent: it never said so.'),
      cancelled,
    }),
  ),
});
export type PastStop = z.infer<typeof pastStop>;

export const pastStops = items(pastStop).extend({
  next: z.string().optional().describe('There are more: ask again with this as `cursor`.'),
});
export type PastStopsAnswer = z.infer<typeof pastStops>;
