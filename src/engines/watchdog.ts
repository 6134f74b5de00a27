import type { Cancel, Clock } from '../base/clock.ts';
import { abortReason } from '../base/deadline.ts';
import { AppError } from '../base/errors.ts';
import { type Connection, NotBegun } from './connection.ts';

/**
 * What ends a statement after so many milliseconds: politely, then less so, at last by cutting its
 * socket.
 */
export type Step = readonly [after_ms: number, end: () => void];

export interface Steps {
  /**
   * Earliest first. Counted from the timeout: the server's own limit comes first. Below zero:
   * before it.
   */
  late: readonly Step[];
  /** Counted from when `signal` aborts. */
  stopped: readonly Step[];
}

/**
 * The connection went without a word while the server was at a statement: the server, or its
 * process, may have crashed of it.
 */
export class LostAtWork extends AppError {
  /** The server is known to have gone on: that connection alone was killed, or cut on its way. */
  readonly serverWentOn: boolean;
  constructor(cause: AppError, serverWentOn = false) {
    super(cause.code, cause.message, { cause });
    this.serverWentOn = serverWentOn;
  }
}

export interface Watched<C extends Connection> {
  /** From it statements are ended. */
  control: C;
  /** On it the statement runs. */
  worker: C;
  timeout_ms: number;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Tells the server through the control connection. Where nobody listens there any more, what runs
 * must not run on; `unheard`: what the engine does about an
 * answer that did not come.
 */
export const tell =
  <C extends Connection>(
    { control, worker }: Pick<Watched<C>, 'control' | 'worker'>,
    send: () => Promise<unknown>,
    unheard: () => void,
  ): (() => void) =>
  () => {
    if (control.usable) send().catch(unheard);
    else worker.destroy();
  };

/** A server that is shut down, or ends a session, says so: by a number, or before this is asked. */
const isLost = (error: unknown): error is AppError =>
  error instanceof AppError &&
  error.code === 'connection_failed' &&
  !(error instanceof NotBegun) &&
  !(Number((error.cause as { errno?: unknown } | undefined)?.errno) > 0);

/**
 * Settles as `work` does; if that does not happen in time, or `signal` aborts, the statement is
 * ended on the server, step by step. Throws `statement_timeout`, or the reason of the signal, where
 * it was us who ended it.
 */
export async function underWatch<T>(
  work: Promise<T>,
  { control, timeout_ms, clock, signal }: Watched<Connection>,
  { late, stopped }: Steps,
): Promise<T> {
  let ended = false;
  const cancels: Cancel[] = [];
  // One timer at a time: nearly every statement ends before the first.
  const next = (i: number, passed_ms: number) => {
    const step = late[i];
    if (!step) return;
    const [after_ms, end] = step;
    const due_ms = timeout_ms + after_ms;
    cancels[0] = clock.after(due_ms - passed_ms, () => {
      ended ||= after_ms >= 0;
      end();
      next(i + 1, due_ms);
    });
  };
  next(0, 0);
  const stop = () => {
    for (const [after_ms, end] of stopped) {
      if (after_ms === 0) end();
      else cancels.push(clock.after(after_ms, end));
    }
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await work;
  } catch (error) {
    if (signal.aborted)
      throw new AppError(abortReason(signal).code, abortReason(signal).message, { cause: error });
    // Its connection may be gone with it: that was us, and it says something about the statement,
    // not about the server.
    if (ended && control.usable)
      throw new AppError('statement_timeout', 'ended by the watchdog', { cause: error });
    throw isLost(error) ? new LostAtWork(error) : error;
  } finally {
    signal.removeEventListener('abort', stop);
    for (const cancel of cancels) cancel();
  }
}
