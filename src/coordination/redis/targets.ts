import type { Clock } from '../../base/clock.ts';
import { checkStateSize, type StateBackend } from '../state-backend.ts';
import type { Ask } from './ask.ts';
import type { Connection } from './connect.ts';
import { scripts } from './scripts.ts';

/** What targets keep between cycles: a hash each, which outlives its last save by `ttl_ms`. */
export interface RedisTargetsDeps {
  connection: Connection;
  /** Not the common tag: in a cluster the states of many targets lie on all nodes. */
  keyPrefix: string;
  ttl_ms: number;
  ask: Ask;
  clock: Clock;
}

type Targets = Pick<StateBackend, 'loadTarget' | 'saveTarget' | 'deleteTarget'>;

/** Saves of so long go over the wire together. */
const saveWindow_ms = 20;

export function createRedisTargets(deps: RedisTargetsDeps): Targets {
  const { connection, keyPrefix, ttl_ms, ask } = deps;
  const keyOf = (target: string) => `${keyPrefix}:target:${target}`;
  const nextWindow = createSaveWindow(deps.clock);
  return {
    loadTarget: (target) =>
      ask('load', async () => {
        const [epoch, state] = await connection.hmgetBuffer(keyOf(target), 'epoch', 'state');
        const saved = epoch ? readEpoch(epoch) : undefined;
        return saved !== undefined && state ? { epoch: saved, state } : undefined;
      }),
    async saveTarget(target, epoch, state) {
      checkStateSize(state);
      await nextWindow();
      const args = [epoch, Buffer.from(state), ttl_ms];
      const saved = await ask('save', () => scripts.save.run(connection, [keyOf(target)], args));
      return saved === 1;
    },
    async deleteTarget(target) {
      await ask('delete', () => connection.del(keyOf(target)));
    },
  };
}

/** Undefined for what no save of ours wrote: then the target starts afresh. */
const readEpoch = (epoch: Buffer): number | undefined =>
  /^\d{1,15}$/.test(epoch.toString()) ? Number(epoch.toString()) : undefined;

/** Saves that fall into one window are sent in one tick, which the client writes as one packet. */
function createSaveWindow(clock: Clock): () => Promise<void> {
  let open: Promise<void> | undefined;
  return () => {
    open ??= clock.sleep(saveWindow_ms).finally(() => {
      open = undefined;
    });
    return open;
  };
}
