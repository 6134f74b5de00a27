import { AppError } from '../base/errors.ts';

/**
 * Memory that outlives a process and that replicas share. Values are opaque bytes and JSON: what
 * they mean is their owner's business.
 */
export interface StateBackend {
  loadTarget(target: string): Promise<{ epoch: number; state: Uint8Array } | undefined>;
  /**
   * Refused (false) when a higher epoch has saved already. `state` is at most `stateLimit` bytes.
   */
  saveTarget(target: string, epoch: number, state: Uint8Array): Promise<boolean>;
  deleteTarget(target: string): Promise<void>;
  /**
   * Marks a name as `holder`'s for a while, if it is nobody else's; asked again it lasts longer.
   * Resolves with the other holder, or undefined. Only known within one store; what must be
   * exclusive is locked elsewhere. `gone`: a holder that is no more, whose mark may be taken.
   */
  mark(name: string, holder: string, ttl_ms: number, gone?: string): Promise<string | undefined>;
  /**
   * Takes the turn called `name` for a while, if it is nobody else's; asked again by its holder it
   * lasts longer. Resolves with who has it, or who has asked for it before, or undefined: it is
   * `holder`'s. For efficiency alone, as `mark`.
   */
  takeTurn(name: string, holder: string, ttl_ms: number): Promise<string | undefined>;
  endTurn(name: string, holder: string): Promise<void>;
  /** A small document under a name, seen by everyone: emergency stops. `undefined` removes it. */
  publish(flag: string, value: unknown): Promise<void>;
  /**
   * All flags, asked now. Of a shared state, who watches it has been told them when this resolves.
   */
  flags(): Promise<ReadonlyMap<string, unknown>>;
  /** Calls back with all flags: at once, and within a second of every change by anyone. */
  watch(onFlags: (flags: ReadonlyMap<string, unknown>) => void): () => void;
  close(): Promise<void>;
}

/**
 * Where no API server keeps the epochs: raised once for each time a process takes a target over;
 * never falls.
 */
export interface EpochSource {
  nextEpoch(target: string): Promise<number>;
}

/**
 * A baseline of 5,000 statements (some 70 KB), marks of a thousand plans and sketches of two
 * hundred statements fit. A server with 300 statements takes a tenth of it; 10,000 targets that all
 * fill it, 1.25 GiB of a shared store.
 */
export const stateLimit = 131_072;

/** Throws AppError('internal'): a state that is too large is its owner's mistake. */
export function checkStateSize({ byteLength }: Uint8Array): void {
  if (byteLength > stateLimit)
    throw new AppError(
      'internal',
      `the state of a target is ${byteLength} bytes, more than ${stateLimit}`,
    );
}
