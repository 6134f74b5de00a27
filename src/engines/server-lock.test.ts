import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { seededRandom } from '../base/random.ts';
import { decideLock, type Holder, type LockAttempt, takeServerLock } from './server-lock.ts';

const stranger = { former: false };
const former = { former: true };

describe('what follows from an attempt', () => {
  it.each<[string, LockAttempt<Holder>, number, ReturnType<typeof decideLock>]>([
    ['alone', { taken: true, others: [] }, 1, { kind: 'held', release: false, end: [] }],
    [
      'two meet: both let go',
      { taken: true, others: [stranger] },
      1,
      { kind: 'again', release: true, end: [] },
    ],
    [
      'a former owner is ended',
      { taken: false, others: [stranger, former] },
      2,
      { kind: 'again', release: false, end: [former] },
    ],
    [
      'the last attempt',
      { taken: false, others: [former] },
      3,
      { kind: 'given_up', release: false, end: [former] },
    ],
    [
      'nobody has it any more',
      { taken: false, others: [] },
      1,
      { kind: 'again', release: false, end: [] },
    ],
  ])('%s', (_, attempt, times, decision) => expect(decideLock(attempt, times)).toEqual(decision));
});

describe('taking it', () => {
  const run = async (answers: LockAttempt<Holder>[]) => {
    const log: string[] = [];
    const clock = createFakeClock();
    const taking = takeServerLock(
      {
        take: async () => {
          log.push('take');
          return answers.shift() ?? { taken: false, others: [stranger] };
        },
        release: async () => log.push('release'),
        end: async () => log.push('end'),
      },
      { clock, random: seededRandom(1), signal: new AbortController().signal },
    );
    for (let i = 0; i < 4; i += 1) await clock.advance(300);
    return { held: await taking, log };
  };
  it(
    'waits for a former owner that it ended, and for nobody longer than three ' + 'attempts',
    async () => {
      expect(
        await run([
          { taken: false, others: [former] },
          { taken: true, others: [] },
        ]),
      ).toEqual({
        held: true,
        log: ['take', 'end', 'take'],
      });
      expect(await run([])).toEqual({ held: false, log: ['take', 'take', 'take'] });
    },
  );
  it('lets go of what it took beside another', async () => {
    const both = { taken: true, others: [stranger] };
    expect(await run([both, both, both])).toEqual({
      held: false,
      log: ['take', 'release', 'take', 'release', 'take', 'release'],
    });
  });
});
