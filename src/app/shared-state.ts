import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Config } from '../config.ts';
import type { LeaseStore } from '../coordination/lease-store.ts';
import { createLeaseTable } from '../coordination/memory/lease-table.ts';
import { createMemoryLeases, createMemoryState } from '../coordination/memory/memory-state.ts';
import { openRedisState } from '../coordination/redis/redis-state.ts';
import { openSqliteState } from '../coordination/sqlite/sqlite-state.ts';
import type { StateBackend } from '../coordination/state-backend.ts';
import { tlsFiles } from './tls-files.ts';

/**
 * One replica, no Redis: what is known of targets outlives the process, and nobody else can hold a
 * shard.
 */
function openLoneState(
  path: string,
  { clock, logger }: { clock: Clock; logger: Logger },
): StateBackend & LeaseStore {
  const state = openSqliteState(path, clock, 'given', (error) =>
    logger.error({ error }, stateTrouble),
  );
  return { ...createMemoryLeases(createLeaseTable(), clock.monotonic), ...state };
}

/** Stops of other processes come by that file. */
export const stateTrouble =
  'the file of state cannot be looked at, and no stop of another process is seen; trying again';

const kindOf = ({ DBINTEL_STATE, DBINTEL_REDIS_ENDPOINTS }: Config) =>
  DBINTEL_STATE ?? (DBINTEL_REDIS_ENDPOINTS.length ? 'redis' : 'sqlite');
/** Other replicas may hold shards, too. */
export const isShared = (config: Config): boolean => kindOf(config) === 'redis';

const caWithoutTls =
  'DBINTEL_REDIS_CA is set, but DBINTEL_REDIS_TLS is not true: ' +
  'what goes to Redis, its password too, is not encrypted';

/** The shared state of the operator, as it is configured. Throws AppError('invalid_config'). */
export function openSharedState(
  config: Config,
  deps: { clock: Clock; logger: Logger; metrics: Metrics },
): StateBackend & LeaseStore {
  const kind = kindOf(config);
  if (kind === 'memory') return createMemoryState(deps.clock);
  if (kind === 'sqlite') return openLoneState(join(config.DBINTEL_DATA, 'state.db'), deps);
  if (config.DBINTEL_REDIS_ENDPOINTS.length === 0)
    throw new AppError(
      'invalid_config',
      'DBINTEL_STATE is redis, but DBINTEL_REDIS_ENDPOINTS names no server',
    );
  if (config.DBINTEL_REDIS_CA && !config.DBINTEL_REDIS_TLS) deps.logger.warn({}, caWithoutTls);
  const text = (name: string, value: string | undefined) => (value ? { [name]: value } : {});
  return openRedisState(
    {
      mode: config.DBINTEL_REDIS_MODE,
      endpoints: config.DBINTEL_REDIS_ENDPOINTS.map((each) => ({
        host: each.slice(0, each.lastIndexOf(':')).replace(/^\[|\]$/g, ''),
        port: Number(each.slice(each.lastIndexOf(':') + 1)),
      })),
      sentinelName: config.DBINTEL_REDIS_SENTINEL_NAME,
      keyPrefix: config.DBINTEL_REDIS_KEY_PREFIX,
      ttl_ms: config.DBINTEL_REDIS_TTL,
      ...text('username', config.DBINTEL_REDIS_USERNAME),
      ...text('password', config.DBINTEL_REDIS_PASSWORD),
      ...text('sentinelPassword', config.DBINTEL_REDIS_SENTINEL_PASSWORD),
      ...(config.DBINTEL_REDIS_TLS ? { tls: { files: tlsFiles(config, 'REDIS') } } : {}),
    },
    deps,
  );
}
