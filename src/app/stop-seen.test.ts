import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import type { Stop } from '../model/stop.ts';
import { answerOnceSeen } from './stop-seen.ts';

const made: Stop = { id: 'stop-1', scope: { all: true }, reason: 'incident', since: 0 };

it('a stop is answered when it is seen, or after a second', async () => {
  const clock = createFakeClock();
  const stops = { list: [] as Stop[], stop: async () => made };
  let answered: Stop | undefined;
  const ask = () => {
    answered = undefined;
    void answerOnceSeen(stops, clock)().then((stop) => {
      answered = stop;
    });
  };
  ask();
  await clock.advance(100);
  expect(answered).toBeUndefined();
  stops.list = [made];
  await clock.advance(20);
  expect(answered).toBe(made);
  stops.list = [];
  ask();
  await clock.advance(1_100);
  expect(answered).toBe(made);
});
