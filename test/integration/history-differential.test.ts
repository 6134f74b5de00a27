import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { type History, historyBackendNames, historyBackends } from '../../src/history/backends.ts';
import type { BatchQuery, PlanBatch } from '../../src/model/batch.ts';
import { remark } from '../../src/model/remark.ts';
import {
  type FindingKey,
  type Opinion,
  type Verdict,
  verdictKey,
} from '../../src/model/verdict.ts';
import { contextOf, explained, makeBatch, refused } from '../support/batch.ts';
import { type HistoryPlaces, historyFixtures } from '../support/history-backends.ts';
import fc from '../support/property.ts';

/** For the same writes, every backend gives the same answers to every question. */
const hour = 3_600_000;
const start = Date.UTC(2026, 9, 31, 20);
const fingerprints = ['f1', 'f2', 'F3', 'f-4'];
const places: HistoryPlaces[] = [];
const histories: History[] = [];

beforeAll(async () => {
  for (const name of historyBackendNames) {
    const place = await historyFixtures[name].start();
    places.push(place);
    histories.push(await historyBackends[name](await place.fresh(), silentLogger));
  }
});
afterAll(async () => {
  await Promise.all(histories.map((each) => each.close()));
  await Promise.all(places.map((each) => each.stop()));
});

const half = fc.integer({ min: 0, max: 4_000 }).map((n) => n / 2);
const query: fc.Arbitrary<BatchQuery> = fc
  .record({
    fingerprint: fc.constantFrom(...fingerprints),
    explains: fc.boolean(),
    totalMs: half,
    rows: fc.integer({ min: 0, max: 999 }).map((n) => n / 4),
    user: fc.constantFrom('app', 'report'),
    text: fc.boolean(),
    table: fc.constantFrom('a', 'b', 'c'),
    cost: half,
    rule: fc.constantFrom('spill', 'full-scan', 'none'),
    parameters: fc.constantFrom('generic' as const, 'sampled' as const),
    facts: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    code: fc.constantFrom('no_sample' as const, 'untrusted_function' as const),
  })
  .map(({ fingerprint, explains, totalMs, rows, user, text, rule, facts, code, ...plan }) => {
    const { text: said, ...made } = explains
      ? explained(fingerprint, {
          ...plan,
          totalMs,
          rule,
          context: facts === undefined ? undefined : contextOf(plan.table, facts),
        })
      : refused(fingerprint, code, { totalMs });
    return {
      ...made,
      stats: { ...made.stats, user, rows },
      ...(text && said ? { text: said } : {}),
    };
  });
const key = fc.record({
  rule: fc.constantFrom('spill', 'full-scan', 'none'),
  fingerprint: fc.constantFrom(...fingerprints, 'unseen'),
});
const opinion: fc.Arbitrary<Opinion> = fc.oneof(
  fc.constant<Opinion>({ kind: 'accepted' }),
  fc.string({ minLength: 1 }).map((why): Opinion => ({ kind: 'dismissed', why: fit(why) })),
  fc.nat().map((until): Opinion => ({ kind: 'snoozed', until, why: 'later' })),
);
/** As everything that people say is kept: a database takes no control characters. */
const fit = (text: string) => remark(text) || 'known';
const verdict: fc.Arbitrary<Verdict> = fc
  .tuple(key, opinion, fc.integer({ min: 0, max: 60 }), fc.boolean())
  .map(([of, said, hours, declared]) => ({
    ...of,
    ...said,
    by: 'maria',
    at: start + hours * hour,
    declared,
  }));
const batches = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 60 * 60 }).map((minutes) => start + minutes * 60_000),
    number: fc.integer({ min: 1, max: 5 }),
    epoch: fc.integer({ min: 1, max: 3 }),
    queries: fc.array(query, { maxLength: 5 }),
    judged: fc.record({ put: fc.array(verdict, { maxLength: 3 }), remove: fc.array(key) }),
  }),
  { minLength: 1, maxLength: 8 },
);

async function everything(history: History, target: string) {
  const plans = await history.plans({ target, limit: 1_000 });
  const range = { target, since: start + 10 * hour, until: start + 30 * hour };
  const known = await history.recall(target, [...fingerprints, 'other']);
  const signal = new AbortController().signal;
  return {
    plans: await Promise.all(plans.map((each) => history.plan(each))),
    of: await history.plans({ target, fingerprint: 'f1', limit: 2 }),
    previous: await Promise.all(plans.map((each) => history.previousPlan(each))),
    known: known.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)),
    queries: await history.queries({ target, since: range.since, limit: 3 }),
    findings: await history.findings({ target, limit: 9 }),
    muted: await history.findings({ target, includeMuted: true, limit: 9 }),
    verdicts: await history.verdicts(target),
    verdictCounts: await history.verdictCounts(),
    resolved: await history.findings({ target, includeResolved: true, limit: 3 }),
    cycles: await history.cycles({ target, since: range.since, limit: 4 }),
    counts: await history.counts(target),
    series: await Promise.all(
      fingerprints.map((fingerprint) => history.series({ ...range, fingerprint })),
    ),
    workload: await Array.fromAsync(history.workload({ target, since: range.since, signal })),
  };
}

async function writtenAlike(
  target: string,
  batch: PlanBatch,
  judged: { put: Verdict[]; remove: FindingKey[] },
): Promise<void> {
  const own = { ...batch, target: { ...batch.target, uid: target } };
  const [first, ...others] = await Promise.all(histories.map((each) => each.record(own)));
  for (const other of others) expect(other).toBe(first);
  const put = [...new Map(judged.put.map((each) => [verdictKey(each), each])).values()];
  for (const each of histories) await each.judge(target, { ...judged, put });
}

async function answersAlike(target: string): Promise<void> {
  const [first, ...others] = await Promise.all(histories.map((each) => everything(each, target)));
  for (const other of others) expect(other).toEqual(first);
}

it('every backend answers alike, before and after it has forgotten', async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(batches, fc.integer({ min: 0, max: 70 * 60 }), async (all, minutes) => {
      const age = minutes * 60_000;
      count += 1;
      const target = `uid-${count}`;
      for (const { judged, ...each } of all) await writtenAlike(target, makeBatch(each), judged);
      await answersAlike(target);
      const now = start + 70 * hour;
      const policy = { plans_ms: age, hours_ms: age, cycles_ms: age };
      // A file forgets by parts, lest a clock that is ahead empty it.
      for (const each of histories)
        while ((await each.retain({ now, ...policy })).removed > 0) continue;
      await answersAlike(target);
    }),
    { numRuns: 60, seed: 20_261 },
  );
});
