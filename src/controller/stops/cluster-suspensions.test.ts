import { expect, it } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { makeTarget } from '../../../test/support/target.ts';
import { silentLogger } from '../../base/logger.ts';
import { createMemoryState } from '../../coordination/memory/memory-state.ts';
import type { Target } from '../../resources/kinds/database-target/target.ts';
import { createClusterSuspensions } from './cluster-suspensions.ts';

/** Replicas that share one state; each knows the target as its own watch told it. */
const clock = createFakeClock();
const flag = `suspend/${makeTarget({ port: 1 }).uid}`;

function startReplica(state: ReturnType<typeof createMemoryState>) {
  let known: Target | undefined;
  let [age_ms, member] = [0, true];
  const store = {
    get: () => known,
    health: {
      get answerAge_ms() {
        return age_ms;
      },
    },
  };
  const part = createClusterSuspensions({
    store,
    generationOf: () => known?.generation,
    state,
    clock,
    logger: silentLogger,
    mayTell: () => member,
  });
  part.follow(() => undefined);
  return {
    part,
    learns(generation: number, suspend: boolean) {
      known = { ...makeTarget({ port: 1, spec: { suspend } }), generation };
      part.saw(known);
    },
    isCutOff(yes: boolean) {
      age_ms = yes ? 60_000 : 0;
    },
    isMember(yes: boolean) {
      member = yes;
    },
  };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('who knows an older generation obeys at once, and nobody else; what is over is taken down', async () => {
  const state = createMemoryState(clock);
  const [one, late] = [startReplica(state), startReplica(state)];
  for (const each of [one, late]) each.learns(1, false);
  one.learns(2, true);
  await settled();
  expect([one.part.list.length, late.part.list.length]).toEqual([0, 1]);
  // Slow to be answered, but it has seen the latest edit: that counts.
  late.learns(2, true);
  late.learns(3, false);
  late.isCutOff(true);
  late.part.look();
  expect(late.part.list).toEqual([]);
  one.learns(3, false);
  one.part.look();
  await settled();
  expect((await state.flags()).has(flag)).toBe(false);
});

it('who does not know of the suspension yet does not take it down', async () => {
  const state = createMemoryState(clock);
  const [one, late] = [startReplica(state), startReplica(state)];
  for (const each of [one, late]) each.learns(1, false);
  one.learns(2, true);
  await settled();
  late.part.look();
  await settled();
  expect((await state.flags()).has(flag)).toBe(true);
  expect(late.part.list.length).toBe(1);
});

it('is told when the shared state is there, and again when it came back empty', async () => {
  const state = createMemoryState(clock);
  const one = startReplica(state);
  one.learns(1, false);
  one.isMember(false);
  one.learns(2, true);
  await settled();
  expect((await state.flags()).has(flag)).toBe(false);
  one.isMember(true);
  one.part.look();
  await settled();
  expect((await state.flags()).has(flag)).toBe(true);
  await state.publish(flag, undefined);
  one.part.look();
  await settled();
  expect((await state.flags()).has(flag)).toBe(true);
  await clock.advance(601_000);
  one.part.look();
  await settled();
  expect((await state.flags()).has(flag)).toBe(false);
});
