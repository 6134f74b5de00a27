import { z } from 'zod';
import { AppError } from '../../base/errors.ts';
import { claimLimit, type LeaseStore, type SessionFacts, sessionTtl_ms } from '../lease-store.ts';
import { accepted, openRefused } from '../memory/memory-state.ts';
import type { Connection } from './connect.ts';
import { type Script, scripts } from './scripts.ts';

/**
 * Leases in Redis. `lease` is a connection of its own: a large save never stands before a renewal.
 */
export interface RedisLeasesDeps {
  lease: Connection;
  /** In subscriber mode. */
  subscriber: Connection;
  /** All keys begin with it; it carries the hash tag. */
  prefix: string;
  ttl_ms?: number;
  /** Called once a command sent to Redis, for the metrics. */
  onOperation(): void;
}

export function createRedisLeases(deps: RedisLeasesDeps): Omit<LeaseStore, 'close'> {
  const { lease, subscriber, prefix, ttl_ms = sessionTtl_ms, onOperation } = deps;
  const keys = ['sessions', 'facts', 'sequence', 'owner', 'version', 'scope', 'cluster'].map(
    (name) => `${prefix}:${name}`,
  );
  const channel = `${prefix}:hints`;

  /**
   * Throws AppError('coordination_failed'), also when what is answered is not what the script
   * gives.
   */
  async function ask<T>(
    script: Script,
    args: (string | number)[],
    read: (answer: unknown) => T,
  ): Promise<T> {
    onOperation();
    try {
      return read(await script.run(lease, keys, args));
    } catch (error) {
      if (error instanceof z.ZodError)
        throw new AppError('coordination_failed', 'the answer of Redis makes no sense', {
          cause: error,
        });
      throw new AppError(
        'coordination_failed',
        `Redis did not answer: ${error instanceof Error ? error.message : 'unknown'}`,
        {
          cause: error,
        },
      );
    }
  }
  const run = (script: Script, ...args: (string | number)[]): Promise<string[]> =>
    ask(script, args, (answer) => strings.parse(answer));
  const numbers = (texts: readonly string[]) => texts.map(Number).filter(Number.isSafeInteger);

  return {
    async open(id, facts) {
      const [answer, other] = await run(
        scripts.open,
        id,
        ttl_ms,
        JSON.stringify(facts),
        facts.scope,
        facts.cluster ?? '',
      );
      if (answer !== 'opened') throw openRefused(id, facts, { [answer ?? '']: other });
    },
    async renew(id, sequence, facts) {
      const [answer, version, ...mine] = await run(
        scripts.renew,
        id,
        sequence,
        ttl_ms,
        JSON.stringify(facts),
      );
      if (answer === 'lost') return 'lost';
      accepted(answer);
      return { version: Number(version), mine: numbers(mine).toSorted((a, b) => a - b) };
    },
    poll: () => ask(scripts.poll, [], (answer) => versionSchema.parse(answer)),
    survey: () =>
      ask(scripts.survey, [], (answer) => {
        const [version, facts, owners] = surveySchema.parse(answer);
        return {
          version,
          sessions: pairs(facts).map(([id, json]) => ({
            id,
            facts: JSON.parse(json) as SessionFacts,
          })),
          owners: new Map(pairs(owners).map(([shard, id]) => [Number(shard), id])),
        };
      }),
    async claim(id, sequence, shards) {
      const [answer, ...mine] = await run(
        scripts.claim,
        id,
        sequence,
        ...shards.slice(0, claimLimit),
      );
      if (answer === 'lost') return 'lost';
      accepted(answer);
      return numbers(mine);
    },
    async release(id, sequence, shards, to = '') {
      accepted((await run(scripts.release, id, sequence, channel, to, ...shards))[0]);
    },
    async end(id, sequence) {
      accepted((await run(scripts.end, id, sequence, channel))[0]);
    },
    onHint(id, callback) {
      const listener = (from: string, message: string) => {
        if (from === channel && (message === id || message === '*')) callback();
      };
      subscriber.on('message', listener);
      return () => void subscriber.off('message', listener);
    },
  };
}

const strings = z.array(z.coerce.string());
const versionSchema = z.coerce.number().int();
const surveySchema = z.tuple([versionSchema, z.array(z.string()), z.array(z.string())]);

const pairs = (flat: readonly string[]): [string, string][] =>
  Array.from({ length: flat.length / 2 }, (_, i) => [
    flat[2 * i] as string,
    flat[2 * i + 1] as string,
  ]);
