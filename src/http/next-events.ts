import { changesSince, type FleetChanges } from '../fleet/changes.ts';
import { countsOf, type FleetTotals } from '../fleet/page.ts';
import type { FleetTable } from '../fleet/table.ts';
import type { Stop } from '../model/stop.ts';
import type { EventTold } from './answers/events.ts';
import type { Caller } from './caller.ts';
import { fleetRowOf, percentOf } from './fleet-answer.ts';
import { revOf } from './rev.ts';
import { stopsShownTo } from './stops-shown.ts';

/**
 * What somebody who listens is told next, by what they have been told: plain data and one function.
 * Told at most once a second, so that many changes of a row are one.
 */
export interface Told {
  /** Of the table. */
  rev: number;
  totals: string;
  /** When they were; and what of them is told at once. */
  totalsAt: number;
  states: string;
  /** Sums have changed since. */
  waits: boolean;
  stops: string;
  /** When they were told to ask for the page again, lately; 0: not lately. */
  resetAt: number;
}

/** A page is asked for again by all who listen: not with every second in which much changes. */
const betweenResets_ms = 5_000;
/** Sums of figures change with every cycle of every target; how many targets are ill does not. */
const betweenSums_ms = 5_000;

export interface World {
  table: FleetTable;
  stops: readonly Stop[];
  boot: string;
  now: number;
}

/** Of the table no more than `rev`: the rest is told at once. */
export const toldNothing = (rev: number): Told => ({
  rev,
  totals: '',
  totalsAt: Number.NEGATIVE_INFINITY,
  states: '',
  waits: true,
  stops: '',
  resetAt: 0,
});

export type Topics = ReadonlySet<'fleet' | 'stops'>;

export function nextEvents(
  before: Told,
  caller: Caller,
  topics: Topics,
  { table, stops, boot, now }: World,
): { events: EventTold[]; told: Told } {
  const { mayRead } = caller;
  const events: EventTold[] = [];
  const isLately = now - before.resetAt < betweenResets_ms;
  const told = { ...before, resetAt: isLately ? before.resetAt : 0 };
  if (topics.has('stops')) {
    const items = stopsShownTo(caller, stops);
    told.stops = JSON.stringify(items);
    if (told.stops !== before.stops) events.push({ event: 'stops', data: { items } });
  }
  const isDue = now - before.totalsAt >= betweenSums_ms;
  if (topics.has('fleet') && (table.rev !== before.rev || (before.waits && isDue))) {
    const changes = changesSince(table, before.rev, mayRead);
    const isReset = changes.kind === 'reset';
    if (!isReset || !isLately) {
      told.rev = table.rev;
      if (isReset) told.resetAt = now;
      events.push(...changeEvents(changes, table, boot, now));
    }
    const totals = totalsOf(table, mayRead);
    const [all, states] = [JSON.stringify(totals), statesIn(totals)];
    told.waits = all !== before.totals;
    if (told.waits && (isDue || states !== before.states)) {
      Object.assign(told, { totals: all, totalsAt: now, states, waits: false });
      const rev = revOf(boot, table.rev);
      events.push({ event: 'counts', id: rev, data: { rev, totals } });
    }
  }
  return { events, told };
}

const statesIn = ({ targets, states, critical }: FleetTotals) =>
  JSON.stringify([targets, states, critical]);

function changeEvents(
  changes: FleetChanges,
  table: FleetTable,
  boot: string,
  now: number,
): EventTold[] {
  const rev = revOf(boot, changes.rev);
  if (changes.kind === 'reset') return [{ event: 'reset', id: rev, data: { rev } }];
  const { set, figures, gone } = changes;
  if (set.length + figures.length + gone.length === 0) return [];
  const data = {
    rev,
    now,
    set: set.map((row) => fleetRowOf(row, now)),
    figures: figures.map((place) => figuresOf(table, place, now)),
    gone,
  };
  return [{ event: 'rows', id: rev, data }];
}

type Figures = Extract<EventTold, { event: 'rows' }>['data']['figures'][number];

function figuresOf({ columns }: FleetTable, place: number, now: number): Figures {
  const lastCycle = columns.number('lastCycle', place);
  const percent = (name: 'explained' | 'accountedFor') => percentOf(columns.number(name, place));
  const plans = columns.number('plans', place);
  return [
    place,
    Number.isNaN(lastCycle) ? null : Math.round((now - lastCycle) / 1_000),
    percent('explained'),
    percent('accountedFor'),
    Number.isNaN(plans) ? null : plans,
  ];
}

function totalsOf(table: FleetTable, mayRead: (namespace: string) => boolean): FleetTotals {
  const { namespaces: _n, engines: _e, owners: _o, ...totals } = countsOf(table, mayRead);
  return totals;
}
