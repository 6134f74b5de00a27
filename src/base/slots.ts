/**
 * A replica's places for cycles, shared by groups. First come, first served would let one group whose peers do not answer hold every place: its work lasts
 * for as long as a timeout does, everybody else's for milliseconds. So a free place goes to the group that has the fewest, the last quarter is kept
 * for groups that have less than their share, and work that failed last time may hold half of all places, no more.
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

/** Of all places: what one group leaves to the others, where there are others. */
const keptShare = 0.25;
const doubtfulShare = 0.5;

export function createSlots(limit: number): Slots {
  /** Those who wait, in their order, by group and doubt. */
  const lanes = new Map<string, Waiting[]>();
  const held = new Map<string, number>();
  const groups = new Set<string>();
  let [running, doubtfulRunning, waiting, ticket] = [0, 0, 0, 0];
  const doubtfulLimit = Math.max(1, Math.floor(limit * doubtfulShare));
  const most = Math.max(1, limit - Math.ceil(limit * keptShare));
  const heldBy = (group: string) => held.get(group) ?? 0;

  function mayBegin({ group, doubtful }: Applicant): boolean {
    if (running >= limit || (doubtful && doubtfulRunning >= doubtfulLimit)) return false;
    return groups.size <= 1 || heldBy(group) < most;
  }
  const before = (a: Waiting, b: Waiting) => heldBy(a.group) - heldBy(b.group) || a.ticket - b.ticket;

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
    if (doubtful) doubtfulRunning += sign;
    held.set(group, heldBy(group) + sign);
    if (heldBy(group) === 0) held.delete(group);
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
