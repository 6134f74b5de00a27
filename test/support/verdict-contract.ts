import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import {
  type History,
  type HistoryBackendName,
  historyBackends,
} from '../../src/history/backends.ts';
import { mostVerdicts, type Opinion, type Verdict } from '../../src/model/verdict.ts';
import { explained, makeBatch } from './batch.ts';
import { type HistoryPlaces, historyFixtures } from './history-backends.ts';

/** What every history promises of verdicts on findings. */
const hour = 3_600_000;
const dismissed: Opinion = { kind: 'dismissed', why: 'the nightly export reads it all' };
const accepted: Opinion = { kind: 'accepted' };
const snoozed: Opinion = { kind: 'snoozed', until: 99 * hour, why: 'with release 12' };

const given = (fingerprint: string, rule: string, opinion: Opinion, at = hour): Verdict => ({
  fingerprint,
  rule,
  ...opinion,
  by: 'maria',
  at,
  declared: false,
});

export const verdictContract = (name: HistoryBackendName) =>
  describe(`verdicts in history ${name}`, () => {
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
    const put = (...verdicts: Verdict[]) => history.judge('uid', { put: verdicts, remove: [] });
    const shown = async (includeMuted = false) =>
      (await history.findings({ target: 'uid', limit: 10, includeMuted })).map(
        ({ fingerprint, rule, verdict }) => [fingerprint, rule, verdict?.kind],
      );
    const record = (at: number, table: string) =>
      history.record(
        makeBatch({
          at,
          queries: ['f1', 'f2', 'f3'].map((each) => explained(each, { table, rule: 'spill' })),
        }),
      );

    it('keeps one a finding, the last one, and gives it back whole', async () => {
      const verdicts = [
        given('f1', 'spill', dismissed),
        given('f2', 'spill', snoozed, 2 * hour),
        { ...given('f3', 'spill', accepted, 3 * hour), declared: true },
      ];
      await put(...verdicts);
      expect(await history.verdicts('uid')).toEqual(verdicts.toReversed());
      await put(given('f1', 'spill', accepted, 4 * hour));
      expect((await history.verdicts('uid'))[0]).toEqual(given('f1', 'spill', accepted, 4 * hour));
      expect(await history.verdicts('uid')).toHaveLength(3);
      expect(await history.verdicts('other')).toEqual([]);
    });

    it('a muted finding is recorded over new plans, and is in no list, count or statement', async () => {
      await record(1, 'a');
      await put(given('f1', 'spill', dismissed), given('f2', 'spill', snoozed));
      await put(given('f3', 'spill', accepted));
      for (const [at, table] of [
        [2, 'a'],
        [3, 'b'],
      ] as const) {
        await record(at, table);
        expect(await shown()).toEqual([['f3', 'spill', 'accepted']]);
        expect(await history.findings({ limit: 10 })).toHaveLength(1);
        expect((await history.counts('uid')).openFindings).toBe(1);
        const queries = await history.queries({ target: 'uid', since: 0, limit: 9 });
        expect(queries.flatMap(({ findings }) => findings)).toEqual(['spill']);
      }
      expect(await shown(true)).toEqual([
        ['f1', 'spill', 'dismissed'],
        ['f2', 'spill', 'snoozed'],
        ['f3', 'spill', 'accepted'],
      ]);
      const known = await history.recall('uid', ['f1', 'f3']);
      expect(known.map(({ findings }) => findings.length)).toEqual([1, 1]);
      const [first] = await history.findings({ target: 'uid', limit: 1, includeMuted: true });
      expect(first).toMatchObject({ lastSeen: 3, verdict: given('f1', 'spill', dismissed) });
    });

    it('what is taken back is told again, at once', async () => {
      await record(1, 'a');
      await put(given('f1', 'spill', dismissed));
      const remove = [{ fingerprint: 'f1', rule: 'spill' }];
      await history.judge('uid', { put: [given('f2', 'spill', dismissed)], remove });
      expect((await shown()).map(([fingerprint]) => fingerprint)).toEqual(['f1', 'f3']);
    });

    it('a verdict is of one rule, one statement and one target', async () => {
      await record(1, 'a');
      await history.judge('other', { put: [given('f1', 'spill', dismissed)], remove: [] });
      await put(given('f1', 'full-scan', dismissed), given('f9', 'spill', dismissed));
      expect(await shown()).toHaveLength(3);
    });

    it('counts what stands, by rule, over all targets', async () => {
      await put(
        given('f1', 'spill', dismissed),
        given('f2', 'spill', dismissed),
        given('f1', 'full-scan', accepted),
      );
      await history.judge('other', { put: [given('f1', 'spill', snoozed)], remove: [] });
      expect(await history.verdictCounts()).toEqual([
        { rule: 'full-scan', kind: 'accepted', count: 1 },
        { rule: 'spill', kind: 'dismissed', count: 2 },
        { rule: 'spill', kind: 'snoozed', count: 1 },
      ]);
    });

    it('is kept for as long as its statement is known', async () => {
      await record(hour, 'a');
      await put(given('f1', 'spill', dismissed), given('gone', 'spill', dismissed));
      const policy = { plans_ms: 5 * hour, hours_ms: 5 * hour, cycles_ms: hour };
      await history.retain({ now: 5 * hour, ...policy });
      expect(await history.verdicts('uid')).toHaveLength(2);
      await record(9 * hour, 'a');
      await history.retain({ now: 10 * hour, ...policy });
      expect((await history.verdicts('uid')).map(({ fingerprint }) => fingerprint)).toEqual(['f1']);
      await history.retain({ now: 99 * hour, ...policy });
      expect(await history.verdicts('uid')).toEqual([]);
    });

    it('gives no more than anybody reads', async () => {
      const many = Array.from({ length: mostVerdicts + 3 }, (_, i) =>
        given(`f${i}`, 'spill', dismissed, i),
      );
      await put(...many);
      expect(await history.verdicts('uid')).toEqual(many.toReversed().slice(0, mostVerdicts));
    });
  });
