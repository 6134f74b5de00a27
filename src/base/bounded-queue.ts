/**
 * A queue with a limit. Full means the oldest goes and is counted: fresh figures are worth more
 * than old ones, memory more than both.
 */
export interface BoundedQueue<T> {
  push(item: T): void;
  shift(): T | undefined;
  readonly size: number;
  readonly dropped: number;
}

export function createBoundedQueue<T>(limit: number): BoundedQueue<T> {
  const items: T[] = [];
  let dropped = 0;
  return {
    push(item) {
      if (items.length >= limit) {
        items.shift();
        dropped += 1;
      }
      items.push(item);
    },
    shift: () => items.shift(),
    get size() {
      return items.length;
    },
    get dropped() {
      return dropped;
    },
  };
}
