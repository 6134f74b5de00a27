/**
 * A map with a limit on what its entries weigh, 1 each if nothing is said: those used longest ago
 * go first. Map keeps insertion order, so a hit is re-inserted; but not one that is among the
 * younger half as it is: moving it costs more than finding it.
 */
export interface Lru<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V, weight?: number): void;
  readonly size: number;
}

export function createLru<K, V>(limit: number): Lru<K, V> {
  const map = new Map<K, { value: V; weight: number; moved: number }>();
  let total = 0;
  let moves = 0;
  const remove = (key: K) => {
    total -= map.get(key)?.weight ?? 0;
    map.delete(key);
  };
  return {
    get(key) {
      const entry = map.get(key);
      if (entry && moves - entry.moved >= map.size / 2) {
        moves += 1;
        entry.moved = moves;
        map.delete(key);
        map.set(key, entry);
      }
      return entry?.value;
    },
    set(key, value, weight = 1) {
      remove(key);
      moves += 1;
      map.set(key, { value, weight, moved: moves });
      total += weight;
      while (total > limit && map.size > 1) remove(map.keys().next().value as K);
    },
    get size() {
      return map.size;
    },
  };
}
