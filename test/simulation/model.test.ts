import { expect, it } from 'vitest';
import { keeperAutomaton } from './keeper-automaton.ts';
import { check } from './model.ts';

const keepers = keeperAutomaton();

it('a lease keeper that is told anything may start, or may not, at any time', () => {
  expect(keepers.states).toBeGreaterThan(50_000);
  expect(keepers.mayStart.toSorted()).toEqual([false, true]);
});

it('in every state that two replicas and an adversary can reach, one collects and no status goes back', () => {
  const { states, violation } = check({ epochs: 4, keepers });
  expect(violation).toBeUndefined();
  expect(states).toBeGreaterThan(10_000);
});

/** A checker that finds nothing wrong with a broken protocol is dead. */
it.each([
  ['database-lock', /^S1/],
  ['fence', /^S2/],
  ['epoch-in-etcd', /^S2/],
] as const)('without the %s it finds a way to break it', (without, message) => {
  const { violation } = check({ without, keepers });
  expect(violation?.what).toMatch(message);
  expect(violation?.trace.length).toBeGreaterThan(2);
});
