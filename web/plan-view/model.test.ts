import { expect, it } from 'vitest';
import { sceneOf } from '../../src/render/scene.ts';
import { largePlan } from '../../test/support/large-plan.ts';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { holders, modelOf, outlined, quietIn, search } from './model.ts';

const plan = planOf(
  joined('Hash Join', seq('orders', { Filter: '(paid = true)' }), seq('items'), {
    'Total Cost': 100,
  }),
);
const told = (severity: 'info' | 'critical', nodes: number[]) => ({
  rule: 'r',
  message: 'm',
  fix: 'f',
  severity,
  nodes,
});
const model = modelOf(plan, [told('info', [1, 2]), told('critical', [2])]);

it('knows of each step where it stands', () => {
  expect(model.levels).toEqual([0, 1, 1]);
  expect(model.siblings).toEqual([
    [1, 1],
    [2, 1],
    [2, 2],
  ]);
});
it('adds up what is below each step', () => {
  expect(model.inclusive[0]).toBeCloseTo(1);
  expect(model.inclusive[1]).toBeCloseTo(0.1);
});
it('has of each step the worst finding, and the worst of all first', () => {
  expect([...model.badges]).toEqual([
    [2, 'critical'],
    [1, 'info'],
  ]);
  expect(model.findings[0]?.severity).toBe('critical');
});
it('finds steps by all words, also of their conditions', () => {
  expect(search(model, 'full ORDERS')).toEqual([1]);
  expect(search(model, 'paid')).toEqual([1]);
  expect(search(model, 'seq scan')).toEqual([1, 2]);
  expect(search(model, 'nothing')).toEqual([]);
  expect(search(model, '  ')).toEqual([]);
});
it('shows no rows below what is closed', () => {
  expect(outlined(model, new Set())).toEqual([0, 1, 2]);
  expect(outlined(model, new Set([0]))).toEqual([0]);
});
it('has every step of a large plan on one card, and closes what has none of its own', () => {
  const large = modelOf(largePlan(2_000), []);
  const scene = sceneOf(large.plan, { budget: 40 });
  const held = holders(scene, large);
  for (const [at, i] of held.entries()) {
    const card = scene.cards[i];
    expect(card?.kind === 'node' ? card.id === at : (card?.id ?? 1e9) <= at).toBe(true);
  }
  const quiet = quietIn(scene, large);
  const shown = new Set(outlined(large, quiet));
  for (const { kind, id } of scene.cards) if (kind === 'node') expect(shown.has(id)).toBe(true);
  expect(shown.size).toBeLessThan(large.tree.nodes.length / 2);
});
it('closes nothing of a small plan', () => {
  expect(quietIn(sceneOf(plan), model).size).toBe(0);
});
