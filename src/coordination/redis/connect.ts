import type { Socket } from 'node:net';
import { type ConnectionOptions, createSecureContext } from 'node:tls';
import { Cluster, Redis } from 'ioredis';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { workOf } from '../../base/node/faults.ts';
import { createRarely } from '../../base/rarely.ts';
import type { ReadTls } from '../../base/tls-files.ts';
import { limitReplies } from './reply-limits.ts';

/** How to reach Redis: one server, sentinels that know it, or a cluster. */
export interface RedisEndpoints {
  mode: 'standalone' | 'sentinel' | 'cluster';
  endpoints: readonly { host: string; port: number }[];
  /** The master's name at the sentinels. */
  sentinelName: string;
  username?: string;
  password?: string;
  sentinelPassword?: string;
  /** Present: TLS, with the server's certificate verified. */
  tls?: { files: ReadTls; servername?: string };
}

export type Connection = Redis | Cluster;

/**
 * A command is sent now or fails now. The client's defaults queue while it is not connected and
 * send again after a reconnect: a claim could run seconds late, when others have long decided
 * otherwise.
 */
const strict = (timeout_ms: number) => ({
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  commandTimeout: timeout_ms,
  connectTimeout: 5_000,
  keepAlive: 10_000,
  // A peer that is half-open answers nothing and closes nothing: after so long the connection is
  // made anew.
  socketTimeout: 3 * timeout_ms,
  replyMapping: 'legacy' as const,
  // A master that has become a replica keeps its connections, while its address leads to another.
  reconnectOnError: ({ message }: Error) => message.includes('READONLY'),
});

/** A message of the client may go on with what the server said. */
const reasonLimit = 200;
const remedies = {
  WRONGPASS: 'the password is read when the program starts: start it anew where it was changed',
  NOAUTH: 'it wants a password: DBINTEL_REDIS_PASSWORD',
};
function reasonOf({ message }: Error): string {
  const [code = ''] = message.split(' ', 1);
  const remedy = Object.hasOwn(remedies, code) ? remedies[code as keyof typeof remedies] : '';
  return `${message.slice(0, reasonLimit)}${remedy && ` (${remedy})`}`;
}

/** Why it cannot be reached, until it is: commands fail meanwhile with words of the client. */
export interface Trouble {
  reason?: string | undefined;
}

/** What the client has and does not declare. */
interface Internals {
  stream?: Socket;
  commandQueue: { length: number };
  condition?: { subscriber?: unknown };
}
const internalsOf = (redis: Redis) => redis as unknown as Internals;
const streamOf = (redis: Redis) => internalsOf(redis).stream;

/** Each time before the first byte comes. */
function limitEach(redis: Redis): void {
  const internals = internalsOf(redis);
  const expected = {
    waiting: () => internals.commandQueue.length,
    subscribed: () => Boolean(internals.condition?.subscriber),
  };
  redis.on('connect', () => internals.stream && limitReplies(internals.stream, expected));
}

const retry_ms = (attempt: number) =>
  Math.min(2_000, 50 * 2 ** Math.min(attempt, 6)) * (0.8 + 0.4 * jitterOf(attempt));
/** A spread that needs no randomness: replicas differ by when they began. */
const jitterOf = (attempt: number) => ((attempt * 2_654_435_761) % 1_000) / 1_000;

/**
 * Connects in the background and again whenever the connection is lost; `name` shows in CLIENT
 * LIST.
 */
export function connectRedis(
  at: RedisEndpoints,
  name: string,
  timeout_ms: number,
  { clock, logger }: { clock: Clock; logger: Logger },
  trouble: Trouble,
): Connection {
  const login = {
    ...(at.username ? { username: at.username } : {}),
    ...(at.password ? { password: at.password } : {}),
    ...(at.tls ? { tls: tlsOf(at.tls) } : {}),
    connectionName: name,
  };
  // What the client throws while it reads is this connection's failure, and no one else's: what it
  // has read so far makes no sense to it.
  const fault = () => {
    for (const node of connection instanceof Redis ? [connection] : connection.nodes())
      streamOf(node)?.destroy();
  };
  const connection = workOf({ target: `Redis (${name})`, fault }, () =>
    open(at, { ...strict(timeout_ms), ...login }),
  );
  if (connection instanceof Redis) limitEach(connection);
  else connection.on('+node', limitEach);
  // Without a listener an error ends the process.
  const { isNews, over } = createRarely(clock);
  connection.on('error', (error: Error) => {
    const reason = reasonOf(error);
    trouble.reason = reason;
    if (isNews(reason))
      logger.warn(
        { code: 'coordination_failed', connection: name, reason },
        'Redis cannot be reached; trying again',
      );
  });
  connection.on('ready', () => {
    trouble.reason = undefined;
    if (over()) logger.info({ connection: name }, 'Redis is reached again');
  });
  return connection;
}

/**
 * For each connection as the files are then. While a certificate is there without its key, what
 * could be used last counts: the client never comes back from a connection that it could not begin.
 */
function tlsOf({ files, servername }: NonNullable<RedisEndpoints['tls']>): ConnectionOptions {
  let context = firstContext(files);
  return {
    ...(servername ? { servername } : {}),
    get secureContext() {
      try {
        context = createSecureContext(files());
      } catch {
        // the next connection looks again
      }
      return context;
    },
  };
}

function firstContext(files: ReadTls) {
  try {
    return createSecureContext(files());
  } catch (error) {
    const { message } = error as Error;
    const what = 'the authority, certificate or key for Redis cannot be used';
    throw new AppError('invalid_config', `${what}: ${message}`, { cause: error });
  }
}

function open(
  at: RedisEndpoints,
  options: ReturnType<typeof strict> & { connectionName: string; tls?: ConnectionOptions },
): Connection {
  const [first = { host: '127.0.0.1', port: 6379 }] = at.endpoints;
  switch (at.mode) {
    case 'standalone':
      return new Redis({ ...options, ...first, retryStrategy: retry_ms });
    case 'sentinel':
      return new Redis({
        ...options,
        sentinels: [...at.endpoints],
        name: at.sentinelName,
        retryStrategy: retry_ms,
        sentinelRetryStrategy: retry_ms,
        sentinelCommandTimeout: 2_000,
        failoverDetector: true,
        ...(options.tls ? { enableTLSForSentinelMode: true, sentinelTLS: options.tls } : {}),
        ...(at.sentinelPassword ? { sentinelPassword: at.sentinelPassword } : {}),
      });
    case 'cluster': {
      const { enableOfflineQueue: _, ...redisOptions } = options;
      return new Cluster([...at.endpoints], {
        redisOptions,
        enableOfflineQueue: false,
        clusterRetryStrategy: retry_ms,
        slotsRefreshTimeout: 5_000,
        ...(at.tls
          ? {
              dnsLookup: (address: string, callback: (error: null, address: string) => void) =>
                callback(null, address),
            }
          : {}),
      });
    }
    default:
      return at.mode satisfies never;
  }
}
