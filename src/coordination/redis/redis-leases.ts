import { claimLimit, type LeaseStore, sessionTtl_ms } from '../lease-store.ts';
import { accepted, openRefused } from '../memory/memory-state.ts';
import type { Ask } from './ask.ts';
import type { Connection } from './connect.ts';
import { claimOf, renewalOf, stringsOf, surveyOf, versionOf } from './lease-answers.ts';
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
  /** Where hints are said. */
  channel: string;
  sessionTtl_ms?: number | undefined;
  ask: Ask;
}

/** Every script is given all of them, in this order (`common.lua`). */
const keyNames = ['sessions', 'facts', 'sequence', 'owner', 'version', 'scope', 'cluster'];

type Run = <T>(
  script: Script,
  args: readonly (string | number)[],
  read: (answer: unknown) => T,
) => Promise<T>;

export function createRedisLeases(deps: RedisLeasesDeps): Omit<LeaseStore, 'close'> {
  const { lease, prefix, ask } = deps;
  const keys = keyNames.map((name) => `${prefix}:${name}`);
  const run: Run = (script, args, read) =>
    ask('lease', async () => read(await script.run(lease, keys, args)));
  return {
    ...sessions(run, deps),
    ...shards(run, deps),
    poll: () => run(scripts.poll, [], versionOf),
    survey: () => run(scripts.survey, [], surveyOf),
    onHint(id, callback) {
      const listener = (from: string, message: string) => {
        if (from === deps.channel && (message === id || message === '*')) callback();
      };
      deps.subscriber.on('message', listener);
      return () => void deps.subscriber.off('message', listener);
    },
  };
}

const sessions = (
  run: Run,
  { channel, sessionTtl_ms: ttl_ms = sessionTtl_ms }: RedisLeasesDeps,
): Pick<LeaseStore, 'open' | 'renew' | 'end'> => ({
  async open(id, facts) {
    const { scope, cluster = '', install = '' } = facts;
    const args = [id, ttl_ms, JSON.stringify(facts), scope, cluster, install];
    const [answer, other] = await run(scripts.open, args, stringsOf);
    if (answer !== 'opened') throw openRefused(id, facts, { [answer ?? '']: other });
  },
  async renew(id, sequence, facts) {
    const args = [id, sequence, ttl_ms, JSON.stringify(facts)];
    return renewalOf(await run(scripts.renew, args, stringsOf));
  },
  async end(id, sequence) {
    const [answer] = await run(scripts.end, [id, sequence, channel], stringsOf);
    accepted(answer);
  },
});

const shards = (run: Run, { channel }: RedisLeasesDeps): Pick<LeaseStore, 'claim' | 'release'> => ({
  async claim(id, sequence, wanted) {
    const args = [id, sequence, ...wanted.slice(0, claimLimit)];
    return claimOf(await run(scripts.claim, args, stringsOf));
  },
  async release(id, sequence, given, to = '') {
    const args = [id, sequence, channel, to, ...given];
    const [answer] = await run(scripts.release, args, stringsOf);
    accepted(answer);
  },
});
