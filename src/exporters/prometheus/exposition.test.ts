import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { exposition } from './exposition.ts';

/** Fifteen hundred series of each kind. */
function filled(): Registry {
  const registry = new Registry();
  const of = (name: string) => ({ name, help: `a "${name}"`, registers: [registry] });
  const counter = new Counter({ ...of('a_total'), labelNames: ['target'] });
  const gauge = new Gauge({ ...of('b'), labelNames: ['target'] });
  const histogram = new Histogram({ ...of('c'), labelNames: ['target'], buckets: [1, 2] });
  new Gauge({ ...of('d'), labelNames: ['target'] });
  for (let i = 0; i < 1_500; i += 1) {
    const labels = { target: `shop\\"${i}"` };
    counter.inc(labels, i);
    gauge.set(labels, i / 7);
    histogram.observe(labels, i % 3);
  }
  return registry;
}

it('tells what the registry does, in pieces between which others have their turn', async () => {
  const registry = filled();
  let turns = 0;
  const turning = setInterval(() => (turns += 1), 0);
  const pieces = await Array.fromAsync(exposition(registry));
  clearInterval(turning);
  expect(pieces.join('').trimEnd()).toBe((await registry.metrics()).trimEnd());
  expect(Math.max(...pieces.map((piece) => piece.split('\n').length))).toBeLessThan(510);
  expect(turns).toBeGreaterThan(2);
});
