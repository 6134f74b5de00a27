import { hierarchy, tree } from 'd3-hierarchy';
import type { Card } from './fold.ts';

/** Where each card stands, all of one size, so that none moves another when it is opened. */
export const cardWidth = 224;
export const cardHeight = 62;
/** Beside the bar. */
export const figureRoom = 138;
export const figureSize = 11;
const gapAlong = 44;
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
  const scale = ({ width, height }: Layout) => Math.min(field.width / width, field.height / height);
  return scale(right) > scale(down) ? right : down;
}

function place(root: Card, direction: Direction): Layout {
  const down = direction === 'down';
  const [across, along] = down ? [cardWidth, cardHeight] : [cardHeight, cardWidth];
  const laid = tree<Card>()
    .nodeSize([across + gapAcross, along + gapAlong])
    .separation(() => 1)(hierarchy(root, ({ children }) => children));
  const all = laid.descendants();
  const least = all.reduce((found, { x }) => Math.min(found, x), Number.POSITIVE_INFINITY);
  const places = new Map(all.map((each, i) => [each, i] as const));
  const cards = all.map((each): Placed => {
    const [side, depth] = [each.x - least, each.y];
    return {
      card: each.data,
      x: down ? side : depth,
      y: down ? depth : side,
      parent: each.parent ? places.get(each.parent) : undefined,
    };
  });
  const most = (of: (each: Placed) => number) => cards.reduce((a, b) => Math.max(a, of(b)), 0);
  return {
    direction,
    width: most(({ x }) => x) + cardWidth,
    height: most(({ y }) => y) + cardHeight,
    cards,
  };
}
