import type { CycleAnswer } from '../../data/target-answers.ts';

/** A statement that took time, and of which no cycle has kept anything but that. */
export interface LeftOut {
  id: string;
  text: string;
  /** Of the interval in which it took most. */
  share: number;
  meanMs: number;
  code: string;
}

const least = 0.01;
const most = 5;

/**
 * Among the heaviest of the day's cycles, and never looked at: it has no other name than the
 * server's own, of which the history knows none. Pure.
 */
export function leftOut(
  cycles: readonly Pick<CycleAnswer, 'top'>[],
  known: ReadonlySet<string>,
): LeftOut[] {
  const found = new Map<string, LeftOut>();
  for (const { fingerprint, timeShare, text, meanMs, code } of cycles.flatMap(({ top }) => top)) {
    const id = /^q(.+)$/.exec(fingerprint)?.[1];
    if (id === undefined || code === undefined || known.has(id) || timeShare < least) continue;
    const before = found.get(id);
    if (!before || before.share < timeShare)
      found.set(id, { id, text: text || (before?.text ?? ''), share: timeShare, meanMs, code });
  }
  return [...found.values()].toSorted((a, b) => b.share - a.share).slice(0, most);
}
