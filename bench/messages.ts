import type { Socket } from 'node:net';

/** The messages of PostgreSQL's protocol: where they end, and their rows. */
export const ready = 'Z'.charCodeAt(0);
const [rowType, columnsType] = ['D'.charCodeAt(0), 'T'.charCodeAt(0)];

/** A stream's messages: a type, a length, a body. */
export function onMessages(
  socket: Socket,
  handle: (message: Buffer) => void,
  startup?: (message: Buffer) => void,
): void {
  let rest: Buffer = Buffer.alloc(0);
  let starting = startup !== undefined;
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    for (;;) {
      const head = starting ? 0 : 1;
      if (rest.length < head + 4) return;
      const length = head + rest.readInt32BE(head);
      if (rest.length < length) return;
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      if (starting) {
        starting = false;
        startup?.(message);
      } else handle(message);
    }
  });
}

/**
 * What a client asks, up to where it waits for an answer: a simple query, or everything before a
 * Sync. `unit`: its bytes.
 */
export function onUnits(
  socket: Socket,
  startup: (message: Buffer) => void,
  ask: (key: string, unit: Buffer) => void,
): void {
  let keys: string[] = [];
  let unit: Buffer[] = [];
  const over = (key: string) => {
    ask(key, Buffer.concat(unit));
    [keys, unit] = [[], []];
  };
  onMessages(
    socket,
    (message) => {
      unit.push(message);
      const type = String.fromCharCode(message[0] as number);
      const body = message.subarray(5);
      if (type === 'Q') over(`Q ${body.toString('utf8')}`);
      else if (type === 'P' || type === 'B') keys.push(`${type} ${body.toString('utf8')}`);
      else if (type === 'S') over(keys.join(' '));
      else if (type === 'X') socket.end();
    },
    startup,
  );
}

/** An answer with each of its rows as it is made of it, or without. */
export function rewritten(
  answer: Buffer,
  change: (row: Buffer, columns: readonly string[]) => Buffer | undefined,
): Buffer {
  const out: Buffer[] = [];
  let columns: string[] = [];
  for (let at = 0; at < answer.length; ) {
    const end = at + 1 + answer.readInt32BE(at + 1);
    const message = answer.subarray(at, end);
    if (message[0] === columnsType) columns = columnNames(message);
    const kept = message[0] === rowType ? change(message, columns) : message;
    if (kept) out.push(kept);
    at = end;
  }
  return Buffer.concat(out);
}

function columnNames(message: Buffer): string[] {
  const names: string[] = [];
  let at = 7;
  for (let left = message.readInt16BE(5); left > 0; left -= 1) {
    const end = message.indexOf(0, at);
    names.push(message.toString('utf8', at, end));
    at = end + 1 + 18;
  }
  return names;
}

export function valuesOf(row: Buffer): (Buffer | undefined)[] {
  const values: (Buffer | undefined)[] = [];
  let at = 7;
  for (let left = row.readInt16BE(5); left > 0; left -= 1) {
    const length = row.readInt32BE(at);
    values.push(length < 0 ? undefined : row.subarray(at + 4, at + 4 + length));
    at += 4 + Math.max(0, length);
  }
  return values;
}

export function rowOf(values: readonly (Buffer | undefined)[]): Buffer {
  const body = values.flatMap((value) => {
    const head = Buffer.alloc(4);
    head.writeInt32BE(value ? value.length : -1);
    return value ? [head, value] : [head];
  });
  const whole = Buffer.concat([Buffer.from([rowType, 0, 0, 0, 0, 0, 0]), ...body]);
  whole.writeInt32BE(whole.length - 1, 1);
  whole.writeInt16BE(values.length, 5);
  return whole;
}

/** Where the first message of a type is. */
export function messageAt(messages: Buffer, type: string): number {
  let at = 0;
  while (at < messages.length && messages[at] !== type.charCodeAt(0))
    at += 1 + messages.readInt32BE(at + 1);
  return at;
}
