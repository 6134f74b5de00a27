import { Cluster } from 'ioredis';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Connection } from './connect.ts';

/** What a server drops when its memory is full. Pure; `info` is the answer to INFO memory. */
export function evictionOf(info: string): 'nothing' | 'states' | 'ownership' | undefined {
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  if (policy === undefined) return undefined;
  if (policy === 'noeviction') return 'nothing';
  // Sessions and owners have no time to live of their own; states of targets have.
  return policy.startsWith('volatile-') ? 'states' : 'ownership';
}

const consequences = {
  nothing: '',
  states:
    'Redis drops what is known of targets (baselines, breakers) when its memory is full, ' +
    'and it is learned anew',
  ownership:
    'Redis drops sessions and owners when its memory is full: ' +
    'shards change hands for no reason, and work is begun twice',
};
const remedy = 'set maxmemory-policy noeviction, or give dbintel a Redis of its own';
const look_ms = 300_000;
/** It is not there yet, or has just failed over. */
const retry_ms = 5_000;

/** Looks now and then, since another server may have become the master meanwhile. */
export function watchEviction(
  connection: Connection,
  { clock, logger, metrics }: { clock: Clock; logger: Logger; metrics: Metrics },
  signal: AbortSignal,
): Promise<void> {
  const gauge = metrics.gauge(
    'dbintel_redis_may_evict',
    'What Redis drops when its memory is full: 0 nothing, 1 states of targets, 2 ownership.',
  );
  const order = ['nothing', 'states', 'ownership'] as const;
  let said: string | undefined = 'nothing';
  async function look(): Promise<number> {
    const nodes = connection instanceof Cluster ? connection.nodes('master') : [connection];
    const found = await Promise.all(
      nodes.map(async (node) => evictionOf(await node.info('memory'))),
    );
    const worst = Math.max(...found.map((each) => (each ? order.indexOf(each) : -1)));
    const what = order[worst];
    if (what === undefined) return look_ms; // a service that does not tell
    gauge.set(worst);
    if (what !== said && what !== 'nothing') logger.warn({ remedy }, consequences[what]);
    said = what;
    return look_ms;
  }
  return (async () => {
    while (!signal.aborted)
      await clock.sleep(await look().catch(() => retry_ms), signal).catch(() => undefined);
  })();
}
