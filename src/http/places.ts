import type { EventEmitter } from 'node:events';

/**
 * How many at once somebody may have of something, each until it closes. False: they have as many
 * as one may.
 */
export function createPlaces(most: number) {
  const taken = new Map<string, number>();
  return (who: string, what: EventEmitter): boolean => {
    const count = taken.get(who) ?? 0;
    if (count >= most) return false;
    taken.set(who, count + 1);
    what.once('close', () => {
      const left = (taken.get(who) ?? 1) - 1;
      if (left > 0) taken.set(who, left);
      else taken.delete(who);
    });
    return true;
  };
}
