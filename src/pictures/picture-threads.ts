import { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import type { DrawJob, Drawn } from '../render/draw-plan.ts';
import { usualBudget } from '../render/scene.ts';
import { drawText } from './draw-text.ts';
import type { WorkerData } from './picture-worker.ts';

/**
 * Pictures for a program that has something better to do: drawn beside it, each in a thread of its
 * own that ends with it, a few at once. Nobody waits in a queue: whoever is too many is told when
 * to come again.
 */
export interface PictureThreads {
  draw(job: DrawJob): Promise<Drawn>;
  /** Ends those that run. */
  close(): Promise<void>;
}

export interface ThreadOptions {
  /** A folder of fonts besides the program's own. */
  fonts: string | undefined;
  clock: Clock;
  atOnce?: number;
  /** From asking to the last byte. */
  deadline_ms?: number;
}

/** The machine has cycles to run. */
const usualAtOnce = 2;
/** The largest picture that may be asked for takes half of it on a slow machine. */
const usualDeadline_ms = 20_000;
const retryAfter_s = 2;
/** A plan of 10,000 nodes with 2,000 cards takes a third of it. Pixels are bounded by `png.ts`. */
const resourceLimits = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 48 };
/** Text of so many nodes and cards takes some milliseconds, starting a thread ten times that. */
const fewNodes = 2_000;
const fewCards = 200;

export function createPictureThreads(options: ThreadOptions): PictureThreads {
  const { fonts, clock, atOnce = usualAtOnce, deadline_ms = usualDeadline_ms } = options;
  const running = new Set<Worker>();
  return {
    async draw(job) {
      const { format } = job;
      if ((format === 'svg' || format === 'html') && isSmall(job))
        return drawText(job, format, job.options);
      if (running.size >= atOnce)
        return { kind: 'busy', retryAfter_s, message: `${atOnce} pictures are drawn already` };
      const worker = startWorker({ job, fonts });
      running.add(worker);
      try {
        return await resultOf(worker, clock, deadline_ms);
      } finally {
        await worker.terminate();
        running.delete(worker);
      }
    },
    async close() {
      await Promise.all([...running].map((worker) => worker.terminate()));
    },
  };
}

function isSmall({ page, before, options: { cards = usualBudget } }: DrawJob): boolean {
  const nodes = page.plan.totals.nodes + (before?.plan.totals.nodes ?? 0);
  return nodes <= fewNodes && Math.min(nodes, cards) <= fewCards;
}

/** As source it stands beside this file; bundled, beside the program. */
const startWorker = (workerData: WorkerData): Worker =>
  new Worker(
    new URL(
      import.meta.url.endsWith('.ts') ? './picture-worker.ts' : './picture-worker.js',
      import.meta.url,
    ),
    { workerData, resourceLimits, stdout: false, stderr: false },
  );

function resultOf(worker: Worker, clock: Clock, deadline_ms: number): Promise<Drawn> {
  const { promise, resolve, reject } = Promise.withResolvers<Drawn>();
  const late = `it took longer than ${deadline_ms / 1_000} s; take fewer cards, or svg`;
  const disarm = clock.after(deadline_ms, () => resolve({ kind: 'late', message: late }));
  worker.once('message', (drawn: Drawn) => resolve(drawn));
  worker.once('error', (error: Error & { code?: string }) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
      resolve({ kind: 'too_large', message: 'it needs too much memory; take fewer cards, or svg' });
    else reject(error);
  });
  worker.once('exit', () => resolve({ kind: 'late', message: 'the program ends' }));
  return promise.finally(disarm);
}
