import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { LeaseStore } from '../lease-store.ts';
import type { StateBackend } from '../state-backend.ts';
import { createAsk } from './ask.ts';
import { type Connection, connectRedis, type RedisEndpoints, type Trouble } from './connect.ts';
import { watchEviction } from './eviction.ts';
import { createFlags } from './flags.ts';
import { createRedisMarks } from './marks.ts';
import { createRedisLeases } from './redis-leases.ts';
import { createRedisTargets } from './targets.ts';

export interface RedisOptions extends RedisEndpoints {
  /** Of every key. */
  keyPrefix: string;
  /** How long a target's state outlives its last save. */
  ttl_ms: number;
  sessionTtl_ms?: number;
}

/** A lease command that takes longer is as good as lost: the next one is due. */
const leaseTimeout_ms = 1_000;
const stateTimeout_ms = 5_000;

/** Shared state of many replicas. Three connections: leases, states and flags, subscriptions. */
export function openRedisState(
  options: RedisOptions,
  deps: { clock: Clock; logger: Logger; metrics: Metrics },
): StateBackend & LeaseStore & { readonly ready: boolean } {
  const { keyPrefix, ttl_ms, sessionTtl_ms } = options;
  const { clock, logger } = deps;
  const trouble: Trouble = {};
  const ask = createAsk(deps.metrics, trouble);
  const connect = (name: string, timeout_ms: number) =>
    connectRedis(options, name, timeout_ms, deps, trouble);
  const lease = connect('dbintel-lease', leaseTimeout_ms);
  const connection = connect('dbintel-state', stateTimeout_ms);
  const subscriber = connect('dbintel-hints', stateTimeout_ms);
  const prefix = `{${keyPrefix}}`;
  const [hints, key, channel] = [`${prefix}:hints`, `${prefix}:flags`, `${prefix}:flags-changed`];
  // the polls do without
  const subscribe = () => void subscriber.subscribe(hints, channel).catch(() => undefined);
  subscriber.on('ready', subscribe);
  const flags = createFlags({ connection, key, channel, ask, clock, logger });
  subscriber.on('message', (from: string) => {
    if (from === channel) void flags.refresh();
  });
  const closing = new AbortController();
  const polling = flags.poll(closing.signal);
  const evicting = watchEviction(connection, deps, closing.signal);
  return {
    ...createRedisLeases({ lease, subscriber, prefix, channel: hints, sessionTtl_ms, ask }),
    ...createRedisTargets({ connection, keyPrefix, ttl_ms, ask, clock }),
    ...createRedisMarks({ connection, keyPrefix, ask }),
    publish: flags.publish,
    flags: flags.read,
    watch: flags.watch,
    get ready() {
      return lease.status === 'ready';
    },
    async close() {
      closing.abort();
      await Promise.all([polling, evicting]);
      await Promise.all([lease, connection, subscriber].map(quit));
    },
  };
}

async function quit(connection: Connection): Promise<void> {
  if (connection.status === 'ready') await connection.quit().catch(() => undefined);
  connection.disconnect();
}
