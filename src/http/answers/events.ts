import * as z from 'zod';
import { time } from './common.ts';
import { cycle } from './cycles.ts';
import { fleetRow, fleetTotals } from './fleet.ts';
import { stop } from './stops.ts';

/**
 * What /events tells, as server-sent events: `id` is the revision where one goes on, `event` the
 * kind, `data` one of these.
 */
export const eventsQuestion = z.object({
  topics: z
    .string()
    .max(1_024)
    .default('fleet,stops')
    .describe('`fleet`, `stops`, `target:<uid>` (its cycles), with commas between them.'),
  since: z
    .string()
    .max(64)
    .optional()
    .describe('`rev` of the page that is shown; `Last-Event-ID` counts more.'),
});

const rev = z.string();
const seconds = z.number().int().nullable();
const figure = z.number().nullable();

export const helloEvent = z.object({
  rev,
  replica: z.string(),
  version: z.string(),
  now: time,
  heartbeatMs: z
    .number()
    .describe('A `beat` comes this often, at most 5 s; twice this without a word is an outage.'),
});
export const resetEvent = z
  .object({ rev })
  .describe('What changed since is not known any more: ask for the page again.');
export const rowsEvent = z.object({
  rev,
  now: time,
  set: z.array(fleetRow).describe('New, or changed in more than figures.'),
  figures: z
    .array(z.tuple([z.number(), seconds, figure, figure, figure]))
    .describe(
      'By key: `lastCycle` in seconds before `now`, `explained`, `accountedFor`, `plans`; the ' +
        'row is as of `now`.',
    ),
  gone: z.array(z.number()).describe('By key.'),
});
export const countsEvent = z.object({ rev, totals: fleetTotals });
export const stopsEvent = z.object({ items: z.array(stop) });
export const cycleEvent = z.object({ target: z.string().describe('Its uid.'), cycle });
/** A comment would not do: pages are not told of those, and must know that they are still told. */
export const beatEvent = z.object({ now: time });
export const byeEvent = z.object({
  why: z.enum(['ends', 'slow', 'not-allowed']).describe('`ends`: come again, another answers.'),
});

export const events = z
  .discriminatedUnion('event', [
    z.object({ event: z.literal('hello'), id: rev, data: helloEvent }),
    z.object({ event: z.literal('reset'), id: rev, data: resetEvent }),
    z.object({ event: z.literal('rows'), id: rev, data: rowsEvent }),
    z.object({ event: z.literal('counts'), id: rev, data: countsEvent }),
    z.object({ event: z.literal('stops'), data: stopsEvent }),
    z.object({ event: z.literal('cycle'), data: cycleEvent }),
    z.object({ event: z.literal('beat'), data: beatEvent }),
    z.object({ event: z.literal('bye'), data: byeEvent }),
  ])
  .describe('Server-sent events; a `beat` every heartbeat.');

export type EventTold = z.infer<typeof events>;
