/**
 * Where the nodes of a tree stand side by side, all of one width: each subtree as near to the one
 * before it as their outlines allow, each parent over the middle of its first and last child. One
 * pass up and one down, of time in proportion to the nodes however deep or wide it is.
 *
 * (Reingold and Tilford, Tidier drawings of trees, 1981; outlines are lists with the deepest level
 * first, of which the shorter one is written into the longer one.)
 */
interface Outline {
  /** How far to each side each level reaches, less `shift`; the root’s level is the last. */
  left: number[];
  right: number[];
  shift: number;
}

/** Nodes have their parents before them, −1 for the root’s. The answer is at least 0. */
export function sidesOf(parents: readonly number[], width: number): number[] {
  const outlines: (Outline | undefined)[] = [];
  const children = parents.map((): number[] => []);
  for (const [at, parent] of parents.entries()) children[parent]?.push(at);
  const offsets = parents.map(() => 0);
  let least = 0;
  for (let at = parents.length - 1; at >= 0; at -= 1) {
    const below = children[at] as number[];
    let all: Outline | undefined;
    for (const child of below) {
      const next = outlines[child] as Outline;
      outlines[child] = undefined;
      offsets[child] = all ? gapOf(all, next) + width : 0;
      all = all ? beside(all, next, offsets[child] as number) : next;
    }
    const middle = (offsets[below.at(-1) ?? -1] ?? 0) / 2;
    for (const child of below) offsets[child] = (offsets[child] as number) - middle;
    const outline = all ?? { left: [], right: [], shift: 0 };
    outline.shift -= middle;
    outline.left.push(-outline.shift);
    outline.right.push(-outline.shift);
    outlines[at] = outline;
  }
  const sides = [...offsets];
  for (const [at, parent] of parents.entries()) {
    if (parent >= 0) sides[at] = (sides[parent] as number) + (offsets[at] as number);
    least = Math.min(least, sides[at] as number);
  }
  return sides.map((side) => side - least);
}

/** How far to the right of where it is the second has to be to touch the first. */
function gapOf(one: Outline, other: Outline): number {
  let gap = Number.NEGATIVE_INFINITY;
  for (let up = 1; up <= Math.min(one.right.length, other.left.length); up += 1)
    gap = Math.max(
      gap,
      (one.right.at(-up) as number) + one.shift - (other.left.at(-up) as number) - other.shift,
    );
  return gap;
}

function beside(one: Outline, other: Outline, away: number): Outline {
  other.shift += away;
  const [longer, shorter, side] =
    one.left.length >= other.left.length
      ? ([one, other, 'right'] as const)
      : ([other, one, 'left'] as const);
  const [into, from] = [longer[side], shorter[side]];
  for (let up = 1; up <= from.length; up += 1)
    into[into.length - up] = (from.at(-up) as number) + shorter.shift - longer.shift;
  return longer;
}
