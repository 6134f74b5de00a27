import type { PlanBatch } from '../model/batch.ts';

/** Batches that wait, in order and within two limits: the oldest make way for the newest. */
export interface WaitingBatches {
  readonly size: number;
  at(place: number): PlanBatch | undefined;
  /** The oldest of so many targets: batches of one target are recorded one after the other. */
  oldest(targets: number): PlanBatch[];
  /** Returns how many had to go for it. */
  add(batch: PlanBatch): number;
  /** False: it is not there any more, as the limits have taken it. */
  takeOut(batch: PlanBatch): boolean;
  moveBack(batch: PlanBatch): void;
}

export interface WaitingLimits {
  batches: number;
  /** As JSON; in memory a batch takes a few times as much. One may be larger by itself. */
  characters: number;
}

export function createWaitingBatches(limits: WaitingLimits): WaitingBatches {
  const queue: { batch: PlanBatch; characters: number }[] = [];
  let sum = 0;
  const isTooMuch = () => queue.length > limits.batches || sum > limits.characters;
  function takeAt(place: number) {
    const [taken] = place < 0 ? [] : queue.splice(place, 1);
    sum -= taken?.characters ?? 0;
    return taken;
  }
  const placeOf = (batch: PlanBatch) => queue.findIndex((each) => each.batch === batch);
  return {
    get size() {
      return queue.length;
    },
    at: (place) => queue[place]?.batch,
    oldest(targets) {
      const found = new Map<string, PlanBatch>();
      for (const { batch } of queue) {
        const { uid } = batch.target;
        if (!found.has(uid)) found.set(uid, batch);
        if (found.size === targets) break;
      }
      return [...found.values()];
    },
    add(batch) {
      const { length: characters } = JSON.stringify(batch);
      queue.push({ batch, characters });
      sum += characters;
      let gone = 0;
      for (; isTooMuch() && queue.length > 1; gone += 1) takeAt(0);
      return gone;
    },
    takeOut: (batch) => takeAt(placeOf(batch)) !== undefined,
    moveBack(batch) {
      const taken = takeAt(placeOf(batch));
      if (!taken) return;
      queue.push(taken);
      sum += taken.characters;
    },
  };
}
