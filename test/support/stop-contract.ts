import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import {
  type History,
  type HistoryBackendName,
  historyBackends,
} from '../../src/history/backends.ts';
import { mostPastStops, type StopRecord } from '../../src/model/stop.ts';
import { type HistoryPlaces, historyFixtures } from './history-backends.ts';

/** What every history promises of stops. */
const hour = 3_600_000;
const record = (more: Partial<StopRecord> = {}): StopRecord => ({
  id: 's',
  scope: { namespaces: ['shop'] },
  reason: 'incident 4711: "it" ’s späte, 注文',
  since: 100,
  by: 'maria',
  covered: 7,
  seenAt: 200,
  replicas: [],
  ...more,
});
const replica = { pod: 'a', confirmedAt: 150, cancelled: 2, stillRunning: 1 };

export const stopContract = (name: HistoryBackendName) =>
  describe(`stops in history ${name}`, () => {
    let places: HistoryPlaces;
    let history: History;
    beforeAll(async () => {
      places = await historyFixtures[name].start();
    });
    afterAll(() => places.stop());
    beforeEach(async () => {
      history = await historyBackends[name](await places.fresh(), silentLogger);
    });
    afterEach(() => history.close());

    it('gives a stop back whole when it is over, and none that is in force', async () => {
      await history.keepStop(record({ replicas: [replica] }));
      expect(await history.pastStops(150)).toEqual([]);
      const over = record({ replicas: [replica], liftedAt: 300, liftedBy: 'paul' });
      await history.keepStop(over);
      expect(await history.pastStops(150)).toEqual([over]);
    });

    it('keeps what nobody should have written', async () => {
      const scope = { selector: { matchLabels: { 'a\0b': '\ud800' } } };
      await history.keepStop(record({ reason: 'a\0b', by: '\0', liftedAt: 1, scope }));
      expect(await history.pastStops(0)).toMatchObject([{ scope, since: 100 }]);
    });

    it('one whose end nobody saw is over when it was not seen for long', async () => {
      await history.keepStop(record());
      expect(await history.pastStops(200)).toEqual([]);
      expect(await history.pastStops(201)).toEqual([record()]);
    });

    it('what several replicas say adds up, in whatever order it comes', async () => {
      const b = { pod: 'b', cancelled: 1, stillRunning: 0 };
      await history.keepStop(
        record({ seenAt: 250, replicas: [{ ...replica, stillRunning: 0 }, b] }),
      );
      const late = { pod: 'a', cancelled: 1, stillRunning: 1 };
      await history.keepStop(record({ covered: 5, replicas: [late, { ...b, confirmedAt: 240 }] }));
      await history.keepStop(record({ liftedAt: 300 }));
      await history.keepStop(record({ liftedAt: 400, liftedBy: 'paul' }));
      expect(await history.pastStops(0)).toEqual([
        record({
          seenAt: 250,
          liftedAt: 300,
          liftedBy: 'paul',
          replicas: [
            { ...replica, stillRunning: 0 },
            { ...b, confirmedAt: 240 },
          ],
        }),
      ]);
    });

    it('the last that ended comes first; a name may be used again', async () => {
      await history.keepStop(record({ liftedAt: 500 }));
      await history.keepStop(record({ since: 600, liftedAt: 700, scope: { all: true } }));
      await history.keepStop(record({ id: 't', liftedAt: 600 }));
      const found = await history.pastStops(0);
      expect(found.map(({ id, liftedAt }) => [id, liftedAt])).toEqual([
        ['s', 700],
        ['t', 600],
        ['s', 500],
      ]);
    });

    it('is kept for as long as plans, and no more than anybody reads', async () => {
      const policy = { plans_ms: 5 * hour, hours_ms: hour, cycles_ms: hour };
      await history.keepStop(record({ replicas: [replica], seenAt: hour, liftedAt: hour }));
      await history.keepStop(record({ id: 't', seenAt: 9 * hour }));
      await history.retain({ now: 5 * hour, ...policy });
      expect(await history.pastStops(10 * hour)).toHaveLength(2);
      await history.retain({ now: 7 * hour, ...policy });
      expect((await history.pastStops(10 * hour)).map(({ id }) => id)).toEqual(['t']);
      for (let i = 0; i < mostPastStops + 2; i += 1)
        await history.keepStop(
          record({ id: `n${i}`, since: 9 * hour + i, liftedAt: 9 * hour + i }),
        );
      await history.retain({ now: 9 * hour, ...policy });
      const found = await history.pastStops(10 * hour);
      expect(found).toHaveLength(mostPastStops);
      expect(found.some(({ id }) => id === 't')).toBe(false);
    });
  });
