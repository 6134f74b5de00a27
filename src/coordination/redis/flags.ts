import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
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
  ask<T>(purpose: string, work: () => Promise<T>): Promise<T>;
  clock: Clock;
  logger: Logger;
}

/** A stop reaches everyone within two seconds even when a message is lost. */
const flagPoll_ms = 1_000;
/** However many messages come: what changed after so many began, the poll finds. */
const refreshesAtOnce = 3;
const keptField = '.kept';

export function createFlags({ connection, key, channel, ask, clock, logger }: FlagsDeps): Flags {
  const watchers = new Set<(flags: ReadonlyMap<string, unknown>) => void>();
  let flags: ReadonlyMap<string, unknown> = new Map();
  let kept = false;

  async function readAll(): Promise<{ found: Map<string, unknown>; isKept: boolean }> {
    const { [keptField]: mark, ...texts } = await ask('flags', () => connection.hgetall(key));
    return {
      found: new Map(Object.entries(texts).map(([name, text]) => [name, parse(text)])),
      isKept: mark !== undefined,
    };
  }
  async function refresh(): Promise<void> {
    const { found, isKept } = await readAll();
    if (kept && !isKept) return putBack(found);
    kept = isKept;
    tell(found);
  }
  function tell(now: ReadonlyMap<string, unknown>): void {
    if (isDeepStrictEqual(now, flags)) return;
    flags = now;
    for (const watcher of watchers) watcher(flags);
  }
  async function putBack(found: ReadonlyMap<string, unknown>): Promise<void> {
    const lost = [...flags]
      .filter(([name]) => !found.has(name))
      .flatMap(([name, value]) => [name, JSON.stringify(value)]);
    await ask('flags', () => connection.hset(key, keptField, '1', ...lost));
    logger.warn(
      { flags: lost.length / 2 },
      'Redis has lost its flags; what was known of them was put back',
    );
    tell(new Map([...flags, ...found])); // the next poll asks whether it was kept
  }
  const refreshQuietly = () => refresh().catch(() => undefined);
  let refreshing = 0;
  async function refreshSoon(): Promise<void> {
    if (refreshing >= refreshesAtOnce) return;
    refreshing += 1;
    await refreshQuietly();
    refreshing -= 1;
  }

  return {
    async read() {
      await refresh();
      return flags;
    },
    async publish(flag, value) {
      await ask('flags', () =>
        value === undefined
          ? connection.hdel(key, flag)
          : connection.hset(key, keptField, '1', flag, JSON.stringify(value)),
      );
      await ask('flags', () => connection.publish(channel, flag));
      await refresh();
    },
    watch(onFlags) {
      watchers.add(onFlags);
      onFlags(flags);
      return () => void watchers.delete(onFlags);
    },
    refresh: refreshSoon,
    async poll(signal) {
      while (!signal.aborted) {
        await refreshQuietly();
        await clock.sleep(flagPoll_ms, signal).catch(() => undefined);
      }
    },
  };
}

/** What is no JSON is somebody else's doing; its owner says what that means. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
