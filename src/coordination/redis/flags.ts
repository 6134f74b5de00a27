import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Ask } from './ask.ts';
import type { Connection } from './connect.ts';

/**
 * Flags are one hash. What was once published is lifted by taking its field away, never by losing
 * the hash: a field of our own tells a hash that was lost (flushed, evicted, restarted without
 * persistence, an older copy) from one that is empty. Whoever knew the flags then puts them back.
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

/** Everything that is known of them here. */
interface Known {
  readonly deps: FlagsDeps;
  readonly watchers: Set<(flags: ReadonlyMap<string, unknown>) => void>;
  flags: ReadonlyMap<string, unknown>;
  /** The hash was there, whole. */
  kept: boolean;
  /** How many ask at this moment because of a message. */
  refreshing: number;
}

export function createFlags(deps: FlagsDeps): Flags {
  const known: Known = { deps, watchers: new Set(), flags: new Map(), kept: false, refreshing: 0 };
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
  const { found, isKept } = readHash(await ask('flags', () => connection.hgetall(key)));
  if (known.kept && !isKept) return putBack(known, found);
  known.kept = isKept;
  tell(known, found);
}

/** The flags in the hash, and whether it was never lost. Pure. */
export function readHash({ [keptField]: mark, ...texts }: Record<string, string>) {
  return {
    found: new Map(Object.entries(texts).map(([name, text]) => [name, parse(text)])),
    isKept: mark !== undefined,
  };
}

function tell(known: Known, now: ReadonlyMap<string, unknown>): void {
  if (isDeepStrictEqual(now, known.flags)) return;
  known.flags = now;
  for (const watcher of known.watchers) watcher(now);
}

async function putBack(known: Known, found: ReadonlyMap<string, unknown>): Promise<void> {
  const { connection, key, ask, logger } = known.deps;
  const lost = [...known.flags].filter(([name]) => !found.has(name));
  const fields = lost.flatMap(([name, value]) => [name, JSON.stringify(value)]);
  await ask('flags', () => connection.hset(key, keptField, '1', ...fields));
  logger.warn(
    { flags: lost.length },
    'Redis has lost its flags; what was known of them was put back',
  );
  tell(known, new Map([...known.flags, ...found])); // the next poll asks whether it was kept
}

async function publish(known: Known, flag: string, value: unknown): Promise<void> {
  const { connection, key, channel, ask } = known.deps;
  await ask('flags', () =>
    value === undefined
      ? connection.hdel(key, flag)
      : connection.hset(key, keptField, '1', flag, JSON.stringify(value)),
  );
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
