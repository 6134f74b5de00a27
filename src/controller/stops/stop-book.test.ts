import { expect, it } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { silentLogger } from '../../base/logger.ts';
import type { Stop, StopRecord } from '../../model/stop.ts';
import { createStopBook, type ReplicaFacts } from './stop-book.ts';

const stop: Stop = {
  id: 's',
  scope: { all: true },
  reason: 'incident 4711',
  since: 5,
  by: 'maria',
};
const facts = (name: string, running?: number, cancelled = 0): ReplicaFacts => ({
  name,
  stops: running === undefined ? {} : { s: running },
  cancelled: { s: cancelled },
});

function open() {
  const clock = createFakeClock(0);
  const kept: StopRecord[] = [];
  const away = { now: false, of: '' };
  const book = createStopBook({
    async keep(record) {
      if (away.now || away.of === record.id) throw new Error('the history is away');
      kept.push(record);
    },
    covered: () => 9,
    clock,
    logger: silentLogger,
  });
  return { clock, kept, away, book };
}

it('keeps what each replica confirmed and cancelled, also of one that goes', async () => {
  const { book, clock, kept } = open();
  book.see([stop], [facts('a', 1), facts('b')]);
  await clock.advance(1_000);
  book.see([stop], [facts('a', 0, 1), facts('b', 0, 2)]);
  await clock.advance(1_000);
  book.see([stop], [facts('a', 0, 1)]);
  book.lifting([stop], 'paul');
  await clock.advance(1_000);
  book.see([], []);
  await book.write();
  expect(kept).toEqual([
    {
      ...stop,
      covered: 9,
      seenAt: 2_000,
      liftedAt: 3_000,
      liftedBy: 'paul',
      replicas: [
        { pod: 'a', confirmedAt: 0, cancelled: 1, stillRunning: 0 },
        { pod: 'b', confirmedAt: 1_000, cancelled: 2, stillRunning: 0 },
      ],
    },
  ]);
});

it('tells the history what changes, and once a minute that it is still in force', async () => {
  const { book, clock, kept } = open();
  for (let second = 0; second < 130; second += 1) {
    book.see([stop], [facts('a', 0)]);
    await book.write();
    await clock.advance(1_000);
  }
  expect(kept.map(({ seenAt }) => seenAt)).toEqual([0, 60_000, 120_000]);
});

it('what a history that is away was not told is told when it is back', async () => {
  const { book, kept, away } = open();
  away.now = true;
  book.see([stop], [facts('a', 0)]);
  await book.write();
  book.see([], []);
  await book.write();
  away.now = false;
  await book.write();
  await book.write();
  expect(kept).toMatchObject([{ id: 's', liftedAt: 0 }]);
});

it('one that cannot be kept keeps no other from being kept', async () => {
  const { book, kept, away } = open();
  away.of = 'bad';
  book.see([{ ...stop, id: 'bad' }, stop], []);
  await book.write();
  await book.write();
  expect(kept).toMatchObject([{ id: 's' }]);
});
