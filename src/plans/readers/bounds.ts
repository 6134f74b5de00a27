import { AppError } from '../../base/errors.ts';
import { type PlanNode, preorder } from '../plan.ts';

/**
 * What a server prints as a plan may be anything. Here is the one place where that ends: whatever the readers make of it, it is a plan whose numbers are numbers,
 * or an AppError that is that statement's alone.
 */
/** A plan of a join of 200 tables has some 400 levels of JSON; the readers call themselves for each. */
const levelLimit = 600;

/** Throws AppError: too_large for what is nested deeper than anyone reads, unparsable for what is no plan. */
export function readSoundly<T extends { root: PlanNode }>(json: string, read: () => T): T {
  const levels = levelsOf(json);
  if (levels > levelLimit) throw new AppError('too_large', `plan of more than ${levelLimit} levels`);
  try {
    return read();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(error instanceof RangeError ? 'too_large' : 'unparsable', 'the plan cannot be read', { cause: error });
  }
}

/** How deep brackets are nested, outside of strings; not further than it matters. */
function levelsOf(json: string): number {
  let [level, deepest] = [0, 0];
  for (let at = 0; at < json.length && deepest <= levelLimit; at += 1) {
    switch (json.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(json, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        level += 1;
        deepest = Math.max(deepest, level);
        break;
      case 0x5d: // ]
      case 0x7d: // }
        level -= 1;
        break;
    }
  }
  return deepest;
}

function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    if (json[at] === '\\') at += 1;
    else if (json[at] === '"') return at;
  }
  return json.length;
}

/** `1e400` is infinite once it is read. Throws AppError('unparsable'). */
export function requireNumbers(root: PlanNode): void {
  for (const { est, act, io, ext, workers } of preorder(root))
    for (const group of [est, act, io, ext, workers])
      for (const value of Object.values(group ?? {}))
        if (typeof value === 'number' && !Number.isFinite(value)) throw new AppError('unparsable', 'the plan holds a number that is none');
}
