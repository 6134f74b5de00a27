import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Ask } from './ask.ts';
import type { Connection } from './connect.ts';
import { scripts } from './scripts.ts';

/**
 * Flags are one hash. What was once published is lifted by taking its field away, never by losing
 * it: a field of our own counts the changes, and tells what was lost (the hash was flushed or
 * evicted; a failover put a copy in its place that had not heard of the last ones) from what was
 * lifted. Whoever knew the flags then puts them back.
 */
export interface Flags {
  /** Asks now, and tells the watchers before it resolves. */
  read(): Promise<ReadonlyMap<string, unknown>>;
  publish(flag: string, value: unknown): Promise<void>;
  watch(onFlags: (flags: ReadonlyMap<string, unknown>) => void): () => void;
  /** Asks again; where Redis is away, what was known stays in force. */
  refresh(): Promise<void>;
  /** Asks once a second until `signal` aborts. */
  poll(signal: AbortSignal): Promise<void>;
}

export interface FlagsDeps {
  connection: Connection;
  key: string;
  channel: string;
  ask: Ask;
  clock: Clock;
  logger: Logger;
}

/** A stop reaches everyone within two seconds even when a message is lost. */
const flagPoll_ms = 1_000;
/** However many messages come: what changed after so many began, the poll finds. */
const refreshesAtOnce = 3;
const keptField = '.kept';

/** How many changes there have been, and the time of the last one; of before, the count alone. */
interface Mark {
  readonly count: number;
  readonly text: string;
}

/** Everything that is known of them here. */
interface Known {
  readonly deps: FlagsDeps;
  readonly watchers: Set<(flags: ReadonlyMap<string, unknown>) => void>;
  flags: ReadonlyMap<string, unknown>;
  /** Of the hash, when it was last there, whole. */
  mark: Mark | undefined;
  /** How many ask at this moment because of a message. */
  refreshing: number;
}

export function createFlags(deps: FlagsDeps): Flags {
  const known: Known = {
    deps,
    watchers: new Set(),
    flags: new Map(),
    mark: undefined,
    refreshing: 0,
  };
  return {
    async read() {
      await refresh(known);
      return known.flags;
    },
    publish: (flag, value) => publish(known, flag, value),
    watch(onFlags) {
      known.watchers.add(onFlags);
      onFlags(known.flags);
      return () => void known.watchers.delete(onFlags);
    },
    refresh: () => refreshSoon(known),
    poll: (signal) => poll(known, signal),
  };
}

async function refresh(known: Known): Promise<void> {
  const { connection, key, ask } = known.deps;
  const { found, mark } = readHash(await ask('flags', () => connection.hgetall(key)));
  if (known.mark && hasLost(known.mark, mark)) return putBack(known, known.mark, found);
  known.mark = mark;
  tell(known, found);
}

/** The flags in the hash, and its mark. Pure. */
export function readHash({ [keptField]: text, ...texts }: Record<string, string>) {
  return {
    found: new Map(Object.entries(texts).map(([name, value]) => [name, parse(value)])),
    mark: text === undefined ? undefined : { count: countOf(text), text },
  };
}

/** Of more digits than a number holds exactly it is nobody's of ours, and begins anew. */
const countOf = (text: string): number => Number(/^\d{1,15}(?!\d)/.exec(text)?.[0] ?? 0);

/** Changes are missing that were there, or others are in their place. Pure. */
export const hasLost = (before: Mark, now: Mark | undefined): boolean =>
  !now || now.count < before.count || (now.count === before.count && now.text !== before.text);

function tell(known: Known, now: ReadonlyMap<string, unknown>): void {
  if (isDeepStrictEqual(now, known.flags)) return;
  known.flags = now;
  for (const watcher of known.watchers) watcher(now);
}

async function putBack(
  known: Known,
  { count }: Mark,
  found: ReadonlyMap<string, unknown>,
): Promise<void> {
  const { logger } = known.deps;
  const lost = [...known.flags].filter(([name]) => !found.has(name));
  await write(known, count, lost);
  known.mark = undefined;
  logger.warn(
    { flags: lost.length },
    'Redis has lost its flags; what was known of them was put back',
  );
  tell(known, new Map([...known.flags, ...found])); // the next poll asks whether it was kept
}

const write = (known: Known, count: number, flags: readonly [string, unknown][]) => {
  const { connection, key, ask } = known.deps;
  const fields = flags.flatMap(([name, value]) => [name, JSON.stringify(value) ?? '']);
  return ask('flags', () => scripts.flags.run(connection, [key], [count, ...fields]));
};

async function publish(known: Known, flag: string, value: unknown): Promise<void> {
  const { connection, channel, ask } = known.deps;
  await refresh(known); // what was lost is seen before another change is counted
  await write(known, 0, [[flag, value]]);
  await ask('flags', () => connection.publish(channel, flag));
  await refresh(known);
}

const refreshQuietly = (known: Known) => refresh(known).catch(() => undefined);

async function refreshSoon(known: Known): Promise<void> {
  if (known.refreshing >= refreshesAtOnce) return;
  known.refreshing += 1;
  await refreshQuietly(known);
  known.refreshing -= 1;
}

async function poll(known: Known, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await refreshQuietly(known);
    await known.deps.clock.sleep(flagPoll_ms, signal).catch(() => undefined);
  }
}

/** What is no JSON is somebody else's doing; its owner says what that means. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
