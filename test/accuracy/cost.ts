/**
 * What a defect costs: the same work with and without it, by the server's own counters. A mutation
 * of which the planner makes nothing is no defect, and is not asked of the rules.
 */
export interface Work {
  calls: number;
  ms: number;
  /** Pages looked at (PostgreSQL), rows examined (MySQL, MariaDB). */
  looked: number;
}

/** With the defect / without it. */
export interface Cost {
  time: number;
  looked: number;
  /** Of round trips, where the same work takes more statements. */
  calls: number;
  ms: { defect: number; healthy: number };
}

/** Time is noisy, pages and rows are not; both are well above what two equal plans differ by. */
const dearer = { time: 1.3, looked: 1.5, calls: 1.5 };

/** What these cost shows in writes, in space, in what is sent, or only when tables grow. */
const costsElsewhere: ReadonlySet<string> = new Set([
  'redundant-index',
  'unused-index',
  'invalid-index',
  'write-amplification',
  'select-star',
]);

/** A round: every call of the case once. What disturbs only ever adds: the least of them counts. */
export function costOf(defect: readonly Work[], healthy: readonly Work[]): Cost {
  const [bad, good] = [least(defect), least(healthy)];
  return {
    time: ratio(bad.ms, good.ms),
    looked: ratio(bad.looked, good.looked),
    calls: ratio(bad.calls, good.calls),
    ms: { defect: bad.ms, healthy: good.ms },
  };
}

const least = (rounds: readonly Work[]): Work => ({
  calls: Math.min(...rounds.map(({ calls }) => calls)),
  ms: Math.min(...rounds.map(({ ms }) => ms)),
  looked: Math.min(...rounds.map(({ looked }) => looked)),
});

/** Nothing at all is taken for one, so that the ratio stays a number. */
const ratio = (bad: number, good: number): number =>
  bad / (good > 0 ? good : Math.min(1, bad || 1));

export const costsSomething = (defect: string, cost: Cost): boolean =>
  costsElsewhere.has(defect) ||
  cost.time >= dearer.time ||
  cost.looked >= dearer.looked ||
  cost.calls >= dearer.calls;

/** Of one side, so far. */
export interface Spent {
  rounds: number;
  calls: number;
  ms: number;
  /** Nothing is left to be measured: a control, or a cost that no noise can make. */
  clear: boolean;
}

/**
 * A statement has to run five times to be collected by default, twice that is no edge; one round
 * says nothing of noise; and a slow one must not take the time of all others.
 */
const enough = { calls: 10, rounds: 3, leastCalls: 5, leastRounds: 2, ms: 300 };

export function isEnough({ rounds, calls, ms, clear }: Spent): boolean {
  const isSlow = ms >= enough.ms;
  const wanted = clear ? 1 : isSlow ? enough.leastRounds : enough.rounds;
  return rounds >= wanted && calls >= (isSlow || clear ? enough.leastCalls : enough.calls);
}

/** What is looked at does not depend on what else the machine does. */
const clearly = 2;
export const isClear = ({ looked }: Cost): boolean => looked >= clearly;
