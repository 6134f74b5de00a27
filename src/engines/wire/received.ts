import { AppError } from '../../base/errors.ts';

/**
 * How much a server may make us hold. Counted while it arrives: a server that sends without end, or
 * that announces a message of four gigabytes, is cut off before the memory is spent. Three limits,
 * each for another reason.
 */
export interface Received {
  /** One connection's part. */
  connection(): ReceivedByConnection;
}

export interface ReceivedByConnection {
  /** A statement is sent: its answer may be large. */
  begin(): void;
  /** It is answered: what was held for it is free. */
  done(): void;
  /** So much has come, or will be held because of it. Throws AppError too_large. */
  add(bytes: number): void;
  /** A message of this size is announced. Throws AppError too_large before it is waited for. */
  announce(bytes: number): void;
  /** The connection is gone: what it held is free. */
  end(): void;
  /**
   * Called when this connection, of all, must give way, whether anything comes on it at the moment
   * or not.
   */
  onYield(cut: (reason: AppError) => void): void;
}

const mebibyte = 1_048_576;
/** Of a server's login and of what it says unasked: some kilobytes in life. */
const idleLimit = 256 * 1_024;
/**
 * The counters of 20,000 statements, all that are read at once, with names as long as they may be;
 * a plan has its own, smaller limit.
 */
const statementLimit = 10 * mebibyte;
/**
 * One message is one row, at most: no text or plan that we read is larger. It is held twice while
 * its parts are put together.
 */
const messageLimit = 4 * mebibyte;
/**
 * What a server may send in one cycle, all statements together: none comes near it in life, and a
 * server that misbehaves costs the network no more.
 */
const cycleLimit = 128 * mebibyte;
/**
 * What all servers together make us hold at one moment: some large answers and many small ones.
 * Beyond it the one who holds most gives way.
 */
const processLimit = 32 * mebibyte;

interface Holder {
  held: number;
  yield(): void;
}
const holders = new Set<Holder>();
let heldByAll = 0;

export function createReceived(): Received {
  let left = cycleLimit;
  return {
    connection() {
      let running = 0;
      const limit = () => (running ? statementLimit : idleLimit);
      const holder: Holder = {
        held: 0,
        yield: () => undefined,
      };
      holders.add(holder);
      const release = () => {
        heldByAll -= holder.held;
        holder.held = 0;
      };
      return {
        begin() {
          if (running === 0) release();
          running += 1;
        },
        done() {
          running -= 1;
          if (running === 0) release();
        },
        add(bytes) {
          left -= bytes;
          holder.held += bytes;
          heldByAll += bytes;
          if (holder.held > limit()) throw tooLarge(`more than ${describe(limit())} came at once`);
          if (left < 0) throw tooLarge(`more than ${describe(cycleLimit)} came in one cycle`);
          if (heldByAll > processLimit) mostOf(holders)?.yield();
        },
        announce(bytes) {
          if (bytes > messageLimit || holder.held + bytes > limit())
            throw tooLarge(
              `a message of ${bytes} bytes is announced, limit ` +
                `${describe(Math.min(messageLimit, limit()))}`,
            );
        },
        end() {
          release();
          holders.delete(holder);
        },
        onYield(cut) {
          holder.yield = () =>
            cut(
              tooLarge(
                `all servers together sent more than ${describe(processLimit)} at one moment, ` +
                  'this one most of it',
              ),
            );
        },
      };
    },
  };
}

const tooLarge = (message: string) =>
  new AppError('too_large', `${message}; the connection was cut`);

const describe = (bytes: number): string =>
  bytes < mebibyte ? `${bytes / 1_024} KiB` : `${bytes / mebibyte} MiB`;

function mostOf(all: Iterable<Holder>): Holder | undefined {
  let most: Holder | undefined;
  for (const each of all) if (each.held > (most?.held ?? 0)) most = each;
  return most;
}
