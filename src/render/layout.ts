import type { Card } from './fold.ts';
import { sidesOf } from './tidy.ts';

/** Where each card stands, all of one size, so that none moves another when it is opened. */
export const cardWidth = 224;
export const cardHeight = 62;
/** Beside the bar. */
export const figureRoom = 138;
export const figureSize = 11;
export const gapAlong = 44;
const gapAcross = 18;

export const directions = ['down', 'right'] as const;
export type Direction = (typeof directions)[number];

export interface Placed {
  card: Card;
  /** Of its corner at the top left. */
  x: number;
  y: number;
  parent: number | undefined;
}

export interface Layout {
  direction: Direction;
  width: number;
  height: number;
  /** Parents before children. */
  cards: Placed[];
}

/** In the direction in which more of it fits a field of those sides, or in that which is asked. */
export function layOut(
  root: Card,
  field: { width: number; height: number },
  asked?: Direction,
): Layout {
  if (asked) return place(root, asked);
  const [down, right] = [place(root, 'down'), place(root, 'right')];
  return fitScale(right, field) > fitScale(down, field) ? right : down;
}

/** Around a picture in its field. */
export const fieldMargin = 16;

/** How large a picture is drawn so that all of it is seen; no larger than it is, or than that. */
export const fitScale = (
  { width, height }: { width: number; height: number },
  field: { width: number; height: number },
  margin = fieldMargin,
  largest = 1,
): number =>
  Math.max(
    1e-4,
    Math.min(largest, (field.width - 2 * margin) / width, (field.height - 2 * margin) / height),
  );

function place(root: Card, direction: Direction): Layout {
  const down = direction === 'down';
  const [across, along] = down ? [cardWidth, cardHeight] : [cardHeight, cardWidth];
  const { cards, parents } = listed(root);
  const depths: number[] = [];
  for (const parent of parents) depths.push(parent < 0 ? 0 : (depths[parent] as number) + 1);
  const sides = sidesOf(parents, across + gapAcross);
  const placed = cards.map((card, i): Placed => {
    const [side, depth] = [sides[i] as number, (depths[i] as number) * (along + gapAlong)];
    const parent = parents[i] as number;
    return {
      card,
      x: down ? side : depth,
      y: down ? depth : side,
      parent: parent < 0 ? undefined : parent,
    };
  });
  const most = (of: (each: Placed) => number) => placed.reduce((a, b) => Math.max(a, of(b)), 0);
  return {
    direction,
    width: most(({ x }) => x) + cardWidth,
    height: most(({ y }) => y) + cardHeight,
    cards: placed,
  };
}

function listed(root: Card): { cards: Card[]; parents: number[] } {
  const [cards, parents] = [[root], [-1]];
  for (let i = 0; i < cards.length; i += 1)
    for (const child of (cards[i] as Card).children) {
      cards.push(child);
      parents.push(i);
    }
  return { cards, parents };
}
