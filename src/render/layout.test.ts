import { describe, expect, it } from 'vitest';
import { bareNode } from '../dialects/reading.ts';
import type { Card } from './fold.ts';
import { cardHeight, cardWidth, directions, layOut } from './layout.ts';

const node = bareNode('SeqScan', 'Seq Scan');
let places = 0;
const card = (...children: Card[]): Card => ({ kind: 'node', at: places++, node, children });
const bushy = card(
  card(card(), card(card(), card(), card())),
  card(),
  card(card(card(card(), card()))),
);
const field = { width: 1_440, height: 860 };

describe.each(directions)('cards laid out %s', (direction) => {
  const { cards, width, height } = layOut(bushy, field, direction);
  it('do not overlap, and stand within the picture', () => {
    for (const [i, a] of cards.entries()) {
      expect(a.x >= 0 && a.y >= 0).toBe(true);
      expect(a.x + cardWidth <= width && a.y + cardHeight <= height).toBe(true);
      for (const b of cards.slice(i + 1))
        expect(Math.abs(a.x - b.x) >= cardWidth || Math.abs(a.y - b.y) >= cardHeight).toBe(true);
    }
  });
  it('have their parents before them', () => {
    for (const [i, { parent }] of cards.entries()) expect(parent ?? -1).toBeLessThan(i);
    expect(cards.filter(({ parent }) => parent === undefined)).toHaveLength(1);
  });
});
it('stand in the direction in which more of them fits', () => {
  const chain = [...Array(12)].reduce<Card>((below) => card(below), card());
  expect(layOut(chain, field).direction).toBe('down');
  const wide = card(...Array.from({ length: 12 }, () => card()));
  expect(layOut(wide, field).direction).toBe('right');
});
it('are placed also where there are twenty thousand under one, or one under the other', () => {
  const wide = card(...Array.from({ length: 20_000 }, () => card()));
  expect(layOut(wide, field).cards).toHaveLength(20_001);
  const deep = [...Array(20_000)].reduce<Card>((below) => card(below), card());
  expect(layOut(deep, field).cards).toHaveLength(20_001);
});
