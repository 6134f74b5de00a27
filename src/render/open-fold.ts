import { ends, type Tree } from '../model/tree.ts';
import type { Card, NodeCard } from './fold.ts';

/** Opened at once, dearest first: more of them are no picture that anyone can read. */
const mostOpened = 50;

/** Places that have a card of their own when a fold is opened; `all`: also what is below them. */
export function openedBy(
  { kind, places }: Pick<Exclude<Card, NodeCard>, 'kind' | 'places'>,
  tree: Tree,
  values: readonly number[],
  all: boolean,
): number[] {
  if (kind === 'way') return places;
  if (all) {
    const behind = ends(tree);
    return places.flatMap((at) =>
      Array.from({ length: (behind[at] ?? at) - at }, (_, i) => at + i),
    );
  }
  return places.toSorted((a, b) => (values[b] ?? 0) - (values[a] ?? 0)).slice(0, mostOpened);
}
