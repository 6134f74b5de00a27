import { Worker } from 'node:worker_threads';
import type { Clock } from '../../base/clock.ts';
import { abortReason } from '../../base/deadline.ts';
import { AppError } from '../../base/errors.ts';
import type { Answer, Reply, Task, WorkerData } from './messages.ts';

/**
 * The thread of one world, from outside: a task has an answer, a failure, or its time is over, and
 * then the thread is gone with all that it held.
 */
export interface Thread {
  /** Throws PlannerFailure, AppError: planner_timeout, planner_failed, why `signal` was aborted. */
  ask(task: Task, limit_ms: number): Promise<Answer>;
  end(): Promise<void>;
}

/** What the planner itself said: to be looked at, never to be shown. */
export class PlannerFailure extends Error {
  readonly state: string;
  constructor(state: string, message: string) {
    super(message);
    this.name = 'PlannerFailure';
    this.state = state;
  }
}

export interface ThreadOptions {
  data: WorkerData;
  signal: AbortSignal;
  clock: Clock;
  /** Until the world is there. */
  limit_ms: number;
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export async function startThread({
  data,
  signal,
  clock,
  limit_ms,
}: ThreadOptions): Promise<Thread> {
  if (signal.aborted) throw abortReason(signal);
  const worker = startWorker(data);
  const waiting = new Map<number, Waiting>();
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => undefined); // heard below
  let gone: AppError | undefined;
  const fail = (error: AppError) => {
    gone ??= error;
    ready.reject(gone);
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
  };
  const end = async (error: AppError) => {
    fail(error);
    signal.removeEventListener('abort', aborted);
    await worker.terminate();
  };
  const aborted = () => void end(abortReason(signal));
  signal.addEventListener('abort', aborted, { once: true });
  worker.on('message', (reply: Reply) => {
    if (reply.kind === 'ready') return ready.resolve();
    const asked = waiting.get(reply.id ?? -1);
    waiting.delete(reply.id ?? -1);
    if (reply.kind === 'answer') asked?.resolve(reply.answer);
    else asked?.reject(new PlannerFailure(reply.state, reply.message));
  });
  // Its words are left out: they may quote what it worked on.
  worker.once('error', (cause) => fail(failed(`its thread ended (${cause.name})`)));
  worker.once('exit', () => fail(failed('its thread ended')));
  const within = async <T>(work: Promise<T>, most_ms: number): Promise<T> => {
    const disarm = clock.after(most_ms, () => void end(late(most_ms)));
    try {
      return await work;
    } finally {
      disarm();
    }
  };
  await within(ready.promise, limit_ms);
  let next = 0;
  return {
    ask(task, most_ms) {
      if (gone) return Promise.reject(gone);
      const id = next;
      next += 1;
      const answer = new Promise<Answer>((resolve, reject) => waiting.set(id, { resolve, reject }));
      worker.postMessage({ id, ...task });
      return within(answer, most_ms);
    },
    end: () => end(failed('its world is closed')),
  };
}

const failed = (message: string) => new AppError('planner_failed', message);
const late = (ms: number) => new AppError('planner_timeout', `no answer within ${ms} ms`);

/** As source it stands beside this file; bundled, beside the program. */
const startWorker = (workerData: WorkerData): Worker =>
  new Worker(
    new URL(
      import.meta.url.endsWith('.ts') ? './worker.ts' : './planner-worker.js',
      import.meta.url,
    ),
    { workerData, stdout: true, stderr: true },
  );
