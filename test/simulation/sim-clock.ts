import type { Clock } from '../../src/base/clock.ts';

/**
 * Simulated time for many processes. Each has its own view: one that is paused hears nothing until
 * it goes on, a dead one never again.
 */
export interface SimClock {
  readonly now: number;
  /** The world's own: faults and deliveries. */
  at(ms: number, callback: () => void): void;
  process(): SimProcess;
  run(until: number): Promise<void>;
}

export interface SimProcess {
  readonly clock: Clock;
  readonly alive: boolean;
  readonly paused: boolean;
  /** Runs `callback` in the process: at once, when it goes on, or never. */
  deliver(callback: () => void): void;
  pause(): void;
  resume(): void;
  /** When it last went on after a pause; −∞ before the first. */
  readonly resumedAt: number;
  /** Its machine's wall clock steps; monotonic time does not. */
  step(ms: number): void;
  kill(): void;
}

interface Entry {
  at: number;
  order: number;
  callback: () => void;
}

export function createSimClock(): SimClock {
  let now = 1_700_000_000_000;
  let order = 0;
  const heap: Entry[] = [];

  function push(entry: Entry): void {
    heap.push(entry);
    let i = heap.length - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(heap[i] as Entry, heap[parent] as Entry)) break;
      swap(i, parent);
      i = parent;
    }
  }
  function pop(): Entry | undefined {
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top;
    heap[0] = last;
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (left < heap.length && before(heap[left] as Entry, heap[least] as Entry)) least = left;
      if (right < heap.length && before(heap[right] as Entry, heap[least] as Entry)) least = right;
      if (least === i) break;
      swap(i, least);
      i = least;
    }
    return top;
  }
  const swap = (i: number, j: number) => {
    [heap[i], heap[j]] = [heap[j] as Entry, heap[i] as Entry];
  };
  const at = (ms: number, callback: () => void) => {
    order += 1;
    push({ at: now + Math.max(0, ms), order, callback });
  };

  function process(): SimProcess {
    let [alive, paused, skew, resumedAt] = [true, false, 0, Number.NEGATIVE_INFINITY];
    let backlog: (() => void)[] = [];
    const deliver = (callback: () => void) => {
      if (!alive) return;
      if (paused) backlog.push(callback);
      else callback();
    };
    const after = (ms: number, callback: () => void) => {
      let canceled = false;
      at(ms, () => deliver(() => canceled || callback()));
      return () => {
        canceled = true;
      };
    };
    const clock: Clock = {
      now: () => now + skew,
      monotonic: () => now,
      after,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason);
          const abort = () => {
            cancel();
            reject(signal?.reason);
          };
          const cancel = after(ms, () => {
            signal?.removeEventListener('abort', abort);
            resolve();
          });
          signal?.addEventListener('abort', abort, { once: true });
        }),
    };
    return {
      clock,
      get alive() {
        return alive;
      },
      get paused() {
        return paused;
      },
      deliver,
      pause: () => {
        paused = true;
      },
      get resumedAt() {
        return resumedAt;
      },
      step(ms) {
        skew += ms;
      },
      resume() {
        paused = false;
        resumedAt = now;
        const waiting = backlog;
        backlog = [];
        for (const callback of waiting) deliver(callback);
      },
      kill: () => {
        alive = false;
        backlog = [];
      },
    };
  }

  return {
    get now() {
      return now;
    },
    at,
    process,
    async run(until) {
      await settled();
      for (let next = heap[0]; next && next.at <= until; next = heap[0]) {
        pop();
        now = Math.max(now, next.at);
        next.callback();
        await settled();
      }
      now = until;
    },
  };
}

const before = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.order < b.order);
/** Everything that follows from an event without time passing has happened. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
