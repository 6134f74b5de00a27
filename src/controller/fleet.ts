import { createWeights, type Weights } from '../coordination/weights.ts';
import type { TargetRef } from '../targets/target-store.ts';

/** All targets that there are, run here or not, and what their shards weigh. */
export interface Fleet {
  readonly refs: ReadonlyMap<string, TargetRef>;
  readonly weights: Weights;
  note(ref: TargetRef): void;
  forget(uid: string): void;
  /** Targets of these shards. */
  uidsOf(shards: Iterable<number>): string[];
}

export function createFleet(): Fleet {
  const refs = new Map<string, TargetRef>();
  const weights = createWeights();
  return {
    refs,
    weights,
    note(ref) {
      refs.set(ref.uid, ref);
      weights.add(ref.uid);
    },
    forget(uid) {
      refs.delete(uid);
      weights.remove(uid);
    },
    uidsOf: (shards) => [...shards].flatMap((shard) => [...weights.members(shard)]),
  };
}
