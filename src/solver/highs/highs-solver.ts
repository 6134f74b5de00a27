import { Worker } from 'node:worker_threads';
import type { Selection } from '../../advice/problem.ts';
import type { Clock } from '../../base/clock.ts';
import { abortReason } from '../../base/deadline.ts';
import { greedy } from '../greedy.ts';
import type { Solver } from '../solver.ts';
import type { ThreadData } from './solver-thread.ts';

/**
 * The best set with the proof that it is: HiGHS, in a thread of its own that ends with the problem.
 * A thread that is late, runs out of memory or breaks is ended, and what greedy finds is the
 * answer, with a bound that is further away.
 */
export const createHighsSolver = ({ clock }: { clock: Clock }): Solver => ({
  async solve(problem, { limit_ms, signal }) {
    if (signal.aborted) throw abortReason(signal);
    const worker = startThread({ problem, limit_ms });
    try {
      return (await answerOf(worker, { clock, signal, limit_ms })) ?? greedy(problem);
    } finally {
      await worker.terminate();
    }
  },
});

/** To start, to load the solver, and to hand the answer over. */
const overhead_ms = 5_000;
/** Of what JavaScript holds; the solver's own memory is WebAssembly's, and ends with the thread. */
const resourceLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 };

const startThread = (workerData: ThreadData): Worker =>
  new Worker(
    new URL(
      import.meta.url.endsWith('.ts') ? './solver-thread.ts' : './solver-thread.js',
      import.meta.url,
    ),
    { workerData, resourceLimits, stdout: false, stderr: false },
  );

interface Waiting {
  clock: Clock;
  signal: AbortSignal;
  limit_ms: number;
}

/** Undefined where there is none. */
function answerOf(
  worker: Worker,
  { clock, signal, limit_ms }: Waiting,
): Promise<Selection | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Selection | undefined>();
  const disarm = clock.after(limit_ms + overhead_ms, () => resolve(undefined));
  const onAbort = () => reject(abortReason(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  worker.once('message', resolve);
  worker.once('error', () => resolve(undefined));
  worker.once('exit', () => resolve(undefined));
  return promise.finally(() => {
    disarm();
    signal.removeEventListener('abort', onAbort);
  });
}
