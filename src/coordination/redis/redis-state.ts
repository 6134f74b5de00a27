import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { LeaseStore } from '../lease-store.ts';
import { nextFor_ms } from '../memory/turns.ts';
import { type StateBackend, stateLimit } from '../state-backend.ts';
import { type Connection, connectRedis, type RedisEndpoints } from './connect.ts';
import { watchEviction } from './eviction.ts';
import { createFlags } from './flags.ts';
import { createRedisLeases } from './redis-leases.ts';
import { scripts } from './scripts.ts';

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
/** Saves of so long go over the wire together. */
const saveWindow_ms = 20;

/** Shared state of many replicas. Three connections: leases, states and flags, subscriptions. */
export function openRedisState(
  options: RedisOptions,
  { clock, logger, metrics }: { clock: Clock; logger: Logger; metrics: Metrics },
): StateBackend & LeaseStore & { readonly ready: boolean } {
  const tag = `{${options.keyPrefix}}`;
  const operations = metrics.counter(
    'dbintel_redis_operations_total',
    'Commands sent to Redis by purpose.',
    ['purpose'],
  );
  const lease = connectRedis(options, 'dbintel-lease', leaseTimeout_ms, logger);
  const data = connectRedis(options, 'dbintel-state', stateTimeout_ms, logger);
  const subscriber = connectRedis(options, 'dbintel-hints', stateTimeout_ms, logger);
  const [hints, flagsKey, flagsChannel] = [`${tag}:hints`, `${tag}:flags`, `${tag}:flags-changed`];
  // the polls do without
  const subscribe = () => void subscriber.subscribe(hints, flagsChannel).catch(() => undefined);
  subscriber.on('ready', subscribe);
  const leases = createRedisLeases({
    lease,
    subscriber,
    prefix: tag,
    ...(options.sessionTtl_ms ? { ttl_ms: options.sessionTtl_ms } : {}),
    onOperation: () => operations.inc({ purpose: 'lease' }),
  });
  // Not under the common tag: in a cluster the states of many targets lie on all nodes.
  const stateKey = (target: string) => `${options.keyPrefix}:target:${target}`;
  const turnKey = (name: string) => `${options.keyPrefix}:mark:turn:${name}`;
  const window = createSaveWindow(clock);
  const closing = new AbortController();

  async function ask<T>(purpose: string, work: () => Promise<T>): Promise<T> {
    operations.inc({ purpose });
    try {
      return await work();
    } catch (error) {
      throw new AppError(
        'coordination_failed',
        `Redis did not answer: ${error instanceof Error ? error.message : 'unknown'}`,
        {
          cause: error,
        },
      );
    }
  }
  const flags = createFlags({
    connection: data,
    key: flagsKey,
    channel: flagsChannel,
    ask,
    clock,
    logger,
  });
  subscriber.on('message', (from: string) => {
    if (from === flagsChannel) void flags.refresh();
  });
  const polling = flags.poll(closing.signal);
  const evicting = watchEviction(data, { clock, logger, metrics }, closing.signal);

  return {
    ...leases,
    get ready() {
      return lease.status === 'ready';
    },
    async loadTarget(target) {
      return ask('load', async () => {
        const [epoch, state] = await data.hmgetBuffer(stateKey(target), 'epoch', 'state');
        if (!epoch || !state) return undefined;
        if (!/^\d{1,15}$/.test(epoch.toString()))
          throw new Error('the epoch of a state is no number');
        return { epoch: Number(epoch.toString()), state };
      });
    },
    async saveTarget(target, epoch, state) {
      if (state.byteLength > stateLimit)
        throw new AppError(
          'internal',
          `the state of a target is ${state.byteLength} bytes, more than ${stateLimit}`,
        );
      await window.wait();
      const saved = await ask('save', () =>
        scripts.save.run(data, [stateKey(target)], [epoch, Buffer.from(state), options.ttl_ms]),
      );
      return saved === 1;
    },
    async deleteTarget(target) {
      await ask('delete', () => data.del(stateKey(target)));
    },
    async mark(name, holder, ttl_ms, gone = '') {
      const other = await ask('mark', () =>
        scripts.mark.run(data, [`${options.keyPrefix}:mark:${name}`], [holder, ttl_ms, gone]),
      );
      return typeof other === 'string' ? other : undefined;
    },
    async takeTurn(name, holder, ttl_ms) {
      const other = await ask('turn', () =>
        scripts.turn.run(data, [turnKey(name)], [holder, ttl_ms, nextFor_ms]),
      );
      return typeof other === 'string' ? other : undefined;
    },
    async endTurn(name, holder) {
      await ask('turn', () => scripts.endTurn.run(data, [turnKey(name)], [holder]));
    },
    publish: flags.publish,
    flags: flags.read,
    watch: flags.watch,
    async close() {
      closing.abort();
      await Promise.all([polling, evicting]);
      await Promise.all([lease, data, subscriber].map(quit));
    },
  };
}

/** Saves that fall into one window are sent in one tick, which the client writes as one packet. */
function createSaveWindow(clock: Clock): { wait(): Promise<void> } {
  let open: Promise<void> | undefined;
  return {
    wait() {
      open ??= clock.sleep(saveWindow_ms).finally(() => {
        open = undefined;
      });
      return open;
    },
  };
}

async function quit(connection: Connection): Promise<void> {
  if (connection.status === 'ready') await connection.quit().catch(() => undefined);
  connection.disconnect();
}
