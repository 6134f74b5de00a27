import { describe, expect, it } from 'vitest';
import { makeBatch } from '../../test/support/batch.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { silentLogger } from '../base/logger.ts';
import type { PlanBatch } from '../model/batch.ts';
import type { Exporter } from './exporter.ts';
import { createFanOut } from './fan-out.ts';

const settle = async () => {
  for (let i = 0; i < 50; i += 1) await Promise.resolve();
};
const exporter = (name: string, work: (batch: PlanBatch) => Promise<void>): Exporter => ({
  name,
  export: work,
  flush: async () => undefined,
  close: async () => undefined,
});

describe('fan-out', () => {
  it('one that hangs or fails keeps no one else waiting, and is counted', async () => {
    const clock = createFakeClock();
    const seen: number[] = [];
    const fanOut = createFanOut(
      [
        exporter('hangs', () => new Promise(() => undefined)),
        exporter('fails', async () => {
          throw new Error('no');
        }),
        exporter('works', async ({ cycle }) => void seen.push(cycle.number)),
      ],
      clock,
      silentLogger,
    );
    for (let number = 1; number <= 3; number += 1) fanOut.publish(makeBatch({ at: 1, number }));
    await settle();
    expect(seen).toEqual([1, 2, 3]);
    expect(fanOut.stats()).toMatchObject([
      { exporter: 'hangs', queued: 2, failed: 0 },
      { exporter: 'fails', queued: 0, failed: 3 },
      { exporter: 'works', queued: 0, failed: 0 },
    ]);
    await clock.advance(10_000);
    expect(fanOut.stats()[0]).toMatchObject({ queued: 1, failed: 1 });
  });

  it('a full queue drops the oldest and counts it', async () => {
    const fanOut = createFanOut(
      [exporter('hangs', () => new Promise(() => undefined))],
      createFakeClock(),
      silentLogger,
    );
    for (let number = 0; number < 1_200; number += 1) fanOut.publish(makeBatch({ at: 1, number }));
    expect(fanOut.stats()[0]).toMatchObject({ queued: 1_000, dropped: 200 });
  });

  it('closing delivers what is queued, and gives up at its deadline', async () => {
    const clock = createFakeClock();
    const seen: number[] = [];
    const works = createFanOut(
      [exporter('works', async ({ cycle }) => void seen.push(cycle.number))],
      clock,
      silentLogger,
    );
    works.publish(makeBatch({ at: 1, number: 7 }));
    await works.close(1_000);
    expect(seen).toEqual([7]);
    const hangs = createFanOut(
      [exporter('hangs', () => new Promise(() => undefined))],
      clock,
      silentLogger,
    );
    hangs.publish(makeBatch({ at: 1 }));
    const closing = hangs.close(1_000);
    await clock.advance(1_000);
    await closing;
  });

  it('tells those that keep something by target when it is gone', () => {
    const told: string[] = [];
    const quiet = exporter('quiet', async () => undefined);
    const keeps = { ...quiet, forget: ({ name }: { name: string }) => void told.push(name) };
    createFanOut([quiet, keeps], createFakeClock(), silentLogger).forget({
      namespace: 'shop',
      name: 'orders',
    });
    expect(told).toEqual(['orders']);
  });
});
