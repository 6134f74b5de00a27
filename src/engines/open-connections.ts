import type { Clock } from '../base/clock.ts';

interface Closable {
  end(): Promise<void>;
  destroy(): void;
}

/**
 * The connections of one cycle: they end with it, and none outlives a stop by more than a moment.
 */
export interface OpenConnections<C extends Closable> {
  /**
   * One that cannot be prepared, its limits set, is cut again, so that nothing runs on it and none
   * are left over.
   */
  add(connection: C, prepare: (connection: C) => Promise<void>): Promise<C>;
  /** It has ended already. */
  remove(connection: C): void;
  /** Politely, or at once where the cycle was stopped. */
  close(): Promise<void>;
  /** At once. */
  destroy(): void;
}

/**
 * The watchdog ends a running statement through another connection first; what is still open then
 * is cut.
 */
const cutAfter_ms = 1_500;

export function createOpenConnections<C extends Closable>(
  first: C,
  clock: Clock,
  signal: AbortSignal,
): OpenConnections<C> {
  const open = new Set([first]);
  const onStop = () => void clock.after(cutAfter_ms, destroy);
  signal.addEventListener('abort', onStop, { once: true });
  function destroy(): void {
    signal.removeEventListener('abort', onStop);
    for (const each of open) each.destroy();
  }
  return {
    async add(connection, prepare) {
      open.add(connection);
      try {
        await prepare(connection);
      } catch (error) {
        open.delete(connection);
        connection.destroy();
        throw error;
      }
      return connection;
    },
    remove: (connection) => void open.delete(connection),
    async close() {
      signal.removeEventListener('abort', onStop);
      await Promise.all([...open].map((each) => (signal.aborted ? each.destroy() : each.end())));
      open.clear();
    },
    destroy,
  };
}
