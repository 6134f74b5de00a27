import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { type HistoryBackendName, historyBackends } from '../../src/history/backends.ts';
import type {
  HistoryQuestions,
  KnownQuery,
  QuerySummary,
} from '../../src/history/history-questions.ts';
import { contextOf, explained, makeBatch } from './batch.ts';
import { type HistoryPlaces, historyFixtures } from './history-backends.ts';

/**
 * What every backend promises to a history of another version: a released one, kept as SQL in
 * test/golden with the answers that its own program gave (by today's names), is brought up to date
 * with every row; a newer one is refused, and stays as it is.
 */
const golden = new URL('../golden/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, golden), 'utf8');
const hour = 3_600_000;
const first = Date.UTC(2026, 9, 31, 22);

export const historyMigrations = (name: HistoryBackendName) =>
  describe(`history ${name} of another version`, () => {
    const { start, version } = historyFixtures[name];
    const open = (place: string) => historyBackends[name](place, silentLogger);
    let places: HistoryPlaces;
    beforeAll(async () => {
      places = await start();
    });
    afterAll(() => places.stop());

    it.each(releasesOf(name))('release %i is read whole, and goes on', async (release) => {
      const place = await places.fresh();
      await places.sql(place, read(`history-v${release}.${name}.sql`));
      const history = await open(place);
      expect(await everything(history)).toEqual(JSON.parse(read(`history-v${release}.json`)));
      const range = { target: 'uid', fingerprint: 'aa01', since: first, until: first + 9 * hour };
      expect(
        (await history.series(range)).map(({ at, calls, totalMs, plans }) => [
          (at - first) / hour,
          calls,
          totalMs,
          plans.map(({ costMax }) => costMax),
        ]),
      ).toEqual([
        [0, 2, 900, [120.5]],
        [1, 2, 800, [130]],
        [3, 2, 70, [12]],
      ]);
      const { signal } = new AbortController();
      const workload = await Array.fromAsync(
        history.workload({ target: 'uid', since: first, signal }),
      );
      expect(
        workload.map(({ fingerprint, weight, plan }) => [
          fingerprint,
          weight.totalMs,
          plan?.root.relation?.name,
        ]),
      ).toEqual([
        ['aa01', 1_770, 'orders_new'],
        ['cc03', 300, undefined],
        ['bb02', 45, 'items'],
      ]);
      expect(workload[0]).not.toHaveProperty('facts');
      const context = contextOf('orders_new');
      const at = first + 4 * hour;
      const again = explained('aa01', { table: 'orders_new', context });
      expect(await history.record(makeBatch({ at, number: 4, epoch: 2, queries: [again] }))).toBe(
        true,
      );
      const [heaviest] = await Array.fromAsync(
        history.workload({ target: 'uid', since: first, signal }),
      );
      expect(heaviest).toMatchObject({ fingerprint: 'aa01', user: 'app', ...context });
      await history.close();
      expect(await places.versionOf(place)).toBe(release); // its own program opens it again
      const reopened = await open(place);
      expect((await reopened.cycles({ target: 'uid', since: at, limit: 9 })).length).toBe(1);
      await reopened.close();
    });

    it('a newer one is refused by its code, and nothing is written to it', async () => {
      const place = await places.fresh();
      await used(open, place);
      await places.sql(place, places.claim(version + 1));
      const before = await places.digest(place);
      const newer = { code: 'newer_data', action: 'human' };
      await expect(used(open, place)).rejects.toMatchObject(newer);
      await expect(asked(open, place)).rejects.toMatchObject(newer);
      expect(await places.digest(place)).toBe(before);
    });
  });

type Open = (place: string) => ReturnType<(typeof historyBackends)[HistoryBackendName]>;
async function used(open: Open, place: string): Promise<void> {
  const history = await open(place);
  try {
    await history.record(makeBatch({ at: 1, queries: [explained('f1')] }));
  } finally {
    await history.close();
  }
}
async function asked(open: Open, place: string): Promise<void> {
  const history = await open(place);
  try {
    await history.counts('uid');
  } finally {
    await history.close();
  }
}

const releasesOf = (name: HistoryBackendName): number[] =>
  readdirSync(golden).flatMap((file) => {
    const [, release] = new RegExp(`^history-v(\\d+)\\.${name}\\.sql$`).exec(file) ?? [];
    return release ? [Number(release)] : [];
  });

/** Every row, by the questions that 0.1.0 knew. */
async function everything(history: HistoryQuestions) {
  const target = 'uid';
  const plans = await history.plans({ target, limit: 100 });
  const known = await history.recall(target, ['aa01', 'bb02', 'cc03']);
  const queries = await history.queries({ target, since: first, limit: 100 });
  const counts = await history.counts(target);
  return {
    queries: queries.map((query) => withoutShare(query)),
    recall: known.map(withoutDatabase).toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)),
    plans: await Promise.all(plans.map((each) => history.plan(each))),
    findings: await history.findings({ target, includeResolved: true, limit: 100 }),
    cycles: await history.cycles({ target, since: 0, limit: 100 }),
    counts: { plans: counts.plans, openFindings: counts.openFindings },
  };
}

function withoutDatabase(query: KnownQuery): Omit<KnownQuery, 'database'> {
  const { database: _, ...rest } = query;
  return rest;
}

function withoutShare(query: QuerySummary): Partial<QuerySummary> {
  const known: Partial<QuerySummary> = { ...query };
  delete known.timeShare;
  return known;
}
