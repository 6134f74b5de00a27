import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

/**
 * What a start, or a busy hour, leaves behind is the engine's to collect when more is asked for: at
 * rest nothing asks, and it stays. It is collected then, where that does not take long.
 */
export interface Rest {
  /** To be called now and then. */
  look(): void;
}

/** Of a process: tests give their own. */
export interface Heap {
  /** Bytes that it takes, and those in use. */
  size(): { taken: number; used: number };
  /** Of the time since it was asked before: in which the loop had something to do. */
  busy(): number;
  /** Milliseconds of a clock that does not step. */
  now(): number;
  /** Undefined: Node was started without a way to ask for it. */
  collect: (() => unknown) | undefined;
}

const MiB = 1_048_576;
/** Looks at rest in a row. */
const after = 2;
const restShare = 0.05;
/** Less is not worth a pause. */
const worth = 4 * MiB;
/** Of more it would be a pause that somebody notices. */
const most = 64 * MiB;

/**
 * Between two, so many times what the last one took: a collection stops the loop, takes other
 * threads along, and leaves the next cycle a young generation that is to grow anew.
 */
const rarely = 10_000;

/** Any less keeps the pages that it has emptied. */
const thoroughly = { type: 'major', execution: 'sync', flavor: 'last-resort' } as const;

export function createRest(heap: Heap = ofProcess()): Rest {
  let [quiet, left, notBefore] = [0, 0, 0];
  return {
    look() {
      quiet = heap.busy() < restShare ? quiet + 1 : 0;
      if (!heap.collect || quiet < after || heap.now() < notBefore) return;
      const { taken, used } = heap.size();
      if (used > most || taken - left < worth) return;
      const began = heap.now();
      heap.collect();
      const ended = heap.now();
      notBefore = ended + rarely * (ended - began);
      left = heap.size().taken;
    },
  };
}

function ofProcess(): Heap {
  let before = performance.eventLoopUtilization();
  return {
    size() {
      const { total_physical_size: taken, used_heap_size: used } = getHeapStatistics();
      return { taken, used };
    },
    busy() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
    now: () => performance.now(),
    collect: globalThis.gc && (() => globalThis.gc?.(thoroughly)),
  };
}
