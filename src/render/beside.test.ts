import { describe, expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { sideBySide } from './beside.ts';

const join = (below: object, cost = 100) =>
  joined('Hash Join', seq('orders'), below, { 'Total Cost': cost });
const sorted = (below: object) => ({
  'Node Type': 'Sort',
  'Sort Key': ['a'],
  'Total Cost': 120,
  'Plan Rows': 5,
  Plans: [below],
});
const before = planOf(join(seq('customers')));
const after = planOf(sorted(join(seq('items'))));

describe('two plans side by side', () => {
  const { before: old, after: now, changes, later } = sideBySide(before, after);
  const heightOf = (scene: typeof now, title: string, subject = '') =>
    scene.cards.find((card) => card.title === title && card.subject.startsWith(subject))?.y;
  it('have what is the same at one height', () => {
    expect(heightOf(old, 'Full scan', 'orders')).toBe(heightOf(now, 'Full scan', 'orders'));
    expect(later.get(1)).toBe(2);
  });
  it('have no card above its parent, and lines from card to card', () => {
    for (const { cards, edges } of [old, now]) {
      for (const { y, parent } of cards)
        if (parent !== undefined) expect(y).toBeGreaterThan(cards[parent]?.y ?? 0);
      for (const { from, to } of edges) expect(to.y).toBeGreaterThan(from.y);
    }
  });
  it('say on each card what became of it', () => {
    const told = (scene: typeof now) =>
      scene.cards.flatMap(({ subject, change }) => (change ? [[subject, change]] : []));
    expect(told(now)).toContainEqual(['items', 'new']);
    expect(told(old)).toContainEqual(['customers', 'gone']);
    expect(changes.map(({ kind }) => kind)).toContain('new');
  });
});
it('can be of steps that stand the other way round', () => {
  const turned = (outer: string, inner: string) =>
    planOf(
      sorted({ ...sorted(seq(outer)), Plans: [joined('Nested Loop', seq(outer), seq(inner))] }),
    );
  const { after: now } = sideBySide(turned('a', 'b'), turned('b', 'a'));
  expect(now.cards.length).toBeGreaterThan(2);
});
it('leaves out what did not change where only changes are asked for', () => {
  const wide = (last: string) =>
    planOf({
      'Node Type': 'Append',
      'Total Cost': 400,
      'Plan Rows': 5,
      Plans: [...Array.from({ length: 30 }, (_, i) => seq(`p${i}`)), seq(last)],
    });
  const { after: now } = sideBySide(wide('x'), wide('y'), { onlyChanges: true });
  expect(now.cards.map(({ kind }) => kind).toSorted()).toEqual(['node', 'node', 'rest']);
});
