import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { KubeError } from '../../kubernetes/kube-error.ts';
import type { Which } from '../../kubernetes/resource-store.ts';

/**
 * Stops must not hang on a watch, which can be silent without anybody noticing for a minute. So
 * they are asked for as well, every second: all EmergencyStops, and the targets that are suspended.
 * Both are few, and the API server answers from its memory, not from etcd.
 */
export interface StopPoll {
  /** Since the EmergencyStops were last answered, milliseconds. */
  readonly stopsAge_ms: number;
  stop(): Promise<void>;
}

interface Polled {
  poll(which: Which, timeout_ms: number, signal: AbortSignal): Promise<number>;
}

export interface StopPollDeps {
  clock: Clock;
  logger: Logger;
  stops: Polled;
  targets: Polled;
}

const poll_ms = 1_000;
const timeout_ms = 1_500;
/**
 * Where thousands are suspended, asking takes at most this share of the time; a few cost nobody
 * anything, however long an API server takes to answer.
 */
const busyShare = 0.1;
const fewObjects = 200;
const forbidden = 'a right is missing, and a stop may not be seen: see docs/security.md';
const isForbidden = (error: unknown) => error instanceof KubeError && error.status === 403;
const suspended: Which = { kind: 'where', field: 'spec.suspend', value: 'true' };

export function startStopPoll({ clock, logger, stops, targets }: StopPollDeps): StopPoll {
  const ending = new AbortController();
  let answeredAt = clock.monotonic();

  /** Again and again; what fails is the watch's and the next round's business. */
  async function repeat(what: string, ask: () => Promise<number>): Promise<void> {
    let failed = false;
    while (!ending.signal.aborted) {
      const began = clock.monotonic();
      let found = 0;
      try {
        found = await ask();
        failed = false;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (!failed && !ending.signal.aborted) {
          if (isForbidden(error)) logger.warn({ what, reason }, forbidden);
          else logger.info({ what, reason }, 'could not be asked; asking again');
        }
        failed = true;
      }
      const took = clock.monotonic() - began;
      const rest = failed ? poll_ms : found > fewObjects ? took / busyShare - took : 0;
      await clock.sleep(Math.max(poll_ms - took, rest), ending.signal).catch(() => undefined);
    }
  }
  async function askStops(): Promise<number> {
    const found = await stops.poll({ kind: 'all' }, timeout_ms, ending.signal);
    answeredAt = clock.monotonic();
    return found;
  }
  const askSuspended = () => targets.poll(suspended, timeout_ms, ending.signal);
  const done = Promise.all([
    repeat('emergencystops', askStops),
    repeat('suspended targets', askSuspended),
  ]);
  return {
    get stopsAge_ms() {
      return clock.monotonic() - answeredAt;
    },
    async stop() {
      ending.abort();
      await done;
    },
  };
}
