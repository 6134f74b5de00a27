import { AppError } from '../base/errors.ts';
import type { Connection } from './connection.ts';

/**
 * The two connections of a change, on one server: one that works on it for hours, and one that
 * looks, and ends what the first does.
 */
export interface OnServer<C extends Connection> {
  connection: C;
  /** No other server has the same. */
  server: string;
}

/** Where it is lost it is opened again, once for each time that somebody wants it. */
export interface Lasting<C extends Connection> {
  /** Throws AppError, where none can be had now. */
  get(): Promise<C>;
  end(): Promise<void>;
}

/** `open` waits for nothing for long. Throws AppError: several_servers, or what `open` throws. */
export async function openPair<C extends Connection, S extends OnServer<C>>(
  open: () => Promise<S & OnServer<C>>,
): Promise<{ worker: S & OnServer<C>; control: Lasting<C> }> {
  const worker = await open();
  const beside = async (): Promise<C> => {
    const { connection, server } = await open();
    if (server === worker.server) return connection;
    await connection.end();
    throw new AppError('several_servers', 'the second connection reached another server');
  };
  try {
    return { worker, control: lasting(await beside(), beside) };
  } catch (error) {
    await worker.connection.end();
    throw error;
  }
}

export function lasting<C extends Connection>(first: C, open: () => Promise<C>): Lasting<C> {
  let current = first;
  let opening: Promise<C> | undefined;
  let over: AppError | undefined;
  async function openAgain(): Promise<C> {
    const fresh = await open();
    if (over) await fresh.end();
    else current = fresh;
    return fresh;
  }
  return {
    async get() {
      if (current.usable) return current;
      if (over) throw over;
      opening ??= openAgain().finally(() => {
        opening = undefined;
      });
      return opening;
    },
    async end() {
      over = new AppError('connection_failed', 'the work is over');
      await opening?.catch(() => undefined);
      await current.end();
    },
  };
}
