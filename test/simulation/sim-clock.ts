import type { Clock } from '../../src/base/clock.ts';
import { createEventHeap } from './event-heap.ts';

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

export function createSimClock(): SimClock {
  const events = createEventHeap();
  let now = 1_700_000_000_000;
  const at = (ms: number, callback: () => void) => events.push(now + Math.max(0, ms), callback);
  const time: SimClock = {
    get now() {
      return now;
    },
    at,
    process: () => createProcess(time),
    async run(until) {
      await settled();
      for (let next = events.first(); next && next.at <= until; next = events.first()) {
        events.pop();
        now = Math.max(now, next.at);
        next.callback();
        await settled();
      }
      now = until;
    },
  };
  return time;
}

interface ProcessState {
  alive: boolean;
  paused: boolean;
  /** Of its wall clock. */
  skew: number;
  resumedAt: number;
  backlog: (() => void)[];
}

function createProcess(time: SimClock): SimProcess {
  const state: ProcessState = {
    alive: true,
    paused: false,
    skew: 0,
    resumedAt: Number.NEGATIVE_INFINITY,
    backlog: [],
  };
  const deliver = (callback: () => void) => {
    if (!state.alive) return;
    if (state.paused) state.backlog.push(callback);
    else callback();
  };
  return {
    clock: createClock(time, state, deliver),
    get alive() {
      return state.alive;
    },
    get paused() {
      return state.paused;
    },
    deliver,
    pause() {
      state.paused = true;
    },
    get resumedAt() {
      return state.resumedAt;
    },
    step(ms) {
      state.skew += ms;
    },
    resume() {
      const waiting = state.backlog;
      Object.assign(state, { paused: false, resumedAt: time.now, backlog: [] });
      for (const callback of waiting) deliver(callback);
    },
    kill: () => void Object.assign(state, { alive: false, backlog: [] }),
  };
}

function createClock(
  time: SimClock,
  state: ProcessState,
  deliver: (callback: () => void) => void,
): Clock {
  const after = (ms: number, callback: () => void) => {
    let canceled = false;
    time.at(ms, () => deliver(() => canceled || callback()));
    return () => {
      canceled = true;
    };
  };
  return {
    now: () => time.now + state.skew,
    monotonic: () => time.now,
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
}

/** Everything that follows from an event without time passing has happened. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
