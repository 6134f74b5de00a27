import { AppError } from '../../base/errors.ts';

/**
 * Cuts a stream of bytes into the messages of a protocol, whole ones only: a driver behind it never
 * sees a half, nor one that was not looked at.
 */
export interface Frames {
  /** Bytes of a message's head, in which its size stands. */
  head: number;
  /**
   * The size of the message that begins at `at`, head included. Throws AppError where it makes no
   * sense.
   */
  sizeAt(bytes: Buffer, at: number): number;
  /** A whole message. Throws AppError where it makes no sense. */
  inspect(bytes: Buffer, from: number, to: number): void;
}

/**
 * Takes what has come and gives the whole messages in it, or nothing yet. Each byte is copied at
 * most twice, however the server cuts it up.
 */
export function createFramer({
  head,
  sizeAt,
  inspect,
}: Frames): (chunk: Buffer) => Buffer | undefined {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let wanted = head;
  return (chunk) => {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < wanted) return undefined;
    const bytes = held.length === 1 ? chunk : Buffer.concat(held);
    let at = 0;
    wanted = head;
    while (bytes.length - at >= head) {
      const size = sizeAt(bytes, at);
      if (bytes.length - at < size) {
        wanted = size;
        break;
      }
      inspect(bytes, at, at + size);
      at += size;
    }
    const rest = bytes.subarray(at);
    held = rest.length ? [rest] : [];
    heldBytes = rest.length;
    return at ? bytes.subarray(0, at) : undefined;
  };
}

/** For whatever a server says that no server of its kind says. */
export const nonsense = (what: string, cause?: unknown) =>
  new AppError('connection_failed', `the server’s answer makes no sense: ${what}`, { cause });
