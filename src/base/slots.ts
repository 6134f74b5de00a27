/**
 * A replica's places for cycles, shared by groups. First come, first served would let one group
 * whose peers do not answer hold every place: its work lasts for as long as a timeout does,
 * everybody else's for milliseconds. So a free place goes to the group that has the fewest; one
 * group leaves a quarter of the places to the others; and work that failed last time, or was never
 * done, holds a quarter per group and three quarters in all, but a group that has none gets one.
 * Of a group, what was never done goes before what failed: behind hundreds whose peers do not
 * answer it would wait for minutes.
 */
export interface Slots {
  run<T>(who: Applicant, work: () => Promise<T>): Promise<T>;
  readonly running: number;
  readonly waiting: number;
}

export interface Applicant {
  group: string;
  /** It failed last time, or was never done: it may wait for a peer until its timeout. */
  doubt: Doubt | undefined;
}

export type Doubt = 'untried' | 'failed';

interface Waiting extends Applicant {
  ticket: number;
  begin(): void;
}

/** Those of a group who wait for the same places, each in their order: who is first goes first. */
interface Lane {
  readonly first: Waiting[];
  readonly rest: Waiting[];
}

/**
 * Of all places: what one group may have where there are others, what it may have of them for
 * doubtful work, and what all doubtful work may have.
 */
const groupShare = 0.75;
const doubtfulGroupShare = 0.25;
const doubtfulShare = 0.75;

/** Who has how many places, and who waits. */
interface Places {
  readonly limit: number;
  /** Those who wait, by group, and whether in doubt. */
  readonly lanes: Map<string, Lane>;
  /** Places by group. */
  readonly held: Map<string, number>;
  readonly heldDoubtful: Map<string, number>;
  /** All that ever applied. */
  readonly groups: Set<string>;
  running: number;
  doubtfulRunning: number;
  waiting: number;
  nextTicket: number;
}

export function createSlots(limit: number): Slots {
  const places: Places = {
    limit,
    lanes: new Map(),
    held: new Map(),
    heldDoubtful: new Map(),
    groups: new Set(),
    running: 0,
    doubtfulRunning: 0,
    waiting: 0,
    nextTicket: 0,
  };
  return {
    async run(who, work) {
      await new Promise<void>((begin) => enqueue(places, who, begin));
      try {
        return await work();
      } finally {
        take(places, who, -1);
        pump(places);
      }
    },
    get running() {
      return places.running;
    },
    get waiting() {
      return places.waiting;
    },
  };
}

const share = ({ limit }: Places, part: number): number => Math.max(1, Math.floor(limit * part));
const heldBy = ({ held }: Places, group: string): number => held.get(group) ?? 0;

function mayBegin(places: Places, { group, doubt }: Applicant): boolean {
  if (places.running >= places.limit) return false;
  if (heldBy(places, group) === 0) return true;
  if (doubt && places.doubtfulRunning >= share(places, doubtfulShare)) return false;
  if (places.groups.size <= 1) return true;
  if (heldBy(places, group) >= share(places, groupShare)) return false;
  const ofDoubtful = places.heldDoubtful.get(group) ?? 0;
  return !doubt || ofDoubtful < share(places, doubtfulGroupShare);
}

interface Candidate {
  who: Waiting;
  since: number;
}

/**
 * Of those who may begin and are next in their lanes, the one whose group has the fewest; of two
 * that have as many, the one of the lane in which somebody has waited longer.
 */
function next(places: Places): Waiting | undefined {
  let best: Candidate | undefined;
  for (const { first, rest } of places.lanes.values()) {
    const who = first[0] ?? rest[0];
    if (!who || !mayBegin(places, who)) continue;
    const each = { who, since: Math.min(who.ticket, rest[0]?.ticket ?? who.ticket) };
    if (!best || isBefore(places, each, best)) best = each;
  }
  return best?.who;
}

const isBefore = (places: Places, a: Candidate, b: Candidate): boolean =>
  (heldBy(places, a.who.group) - heldBy(places, b.who.group) || a.since - b.since) < 0;

function pump(places: Places): void {
  for (let each = next(places); each; each = next(places)) {
    leave(places, each);
    take(places, each, 1);
    each.begin();
  }
}

const laneOf = ({ group, doubt }: Applicant): string => `${doubt ? '?' : ''}${group}`;
const queueOf = ({ first, rest }: Lane, { doubt }: Applicant): Waiting[] =>
  doubt === 'untried' ? first : rest;

function enqueue(places: Places, who: Applicant, begin: () => void): void {
  const { lanes, groups } = places;
  groups.add(who.group);
  const lane = lanes.get(laneOf(who)) ?? { first: [], rest: [] };
  lanes.set(laneOf(who), lane);
  queueOf(lane, who).push({ ...who, ticket: places.nextTicket, begin });
  places.nextTicket += 1;
  places.waiting += 1;
  pump(places);
}

/** It is the next of its lane. */
function leave(places: Places, who: Waiting): void {
  const lane = places.lanes.get(laneOf(who));
  if (lane) queueOf(lane, who).shift();
  if (!lane?.first.length && !lane?.rest.length) places.lanes.delete(laneOf(who));
  places.waiting -= 1;
}

/** Takes a place (1), or gives it back (-1). */
function take(places: Places, { group, doubt }: Applicant, sign: 1 | -1): void {
  places.running += sign;
  add(places.held, group, sign);
  if (!doubt) return;
  places.doubtfulRunning += sign;
  add(places.heldDoubtful, group, sign);
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const now = (counts.get(key) ?? 0) + by;
  if (now === 0) counts.delete(key);
  else counts.set(key, now);
}
