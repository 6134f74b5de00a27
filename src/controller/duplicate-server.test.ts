import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { makeTarget } from '../../test/support/target.ts';
import { AppError } from '../base/errors.ts';
import { createMemoryState } from '../coordination/memory/memory-state.ts';
import { claimServer } from './duplicate-server.ts';

const target = (name: string, uid = name) =>
  makeTarget({ port: 1, name, uid, spec: { collection: { interval: '60s' } } });

it('who came first keeps the server, until it does not come for three intervals', async () => {
  const clock = createFakeClock();
  const deps = { state: createMemoryState(clock), isThere: () => true };
  const claim = (name: string) => claimServer(target(name), 'server-1/db', deps);
  expect(await claim('one')).toBeUndefined();
  expect(await claim('two')).toBe('shop/one');
  await clock.advance(179_000);
  expect(await claim('two')).toBe('shop/one');
  await clock.advance(2_000);
  expect(await claim('two')).toBeUndefined();
  expect(await claim('one')).toBe('shop/two');
});

it('one of another namespace is not named', async () => {
  const deps = { state: createMemoryState(createFakeClock()), isThere: () => true };
  await claimServer(target('one'), 's', deps);
  const elsewhere = { ...target('two'), namespace: 'shop-2' };
  expect(await claimServer(elsewhere, 's', deps)).toBe('a target of another namespace');
});

it('one that was deleted, or made anew under its name, holds nothing', async () => {
  const state = createMemoryState(createFakeClock());
  const there = new Set(['uid-1']);
  const deps = { state, isThere: (uid: string) => there.has(uid) };
  expect(await claimServer(target('one', 'uid-1'), 's', deps)).toBeUndefined();
  there.delete('uid-1');
  there.add('uid-2');
  expect(await claimServer(target('one', 'uid-2'), 's', deps)).toBeUndefined();
});

it('a shared state that is away keeps nobody from collecting', async () => {
  const mark = async () => {
    throw new AppError('coordination_failed', 'away');
  };
  const deps = { state: { mark }, isThere: () => true };
  expect(await claimServer(target('one'), 's', deps)).toBeUndefined();
});
