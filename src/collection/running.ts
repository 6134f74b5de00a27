import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Slots } from '../base/slots.ts';
import type { StateBackend } from '../coordination/state-backend.ts';
import { targetLabel } from '../resources/kinds/database-target/target.ts';
import { coveringStop } from '../safety/emergency-stop.ts';
import type { CycleTold } from './cycle.ts';
import type { Interrupts } from './interrupts.ts';
import type { Life, Moment } from './life.ts';
import type { CycleSettings } from './settings.ts';
import type { CycleDeps } from './step.ts';
import type { Turns } from './turns.ts';

/** What one target's life is made with. */
export interface CollectorDeps extends Omit<CycleDeps, 'epoch'> {
  state: StateBackend;
  quota: Slots;
  turns: Turns;
  logger: Logger;
  /** Its status says that the last replica has ended. */
  ended?: boolean | undefined;
  /**
   * Makes this process the target's owner and tells its epoch; before the first cycle, and soon
   * after it has begun. `saved`: the epoch that has saved what is known of it. Throws AppError:
   * fenced ends the collector.
   */
  acquire(saved: number): Promise<number>;
  /** May a cycle start at this moment? Asked again shortly where not. */
  permitted(): boolean;
  /** Nobody is known to have owned the target after this epoch. Asked before each cycle. */
  stillMine(epoch: number): Promise<boolean>;
  onBatch(told: CycleTold): Promise<void>;
  /** Another holder owns the target; the collector has ended. */
  onFenced(): void;
}

/** One target while it is collected: what its life, its owning and its visits share. */
export interface Running {
  readonly deps: CollectorDeps;
  readonly settings: CycleSettings;
  readonly interrupts: Interrupts;
  life: Life;
  /** The epoch under which what is known of the target was saved. */
  saved: number;
  /** That it could not be has been told. */
  unsaved: boolean;
  /** How often in a row it could not be acquired. */
  unacquired: number;
  /** Its turn may come while it is being acquired. */
  acquiring?: Promise<number | undefined> | undefined;
  /** Its cycle waits for those of other targets on its server. */
  queued: boolean;
  /** A cycle that no stop covered when it began. */
  asking: boolean;
  visiting?: { stop: AbortController; done: Promise<unknown> } | undefined;
}

/**
 * A store that is away is no reason to lose a cycle's plans: what it learned is saved with the next
 * one. A new owner is one.
 */
export async function save(running: Running, epoch: number): Promise<void> {
  const { deps, life } = running;
  if (!life.encoded) return;
  const saved = await deps.state.saveTarget(deps.target.uid, epoch, life.encoded).then(
    (written) => {
      running.unsaved = false;
      return written;
    },
    (error: unknown) => {
      const message = 'state could not be saved; it is tried after each cycle';
      if (!running.unsaved) warn(running, 'warn', error, message);
      running.unsaved = true;
      return true;
    },
  );
  if (!saved) throw fenced();
}

export function warn(
  { deps }: Running,
  level: 'warn' | 'error',
  error: unknown,
  message: string,
): void {
  deps.logger[level]({ target: targetLabel(deps.target), error }, message);
}

export const momentOf = (clock: Clock): Moment => ({
  now: clock.now(),
  monotonic: clock.monotonic(),
});
export const isStopped = ({ stops, target }: Pick<CollectorDeps, 'stops' | 'target'>): boolean =>
  coveringStop(stops(), target) !== undefined;
export const fenced = () => new AppError('fenced', 'another collector owns this target now');
export const isFenced = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'fenced';
