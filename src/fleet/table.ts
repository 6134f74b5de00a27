import type { Clock } from '../base/clock.ts';
import { type Columns, createColumns } from './columns.ts';
import { type Glance, wordsOf } from './glance.ts';
import { type FleetState, fleetStates, stateOf } from './states.ts';

/**
 * Every target that there is, as people see it: kept up to date by who hears of targets, read by
 * whoever shows them. A change has a number, so that what changed since one is known. A row has a
 * place, which is its own while it is there.
 */
export interface FleetTable {
  readonly size: number;
  /** Of the last change. */
  readonly rev: number;
  /** What the store told of it: its status was written by whoever may. */
  note(target: Named, glance: Glance): void;
  /** What is known here before it is written; nothing, where there is no such target. */
  tell(uid: string, glance: Glance): void;
  forget(uid: string): void;
  /** Which targets a stop in force covers. */
  cover(isStopped: (target: Named) => boolean): void;
  /** Time has passed: what nobody has spoken of for long is silent. */
  look(): void;
  /** Targets whose status nobody has written for `ms`. */
  silentFor(ms: number): number;
  glance(uid: string): Glance | undefined;
  nameOf(uid: string): Named | undefined;
  /** Those that are there, in no order. */
  places(): Iterable<number>;
  row(place: number): FleetRow | undefined;
  rowOf(uid: string): FleetRow | undefined;
  name(place: number): Named;
  state(place: number): FleetState;
  readonly columns: Pick<Columns, 'number' | 'text' | 'load'>;
  /** Numbers of its last change, and of its last that is more than figures. */
  revs(place: number): { any: number; words: number };
  /** What went since that change; undefined: it is not known any more. */
  goneSince(rev: number): readonly Gone[] | undefined;
}

export interface Named {
  uid: string;
  namespace: string;
  name: string;
}

export interface FleetRow extends Named {
  place: number;
  state: FleetState;
  why?: string;
  glance: Glance;
}

export interface Gone {
  rev: number;
  place: number;
  namespace: string;
}

/** A heartbeat of a status comes every ten minutes and may wait for the budget. */
export const silentAfter_ms = 900_000;

/** Of what is gone, so many are remembered: who was away for longer asks for all again. */
const goneLimit = 2_000;

interface Kept {
  clock: Pick<Clock, 'now' | 'monotonic'>;
  /** Texts that whoever tells has anyway. */
  names: { uid: (string | undefined)[]; namespace: string[]; name: string[] };
  free: number[];
  at: Map<string, number>;
  columns: Columns;
  rev: number;
  gone: Gone[];
  /** Of the last of those that are gone that is not remembered. */
  goneFrom: number;
  isStopped(target: Named): boolean;
}

export function createFleetTable(clock: Pick<Clock, 'now' | 'monotonic'>): FleetTable {
  const kept: Kept = {
    clock,
    names: { uid: [], namespace: [], name: [] },
    free: [],
    at: new Map(),
    columns: createColumns(),
    rev: 0,
    gone: [],
    goneFrom: 0,
    isStopped: () => false,
  };
  const { at, columns } = kept;
  return {
    get size() {
      return at.size;
    },
    get rev() {
      return kept.rev;
    },
    note: (target, glance) => note(kept, target, glance),
    tell(uid, glance) {
      const place = at.get(uid);
      if (place !== undefined) write(kept, place, { ...glance, ...specOf(columns.read(place)) });
    },
    forget: (uid) => forget(kept, uid),
    cover(isStopped) {
      kept.isStopped = isStopped;
      judgeAgain(kept, () => true);
    },
    look: () =>
      judgeAgain(kept, (place) => isSilent(kept, place) !== (stateAt(kept, place) === 'silent')),
    silentFor(ms) {
      const since = secondsOf(clock.monotonic() - ms);
      let count = 0;
      for (const place of at.values()) if (columns.mark('heardAt', place) <= since) count += 1;
      return count;
    },
    glance(uid) {
      const place = at.get(uid);
      return place === undefined ? undefined : columns.read(place);
    },
    nameOf: (uid) => nameAt(kept, at.get(uid) ?? -1),
    places: () => at.values(),
    row: (place) => rowOf(kept, place),
    rowOf: (uid) => rowOf(kept, at.get(uid) ?? -1),
    name: (place) => nameAt(kept, place) ?? nobody,
    revs: (place) => ({ any: columns.mark('rev', place), words: columns.mark('wordsRev', place) }),
    state: (place) => stateAt(kept, place),
    columns,
    goneSince: (rev) =>
      rev < kept.goneFrom ? undefined : kept.gone.filter((each) => each.rev > rev),
  };
}

function nameAt({ names }: Pick<Kept, 'names'>, place: number): Named | undefined {
  const uid = names.uid[place];
  if (uid === undefined) return undefined;
  return { uid, namespace: names.namespace[place] ?? '', name: names.name[place] ?? '' };
}

const secondsOf = (ms: number) => Math.floor(ms / 1_000);

const nobody: Named = { uid: '', namespace: '', name: '' };

function note(kept: Kept, target: Named, glance: Glance): void {
  const { at, columns } = kept;
  const place = at.get(target.uid) ?? take(kept, target);
  hear(kept, place, glance.updatedAt ?? 0);
  const known = columns.read(place);
  // What was told here of a target of ours is fresher than what has been written of it.
  const isFresher =
    known.owner !== undefined &&
    known.owner === glance.owner &&
    (known.updatedAt ?? 0) > (glance.updatedAt ?? 0);
  write(kept, place, isFresher ? { ...known, ...specOf(glance) } : glance);
}

/** What no status says. */
const specOf = ({ engine, suspend }: Glance): Pick<Glance, 'engine' | 'suspend'> => ({
  suspend,
  ...(engine === undefined ? {} : { engine }),
});

function take({ names, free, at, columns, clock }: Kept, target: Named): number {
  const place = free.pop() ?? names.uid.length;
  names.uid[place] = target.uid;
  names.namespace[place] = target.namespace;
  names.name[place] = target.name;
  at.set(target.uid, place);
  columns.write(place, { suspend: false });
  columns.setMark('heard', place, neverHeard);
  columns.setMark('heardAt', place, secondsOf(clock.monotonic()));
  columns.setMark('state', place, 0);
  columns.setMark('wordsRev', place, 0);
  return place;
}

function forget(kept: Kept, uid: string): void {
  const place = kept.at.get(uid);
  if (place === undefined) return;
  kept.rev += 1;
  kept.gone.push({ rev: kept.rev, place, namespace: kept.names.namespace[place] ?? '' });
  if (kept.gone.length > goneLimit) kept.goneFrom = kept.gone.shift()?.rev ?? kept.goneFrom;
  // Its texts make room for others’.
  kept.columns.write(place, { suspend: false });
  kept.names.uid[place] = undefined;
  kept.at.delete(uid);
  kept.free.push(place);
}

/** No status is of that second. */
const neverHeard = 0xffff_ffff;

/** Of the first sight only the status's own time is known. */
function hear({ columns, clock }: Kept, place: number, updatedAt: number): void {
  const heard = columns.mark('heard', place);
  if (heard === secondsOf(updatedAt)) return;
  const isFirst = heard === neverHeard && updatedAt > 0;
  const age_ms = isFirst ? Math.max(0, clock.now() - updatedAt) : 0;
  columns.setMark('heard', place, secondsOf(updatedAt));
  columns.setMark('heardAt', place, secondsOf(clock.monotonic() - age_ms));
}

function write(kept: Kept, place: number, glance: Glance): void {
  const { columns } = kept;
  const [before, was] = [wordsOf(columns.read(place)), stateAt(kept, place)];
  const isNew = columns.mark('wordsRev', place) === 0;
  columns.write(place, glance);
  const { state } = judged(kept, place, glance);
  // As it is kept: what was said has parts that are not, milliseconds for one.
  const inWords = () => wordsOf(columns.read(place)) !== before;
  changed(kept, place, state, isNew || state !== was || inWords());
}

/** What is covered, or silent, without having said anything. */
function judgeAgain(kept: Kept, isMeant: (place: number) => boolean): void {
  for (const place of kept.at.values()) {
    if (!isMeant(place)) continue;
    const { state } = judged(kept, place, kept.columns.read(place));
    if (state !== stateAt(kept, place)) changed(kept, place, state, true);
  }
}

function changed(kept: Kept, place: number, state: FleetState, inWords: boolean): void {
  const { columns } = kept;
  kept.rev += 1;
  columns.setMark('state', place, fleetStates.indexOf(state));
  columns.setMark('rev', place, kept.rev);
  if (inWords) columns.setMark('wordsRev', place, kept.rev);
}

const stateAt = ({ columns }: Kept, place: number): FleetState =>
  fleetStates[columns.mark('state', place)] ?? 'starting';

function judged({ names, isStopped, columns, clock }: Kept, place: number, glance: Glance) {
  const { suspend, ready, reason = '', circuit, cause, missing } = glance;
  return stateOf({
    suspend,
    stopped: isStopped(nameAt({ names }, place) ?? nobody),
    ready: ready === undefined ? undefined : { status: ready, reason },
    circuit,
    cause,
    missing,
    silent: isSilent({ clock, columns }, place),
  });
}

const isSilent = ({ clock, columns }: Pick<Kept, 'clock' | 'columns'>, place: number): boolean =>
  secondsOf(clock.monotonic()) - columns.mark('heardAt', place) >= secondsOf(silentAfter_ms);

function rowOf(kept: Kept, place: number): FleetRow | undefined {
  const name = nameAt(kept, place);
  if (!name) return undefined;
  const glance = kept.columns.read(place);
  return { ...name, place, glance, ...judged(kept, place, glance) };
}
