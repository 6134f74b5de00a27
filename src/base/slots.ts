/**
 * A replica's places for cycles, shared by groups. First come, first served would let one group
 * whose peers do not answer hold every place: its work lasts for as long as a timeout does,
 * everybody else's for milliseconds. So a free place goes to the group that has the fewest; one
 * group leaves a quarter of the places to the others; and work that failed last time, or was never
 * done, holds a quarter per group and three quarters in all, but a group that has none gets one.
 */
export interface Slots {
  run<T>(who: Applicant, work: () => Promise<T>): Promise<T>;
  readonly running: number;
  readonly waiting: number;
}

export interface Applicant {
  group: string;
  /** It failed last time, or was never done: it may wait for a peer until its timeout. */
  doubtful: boolean;
}

interface Waiting extends Applicant {
  /** Of two groups that have as many places, the one that has waited longer is next. */
  ticket: number;
  begin(): void;
}

/**
 * Of all places: what one group may have where there are others, what it may have of them for
 * doubtful work, and what all doubtful work may have.
 */
const groupShare = 0.75;
const doubtfulGroupShare = 0.25;
const doubtfulShare = 0.75;

export function createSlots(limit: number): Slots {
  /** Those who wait, in their order, by group and doubt. */
  const lanes = new Map<string, Waiting[]>();
  const held = new Map<string, number>();
  const heldDoubtful = new Map<string, number>();
  const groups = new Set<string>();
  let [running, doubtfulRunning, waiting, ticket] = [0, 0, 0, 0];
  const share = (part: number) => Math.max(1, Math.floor(limit * part));
  const heldBy = (group: string) => held.get(group) ?? 0;

  function mayBegin({ group, doubtful }: Applicant): boolean {
    if (running >= limit) return false;
    if (heldBy(group) === 0) return true;
    if (doubtful && doubtfulRunning >= share(doubtfulShare)) return false;
    if (groups.size <= 1) return true;
    return (
      heldBy(group) < share(groupShare) &&
      (!doubtful || (heldDoubtful.get(group) ?? 0) < share(doubtfulGroupShare))
    );
  }
  const before = (a: Waiting, b: Waiting) =>
    heldBy(a.group) - heldBy(b.group) || a.ticket - b.ticket;

  function next(): Waiting | undefined {
    let best: [string, Waiting[], Waiting] | undefined;
    for (const [name, lane] of lanes) {
      const first = lane[0] as Waiting;
      if (mayBegin(first) && (!best || before(first, best[2]) < 0)) best = [name, lane, first];
    }
    if (!best) return undefined;
    const [name, lane, chosen] = best;
    lane.shift();
    if (lane.length === 0) lanes.delete(name);
    waiting -= 1;
    return chosen;
  }
  function take({ group, doubtful }: Applicant, sign: 1 | -1): void {
    running += sign;
    add(held, group, sign);
    if (!doubtful) return;
    doubtfulRunning += sign;
    add(heldDoubtful, group, sign);
  }
  function pump(): void {
    for (let each = next(); each; each = next()) {
      take(each, 1);
      each.begin();
    }
  }
  function enqueue(who: Applicant, begin: () => void): void {
    const name = `${who.doubtful ? '?' : ''}${who.group}`;
    const lane = lanes.get(name) ?? [];
    lanes.set(name, lane);
    lane.push({ ...who, ticket, begin });
    [ticket, waiting] = [ticket + 1, waiting + 1];
    pump();
  }

  return {
    async run(who, work) {
      groups.add(who.group);
      await new Promise<void>((begin) => enqueue(who, begin));
      try {
        return await work();
      } finally {
        take(who, -1);
        pump();
      }
    },
    get running() {
      return running;
    },
    get waiting() {
      return waiting;
    },
  };
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const now = (counts.get(key) ?? 0) + by;
  if (now === 0) counts.delete(key);
  else counts.set(key, now);
}
