import { createBoundedQueue } from '../base/bounded-queue.ts';
import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { PlanBatch } from '../model/batch.ts';
import type { ExportedTarget, Exporter } from './exporter.ts';

/**
 * A queue of its own for each exporter. Full: the oldest batch is dropped and counted. A batch that
 * fails is counted and not tried again here: retrying is the exporter's own art.
 */
export interface FanOut {
  /** Never waits, never throws. */
  publish(batch: PlanBatch): void;
  /** The target is gone. */
  forget(target: ExportedTarget): void;
  stats(): { exporter: string; queued: number; dropped: number; failed: number }[];
  /** Delivers what is queued, within the deadline, then closes every exporter. */
  close(deadline_ms: number): Promise<void>;
}

const queueLimit = 1_000;
const exportDeadline_ms = 10_000;

export function createFanOut(exporters: readonly Exporter[], clock: Clock, logger: Logger): FanOut {
  const lanes = exporters.map((exporter) => createLane(exporter, clock, logger));
  return {
    publish: (batch) => {
      for (const lane of lanes) lane.push(batch);
    },
    forget: (target) => {
      for (const exporter of exporters) exporter.forget?.(target);
    },
    stats: () => lanes.map((lane) => lane.stats()),
    close: async (deadline_ms) => {
      await Promise.all(lanes.map((lane) => lane.close(deadline_ms)));
    },
  };
}

function createLane(exporter: Exporter, clock: Clock, logger: Logger) {
  const queue = createBoundedQueue<PlanBatch>(queueLimit);
  const late = () => new AppError('internal', `exporter ${exporter.name} took too long`);
  let failed = 0;
  let draining: Promise<void> | undefined;

  async function drain(): Promise<void> {
    for (let batch = queue.shift(); batch; batch = queue.shift()) {
      try {
        await withDeadline(exporter.export(batch), exportDeadline_ms, clock, late);
      } catch (error) {
        failed += 1;
        logger.warn({ exporter: exporter.name, error }, 'export failed');
      }
    }
    draining = undefined;
  }
  return {
    push(batch: PlanBatch) {
      queue.push(batch);
      draining ??= Promise.resolve().then(drain);
    },
    stats: () => ({ exporter: exporter.name, queued: queue.size, dropped: queue.dropped, failed }),
    async close(deadline_ms: number) {
      try {
        await withDeadline(
          (draining ?? Promise.resolve()).then(() => exporter.flush()),
          deadline_ms,
          clock,
          late,
        );
      } catch (error) {
        logger.warn(
          { exporter: exporter.name, queued: queue.size, error },
          'not everything was exported',
        );
      }
      await exporter.close();
    },
  };
}
