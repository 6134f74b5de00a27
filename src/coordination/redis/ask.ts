import * as z from 'zod';
import { AppError } from '../../base/errors.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Trouble } from './connect.ts';

/**
 * One question to Redis, counted by its purpose. Throws AppError('coordination_failed'), also when
 * what is answered is not what was asked for.
 */
export type Ask = <T>(purpose: string, work: () => Promise<T>) => Promise<T>;

export function createAsk(metrics: Metrics, trouble: Trouble = {}): Ask {
  const operations = metrics.counter(
    'dbintel_redis_operations_total',
    'Commands sent to Redis by purpose.',
    ['purpose'],
  );
  return async (purpose, work) => {
    operations.inc({ purpose });
    try {
      return await work();
    } catch (error) {
      throw new AppError('coordination_failed', reasonOf(error, trouble), {
        cause: error,
      });
    }
  };
}

const foreign =
  'a key of our prefix in Redis holds what somebody else wrote: set DBINTEL_REDIS_KEY_PREFIX to ' +
  'what nobody else uses, or delete that key: an empty Redis costs baselines, not safety';

/** What the client says where nothing is to wait for a connection. */
const isUnconnected = (message: string) => message.includes('enableOfflineQueue');

function reasonOf(error: unknown, { reason }: Trouble): string {
  if (error instanceof z.ZodError) return 'the answer of Redis makes no sense';
  const { name, message } = error instanceof Error ? error : new Error('unknown');
  if (message.startsWith('WRONGTYPE')) return foreign;
  return name === 'ReplyError'
    ? `Redis refuses: ${message}`
    : `Redis did not answer: ${reason ?? (isUnconnected(message) ? 'not connected' : message)}`;
}
