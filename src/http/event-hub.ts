import type { ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import type { Feed } from '../base/feed.ts';
import type { Logger } from '../base/logger.ts';
import { regularly } from '../base/regularly.ts';
import type { FleetTable } from '../fleet/table.ts';
import type { CycleReport } from '../model/batch.ts';
import type { Stop } from '../model/stop.ts';
import type { EventTold } from './answers/events.ts';
import type { Caller } from './caller.ts';
import { nextEvents, type Told, type Topics, toldNothing } from './next-events.ts';
import { readRev, revOf } from './rev.ts';

/**
 * Who listens to /events, and what each is told: once a second, and a cycle when it ends. Who does
 * not read what is written is let go, and who may not listen any more, too.
 */
export interface EventHub {
  /** There is no place for one more, or for one more of theirs. */
  isFull(who: string): boolean;
  /** Tells until the other side goes. */
  listen(listener: NewListener): void;
  /** Whoever listens in this session does so no more. */
  signedOut(session: string): void;
  /** Says good-bye to all. */
  close(): Promise<void>;
}

export interface NewListener {
  /** Whose streams are counted together. */
  who: string;
  /** In which session, where it is in one. */
  session: string | undefined;
  response: ServerResponse;
  caller: Caller;
  /** What the caller may by then; undefined: their session is over. */
  again(): Promise<Caller | undefined>;
  topics: Topics;
  /** Uids of those whose cycles are told. */
  targets: ReadonlySet<string>;
  /** What was told last, as somebody says. */
  since: string | undefined;
}

export interface EventDeps {
  table: FleetTable;
  stops(): readonly Stop[];
  cycles: Pick<Feed<CycleOf>, 'follow'>;
  boot: string;
  replica: string;
  version: string;
  clock: Clock;
  logger: Logger;
}

export interface CycleOf {
  uid: string;
  cycle: CycleReport;
}

/** A connection each; a browser has one, whatever its tabs. */
export const mostListeners = 50;
/** So that one who opens many leaves some to others. */
export const mostOfOne = 8;
/** Who listens takes twice this without a word for an outage. */
export const heartbeat_ms = 5_000;
const batch_ms = 1_000;
const rights_ms = 60_000;
/** In a row: who cannot be asked about is not told for ever what they may once have been told. */
const mostUnasked = 2;
/** What lies in our memory for somebody who reads too slowly: some minutes of changes. */
const mostUnread_bytes = 262_144;

interface Listener extends NewListener {
  told: Told;
  /** Monotonic. */
  writtenAt: number;
  allowedAt: number;
  /** How often in a row nobody could be asked. */
  unasked: number;
}

export function createEventHub(deps: EventDeps): EventHub {
  const listeners = new Set<Listener>();
  const ends: (() => unknown)[] = [];
  function drop(listener: Listener): void {
    if (listeners.delete(listener) && listeners.size === 0) void end();
  }
  function begin(): void {
    ends.push(
      regularly(deps.clock, batch_ms, deps.logger, async () => {
        for (const each of listeners) if (each.response.destroyed) drop(each);
        tellAll(deps, listeners);
      }),
      deps.cycles.follow((cycle) => tellCycle(deps, listeners, cycle)),
    );
  }
  async function end(): Promise<void> {
    await Promise.all(ends.splice(0).map((stop) => stop()));
  }
  return {
    isFull(who) {
      const theirs = listeners.values().filter((each) => each.who === who);
      return listeners.size >= mostListeners || [...theirs].length >= mostOfOne;
    },
    listen(given) {
      // Who went while it was asked who they are has closed already, and does not close again.
      if (given.response.destroyed) return;
      const listener = greet(deps, given);
      tellAll(deps, new Set([listener]));
      listeners.add(listener);
      if (listeners.size === 1) begin();
      given.response.on('close', () => drop(listener));
    },
    signedOut(session) {
      for (const each of listeners) if (each.session === session) letGo(deps, each, 'not-allowed');
    },
    async close() {
      for (const listener of listeners) letGo(deps, listener, 'ends');
      await end();
    },
  };
}

/** Says who answers, and from where it goes on; what there is comes at once. */
function greet({ table, boot, replica, version, clock }: EventDeps, given: NewListener): Listener {
  const known = given.since === undefined ? table.rev : readRev(boot, given.since);
  const rev = revOf(boot, table.rev);
  const told = toldNothing(known ?? table.rev);
  const at = clock.monotonic();
  const listener = { ...given, told, writtenAt: at, allowedAt: at, unasked: 0 };
  const data = { rev, replica, version, now: clock.now(), heartbeatMs: heartbeat_ms };
  write(listener, at, [
    { event: 'hello', id: revOf(boot, told.rev), data },
    ...(known === undefined ? [{ event: 'reset' as const, id: rev, data: { rev } }] : []),
  ]);
  return listener;
}

/** Those who may read all and have been told the same are told the same: it is made once. */
function tellAll(deps: EventDeps, listeners: ReadonlySet<Listener>): void {
  const { table, boot, clock } = deps;
  const world = { table, stops: deps.stops(), boot, now: clock.now() };
  const made = new Map<string, ReturnType<typeof nextEvents> & { text: string }>();
  for (const listener of listeners) {
    const { told, topics, caller } = listener;
    const key = caller.readable === 'all' ? JSON.stringify([told, [...topics].sort()]) : undefined;
    const found = key === undefined ? undefined : made.get(key);
    const next = found ?? withText(nextEvents(told, caller, topics, world));
    if (key !== undefined) made.set(key, next);
    listener.told = next.told;
    writeText(listener, clock.monotonic(), next.text);
    keep(deps, listener);
  }
}

const withText = (next: ReturnType<typeof nextEvents>) => ({
  ...next,
  text: next.events.map(toText).join(''),
});

/** Silence is broken now and then, and rights are asked again. */
function keep(deps: EventDeps, listener: Listener): void {
  const now = deps.clock.monotonic();
  if (listener.response.writableLength > mostUnread_bytes) letGo(deps, listener, 'slow');
  // The next look comes a batch later: silence lasts no longer than a heartbeat.
  else if (now - listener.writtenAt > heartbeat_ms - batch_ms)
    write(listener, now, [{ event: 'beat', data: { now: deps.clock.now() } }]);
  if (now - listener.allowedAt < rights_ms) return;
  listener.allowedAt = now;
  listener.again().then(
    (caller) => {
      listener.unasked = 0;
      if (caller === undefined) letGo(deps, listener, 'not-allowed');
      else if (isSameReach(caller, listener.caller)) listener.caller = caller;
      // What they may see is another fleet now.
      else letGo(deps, listener, 'ends');
    },
    (error: unknown) => {
      deps.logger.warn({ error }, 'what somebody who listens may could not be asked');
      listener.unasked += 1;
      if (listener.unasked >= mostUnasked) letGo(deps, listener, 'ends');
    },
  );
}

const isSameReach = (a: Caller, b: Caller): boolean =>
  JSON.stringify(a.readable) === JSON.stringify(b.readable);

function tellCycle({ clock, table }: EventDeps, listeners: Iterable<Listener>, told: CycleOf) {
  for (const listener of listeners) {
    if (!listener.targets.has(told.uid)) continue;
    const namespace = table.nameOf(told.uid)?.namespace;
    if (namespace === undefined || !listener.caller.mayRead(namespace)) continue;
    const data = { target: told.uid, cycle: told.cycle };
    write(listener, clock.monotonic(), [{ event: 'cycle', data }]);
  }
}

function letGo({ clock }: EventDeps, listener: Listener, why: 'ends' | 'slow' | 'not-allowed') {
  if (why === 'slow') listener.response.destroy();
  else {
    write(listener, clock.monotonic(), [{ event: 'bye', data: { why } }]);
    listener.response.end();
  }
}

const write = (listener: Listener, now: number, events: readonly EventTold[]): void =>
  writeText(listener, now, events.map(toText).join(''));

function writeText(listener: Listener, now: number, text: string): void {
  if (text === '' || listener.response.destroyed || listener.response.writableEnded) return;
  listener.response.write(text);
  listener.writtenAt = now;
}

const toText = (told: EventTold): string =>
  `event: ${told.event}\n${'id' in told ? `id: ${told.id}\n` : ''}` +
  `data: ${JSON.stringify(told.data)}\n\n`;
