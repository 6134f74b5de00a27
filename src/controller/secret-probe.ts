import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import type { RunningTarget } from './controller.ts';

/** Whether a target's credentials are what they were, without keeping them. */
export interface SecretMemory {
  note(uid: string, credentials: object): 'first' | 'same' | 'changed';
  forget(uid: string): void;
}

export function createSecretMemory(): SecretMemory {
  const key = randomBytes(32);
  const digests = new Map<string, string>();
  return {
    note(uid, credentials) {
      const digest = createHmac('sha256', key).update(JSON.stringify(credentials)).digest('base64');
      const before = digests.get(uid);
      digests.set(uid, digest);
      return before === undefined ? 'first' : before === digest ? 'same' : 'changed';
    },
    forget: (uid) => void digests.delete(uid),
  };
}

/** Secrets of targets with an open circuit: at most ten a second of one replica. */
const pause_ms = 100;

/**
 * A Secret that changed while the circuit is open may be the correction: one cycle is tried at
 * once.
 */
export async function probeWhereSecretsChanged(
  running: Iterable<RunningTarget>,
  deps: {
    secrets: SecretMemory;
    /** Asked anew; throws AppError. */
    read(target: Target): Promise<object>;
    clock: Clock;
  },
): Promise<void> {
  for (const { target, collector } of running) {
    if (!collector.circuitOpen || collector.busy) continue;
    // the next cycle says why
    const read = await deps.read(target).catch(() => undefined);
    if (read && deps.secrets.note(target.uid, read) === 'changed') collector.probe();
    await deps.clock.sleep(pause_ms);
  }
}
