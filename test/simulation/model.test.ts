import { expect, it } from 'vitest';
import { check } from './model.ts';

it('in every state that two replicas and an adversary can reach, one collects and no status goes back', () => {
  const { states, violation } = check({ epochs: 4 });
  expect(violation).toBeUndefined();
  expect(states).toBeGreaterThan(10_000);
});

/** A checker that finds nothing wrong with a broken protocol is dead. */
it.each([
  ['database-lock', /^S1/],
  ['fence', /^S2/],
  ['epoch-in-etcd', /^S2/],
] as const)('without the %s it finds a way to break it', (without, message) => {
  const { violation } = check({ without });
  expect(violation?.what).toMatch(message);
  expect(violation?.trace.length).toBeGreaterThan(2);
});
