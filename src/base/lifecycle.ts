import type { Clock } from './clock.ts';
import { AppError } from './errors.ts';

/**
 * Parts stop in the reverse order of their start; one that fails to stop does not keep the others
 * running.
 */
export interface Lifecycle {
  /** Registers how to stop a part that has just been started. */
  add(name: string, stop: () => Promise<void> | void): void;
  /** Stops everything once; later calls wait for the first. Resolves with what failed. */
  stop(): Promise<Failure[]>;
  /**
   * The same, but not longer than this: the part that is still stopping then is the last failure,
   * and those before it are left as they are.
   */
  stopWithin(limit_ms: number, clock: Clock): Promise<Failure[]>;
}

export interface Failure {
  name: string;
  error: unknown;
}

export function createLifecycle(): Lifecycle {
  const parts: { name: string; stop: () => Promise<void> | void }[] = [];
  const failures: Failure[] = [];
  let stopping: Promise<Failure[]> | undefined;
  let current = '';
  async function stopAll() {
    for (const { name, stop } of parts.toReversed()) {
      current = name;
      try {
        await stop();
      } catch (error) {
        failures.push({ name, error });
      }
    }
    return failures;
  }
  function stop(): Promise<Failure[]> {
    stopping ??= stopAll();
    return stopping;
  }
  return {
    add: (name, how) => void parts.push({ name, stop: how }),
    stop,
    async stopWithin(limit_ms, clock) {
      const late = Promise.withResolvers<Failure[]>();
      const cancel = clock.after(limit_ms, () => {
        const error = new AppError('internal', `did not stop within ${limit_ms} ms`);
        late.resolve([...failures, { name: current, error }]);
      });
      try {
        return await Promise.race([stop(), late.promise]);
      } finally {
        cancel();
      }
    },
  };
}
