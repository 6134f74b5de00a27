import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { makeTarget, noAbort } from '../../test/support/target.ts';
import { createSlots } from '../base/slots.ts';
import { createMemoryState } from '../coordination/memory/memory-state.ts';
import { createTurns, inTurn } from './turns.ts';

const random = { next: () => 0.5 };
const target = makeTarget({ port: 5_432 });
const who = { group: 'shop', doubt: undefined };

it('in one process they follow each other; another server does not wait', async () => {
  const clock = createFakeClock();
  const state = createMemoryState(clock);
  const turns = createTurns({ state, holder: 'one', clock, random });
  const first = await turns.wait(target, noAbort());
  const second = turns.wait(makeTarget({ port: 5_432, uid: 'b' }), noAbort());
  expect(await turns.wait(makeTarget({ port: 6_000 }), noAbort())).toBeDefined();
  let came = false;
  void second.then(() => {
    came = true;
  });
  await clock.advance(0);
  expect(came).toBe(false);
  await first?.end();
  expect(await second).toBeDefined();
});

it('whoever leaves the queue gets no turn, and keeps nobody waiting', async () => {
  const clock = createFakeClock();
  const turns = createTurns({ state: createMemoryState(clock), holder: 'one', clock, random });
  const first = await turns.wait(target, noAbort());
  const leaving = new AbortController();
  const gone = turns.wait(target, leaving.signal);
  const next = turns.wait(target, noAbort());
  leaving.abort();
  expect(await gone).toBeUndefined();
  await first?.end();
  expect(await next).toBeDefined();
});

it('among replicas one works at a time; who waits gives its place back meanwhile', async () => {
  const clock = createFakeClock();
  const state = createMemoryState(clock);
  const [one, two] = ['one', 'two'].map((holder) => createTurns({ state, holder, clock, random }));
  const held = await one?.wait(target, noAbort());
  expect(await held?.claim()).toBeUndefined();
  const quota = createSlots(1);
  const order: string[] = [];
  const had: boolean[] = [];
  const others = (have: boolean) => void had.push(have);
  const wait = { queueing: noAbort(), ended: noAbort(), needless: () => false, others };
  if (!two) throw new Error('there are two');
  const work = inTurn({ turns: two, quota, clock, target }, who, wait, async () => {
    order.push('two');
    return 'done';
  });
  await clock.advance(10);
  await quota.run(who, async () => void order.push('somebody else'));
  expect(had.at(-1)).toBe(true);
  await held?.end();
  await clock.advance(1_000);
  expect([await work, order]).toEqual(['done', ['somebody else', 'two']]);
  expect(had.at(-1)).toBe(false);
});
