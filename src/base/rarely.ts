import type { Clock } from './clock.ts';

/**
 * Trouble that lasts is told once, then now and then: a log of the same line alone hides what is
 * new.
 */
export interface Rarely {
  /** It is to be told: another trouble at once, the same one every ten minutes. */
  isNews(trouble: string): boolean;
  /** It is over; true where it had been told. */
  over(): boolean;
}

const again_ms = 600_000;

export function createRarely({ monotonic }: Pick<Clock, 'monotonic'>): Rarely {
  let told: { trouble: string; at: number } | undefined;
  return {
    isNews(trouble) {
      const now = monotonic();
      if (told?.trouble === trouble && now - told.at < again_ms) return false;
      told = { trouble, at: now };
      return true;
    },
    over() {
      const was = told !== undefined;
      told = undefined;
      return was;
    },
  };
}
