import { AppError } from '../base/errors.ts';
import { type PlanNode, preorder } from '../model/plan.ts';
import { depthOf, flatten } from '../model/tree.ts';

/**
 * What a server prints as a plan may be anything. Here is the one place where that ends: whatever
 * the readers make of it, it is a plan whose numbers are numbers, or an AppError that is that
 * statement's alone.
 */
/**
 * A plan of a join of 200 tables has some 400 levels of JSON; the readers call themselves for each.
 */
export const levelLimit = 600;

/**
 * Throws AppError: too_large for what is nested deeper than anyone reads, unparsable for what is no
 * plan.
 */
export function readSoundly<T extends { root: PlanNode }>(json: string, read: () => T): T {
  requireLevels(json);
  return soundly(read);
}

/** The same for readers that bound their levels themselves. */
export function soundly<T extends { root: PlanNode }>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      error instanceof RangeError ? 'too_large' : 'unparsable',
      'the plan cannot be read',
      { cause: error },
    );
  }
}

/** Throws AppError('too_large'), before anything looks at what is in the text. */
export function requireLevels(json: string): void {
  if (levelsOf(json) > levelLimit) throw tooDeep();
}

const tooDeep = () => new AppError('too_large', `plan of more than ${levelLimit} levels`);

/** What opens or closes a level, or a string, in which nothing counts. */
const marks = /["[\]{}]/g;

/** How deep brackets are nested, outside of strings; not further than it matters. */
function levelsOf(json: string): number {
  let [level, deepest] = [0, 0];
  marks.lastIndex = 0;
  while (deepest <= levelLimit && marks.test(json)) {
    const mark = json.charCodeAt(marks.lastIndex - 1);
    if (mark === quote) marks.lastIndex = endOfString(json, marks.lastIndex);
    else if (mark === openList || mark === openObject) deepest = Math.max(deepest, ++level);
    else level -= 1;
  }
  return deepest;
}

const [quote, openList, openObject, backslash] = [0x22, 0x5b, 0x7b, 0x5c];

/** Behind the quote that ends it: one with an even number of backslashes before it. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start); end >= 0; end = json.indexOf('"', end + 1)) {
    let escapes = 0;
    while (json.charCodeAt(end - 1 - escapes) === backslash && end - 1 - escapes >= start)
      escapes += 1;
    if (escapes % 2 === 0) return end + 1;
  }
  return json.length;
}

/**
 * What is a list in the text, of tables that are joined, is a level each in the plan. Throws
 * AppError('too_large').
 */
export function requireDepth(root: PlanNode): void {
  if (depthOf(flatten(root)) > levelLimit) throw tooDeep();
}

/** `1e400` is infinite once it is read. Throws AppError('unparsable'). */
export function requireNumbers(root: PlanNode): void {
  for (const { est, act, io, ext, workers } of preorder(root))
    for (const group of [est, act, io, ext, workers] as (Record<string, unknown> | undefined)[])
      for (const key in group)
        if (typeof group[key] === 'number' && !Number.isFinite(group[key]))
          throw new AppError('unparsable', 'the plan holds a number that is none');
}
