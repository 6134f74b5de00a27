import * as z from 'zod';
import { fleetGroups, fleetSorts } from '../../fleet/page.ts';
import { fleetKinds, fleetStates } from '../../fleet/states.ts';
import { engineNames } from '../../model/engine-name.ts';
import { wordsAmong } from '../words.ts';
import { cursor, name, share, time } from './common.ts';

/**
 * A page of the fleet, as columns: names once, then a row a target. Filtered, sorted and counted
 * here, from memory.
 */
const words = z
  .string()
  .max(4_096)
  .describe('One word, or several with commas between them.')
  .optional();

export const fleetQuestion = z.object({
  q: z.string().max(253).describe('In namespace/name, engine, owner or why.').optional(),
  state: wordsAmong([...fleetKinds, ...fleetStates]).describe(
    'States or kinds, with commas between them: `needs-you,waiting`.',
  ),
  ns: words,
  engine: wordsAmong(engineNames),
  owner: words,
  findings: z.enum(['any', 'critical']).optional(),
  sort: z.enum(fleetSorts).default('attention').describe('`attention`: what needs you first.'),
  order: z.enum(['usual', 'reverse']).default('usual'),
  group: z.enum(fleetGroups).optional().describe('Rows of one group come together.'),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
  cursor,
});

const state = z.enum(fleetStates);
const kind = z.enum(fleetKinds);
export const stateAndKind = { state, kind };
const count = z.number().int();
const percent = z.number().nullable().describe('0..100.');

/** The columns of a row, in this order. */
export const fleetColumns = [
  'key',
  'uid',
  'namespace',
  'name',
  'engine',
  'version',
  'state',
  'kind',
  'reason',
  'why',
  'since',
  'nextTry',
  'circuit',
  'explained',
  'accountedFor',
  'plans',
  'findings',
  'critical',
  'warning',
  'lastCycle',
  'busy',
  'owner',
  'asOf',
] as const;

export const fleetRow = z
  .tuple([
    z.number().int().describe('key: of the row in this copy; events name rows by it'),
    z.string(),
    name,
    name,
    z.string().nullable().describe('engine; null where this version does not understand the spec'),
    z.string().nullable().describe('version: the server’s'),
    state,
    kind,
    z.string().nullable().describe('reason of the condition Ready'),
    z.string().nullable().describe('why, in a few words; null where all is well'),
    time.nullable().describe('since: when Ready last changed'),
    time.nullable().describe('nextTry: while the circuit is open'),
    z.enum(['closed', 'open', 'half-open']).nullable(),
    percent.describe('explained: of the database time, what has a plan, 0..100'),
    percent.describe('accountedFor: what has a plan or a reason, 0..100'),
    count.nullable().describe('plans'),
    count.nullable().describe('findings: open ones, of every severity'),
    count.nullable().describe('critical ones among them; null: not said'),
    count.nullable().describe('warnings among them; null: not said'),
    time.nullable().describe('lastCycle: when it began'),
    z
      .string()
      .nullable()
      .describe(
        'busy: how busy the server was in each of the last 24 hours, oldest first, 0 to 9 of the ' +
          'busiest; a space: unknown',
      ),
    z.string().nullable().describe('owner: the pod that collects'),
    time.nullable().describe('asOf: when the status was written'),
  ])
  .describe('Values in the order of `columns`.');

const counts = z.record(z.string(), count);

export const fleetTotals = z.object({
  targets: count.describe('That the caller may see.'),
  states: z.partialRecord(state, count),
  kinds: z.record(kind, count),
  critical: count.describe('Targets with a critical finding.'),
  findings: z.object({ critical: count, warning: count, all: count }),
  explained: share
    .nullable()
    .describe('Of the database time of the targets that say it, has a plan: 0..1.'),
  accountedFor: share
    .nullable()
    .describe('Of the database time of the targets that say it, has a plan or a reason: 0..1.'),
});

export const fleetCounts = fleetTotals
  .extend({ namespaces: counts, engines: counts, owners: counts })
  .describe('Of all that the caller may see, whatever is searched for; at most 1,000 of a kind.');

export const fleet = z.object({
  rev: z.string().describe('Of this replica’s copy; what `Last-Event-ID` of /events goes on from.'),
  now: time,
  replica: z.string().describe('Who answers, from its own copy.'),
  sources: z
    .object({
      apiServer: z
        .object({
          awaySince: time
            .optional()
            .describe('Since when it tells this replica nothing; what is shown is of before.'),
        })
        .optional()
        .describe('In a cluster.'),
    })
    .describe('Where what is told of targets comes from.'),
  total: count.describe('That match.'),
  counts: fleetCounts,
  columns: z.array(z.enum(fleetColumns)),
  rows: z.array(fleetRow),
  groups: z
    .array(z.object({ group: z.string(), count }))
    .optional()
    .describe('With `group`: those that match, in the order in which their rows come.'),
  next: z.string().optional().describe('There are more: ask again with this as `cursor`.'),
});

export type FleetRow = z.infer<typeof fleetRow>;
export type FleetCounts = z.infer<typeof fleetCounts>;
export type FleetAnswer = z.infer<typeof fleet>;
/** A row by its names. */
export type FleetItem = {
  [I in keyof typeof fleetColumns & `${number}` as (typeof fleetColumns)[I]]: FleetRow[I];
};
