import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logger.ts';
import {
  type History,
  type HistoryBackendName,
  historyBackends,
} from '../../src/history/backends.ts';
import type { BatchQuery, ExplainedResult } from '../../src/model/batch.ts';
import { contextOf, explained, makeBatch, refused } from './batch.ts';
import { type HistoryPlaces, historyFixtures } from './history-backends.ts';

/** What every history promises. */
const hour = 3_600_000;
const day = 24 * hour;
const endless = new AbortController().signal;

export const historyContract = (name: HistoryBackendName) =>
  describe(`history ${name}`, () => {
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
    const workload = (since: number, signal = endless) =>
      history.workload({ target: 'uid', since, signal });

    it('keeps a plan once, and counts how often it was seen', async () => {
      for (let cycle = 1; cycle <= 3; cycle += 1)
        expect(
          await history.record(
            makeBatch({
              at: cycle * 1_000,
              queries: [explained('f1', { table: 'a', cost: 10 * cycle })],
            }),
          ),
        ).toBe(true);
      const plans = await history.plans({ target: 'uid', limit: 10 });
      expect(plans).toMatchObject([
        { fingerprint: 'f1', firstSeen: 1_000, lastSeen: 3_000, cost: 30 },
      ]);
      const [plan] = plans;
      expect(
        (await history.plan({ target: 'uid', fingerprint: 'f1', hash: plan?.hash ?? '' }))?.plan
          .root.relation?.name,
      ).toBe('a');
      expect(await history.counts('uid')).toMatchObject({ plans: 1, openFindings: 1 });
    });

    it('a batch that comes again, since its answer was lost, counts once', async () => {
      const batch = makeBatch({ at: 1_000, queries: [explained('f1', { table: 'a' })] });
      for (let times = 0; times < 3; times += 1) expect(await history.record(batch)).toBe(true);
      const [query] = await history.queries({ target: 'uid', since: 0, limit: 1 });
      expect(query?.calls).toBe(2);
    });

    it('takes what no text of a database holds, and loses no batch for it', async () => {
      const query = explained('f1', { rule: 'cut' });
      const findings = query.result.findings?.map((each) => ({ ...each, message: 'cut \ud83d…' }));
      const batch = makeBatch({ at: 1 });
      const outcome = {
        kind: 'failed',
        error: 'connection_failed',
        detail: 'a\0b \ud83d',
      } as const;
      expect(
        await history.record({
          ...batch,
          cycle: { ...batch.cycle, outcome },
          queries: [
            { ...query, text: 'SELECT \0', result: { ...query.result, findings } } as BatchQuery,
          ],
        }),
      ).toBe(true);
      const [found] = await history.findings({ target: 'uid', limit: 9 });
      expect(found?.message).toMatch(/^cut .…$/u);
      expect((await history.cycles({ target: 'uid', since: 0, limit: 9 })).length).toBe(1);
    });
    it('finds statements by text, fingerprint and id, those seen last first', async () => {
      const texts = [
        'SELECT Total FROM orders',
        'SELECT 100% FROM a_b',
        undefined,
        'UPDATE ORDERS',
      ];
      for (const [i, text] of texts.entries()) {
        const batch = makeBatch({ at: (i + 1) * 1_000, uid: `uid-${i % 2}` });
        const { stats, ...query } = explained(`f${i}`);
        const { text: _, ...nothing } = query;
        await history.record({
          ...batch,
          target: { ...batch.target, namespace: i % 2 ? 'hr' : 'shop' },
          queries: [
            {
              ...nothing,
              ...(text ? { text } : {}),
              stats: { ...stats, nativeId: `-77${i}` },
            },
          ],
        });
      }
      const ask = async (text: string, more: object = {}) =>
        (await history.searchQueries({ text, limit: 10, ...more })).items.map(
          ({ fingerprint }) => fingerprint,
        );
      expect(await ask('orders')).toEqual(['f3', 'f0']);
      expect(await ask('orders', { targets: ['uid-0', 'gone'] })).toEqual(['f0']);
      expect(await ask('orders', { targets: [] })).toEqual([]);
      expect(await ask('orders', { limit: 1 })).toEqual(['f3']);
      expect(await ask('0%')).toEqual(['f1']);
      expect(await ask('a_b')).toEqual(['f1']);
      expect(await ask("' OR 1=1 --")).toEqual([]);
      expect(await ask('F2')).toEqual(['f2']);
      expect(await ask('-772')).toEqual(['f2']);
      expect(await history.searchQueries({ text: 'total', limit: 1 })).toMatchObject({
        whole: true,
        items: [{ target: 'uid-0', namespace: 'shop', text: texts[0], lastSeen: 1_000 }],
      });
    });

    it('finds findings by what they say', async () => {
      await history.record(makeBatch({ at: 1, queries: [explained('f1', { rule: 'spill' })] }));
      const ask = async (text: string) => [
        (await history.findings({ text, limit: 9 })).length,
        (await history.findingCounts({ text })).length,
      ];
      expect(await ask('SPILL')).toEqual([1, 1]);
      expect(await ask('f1')).toEqual([1, 1]);
      expect(await ask('sp_ll')).toEqual([0, 0]);
    });

    it('tells statements by their use in a range, with plan or reason', async () => {
      await history.record(
        makeBatch({
          at: hour,
          queries: [
            explained('f1', { totalMs: 5 }),
            refused('f2', 'untrusted_function', { totalMs: 50 }),
          ],
        }),
      );
      await history.record(
        makeBatch({ at: 3 * hour, queries: [explained('f1', { totalMs: 500 })] }),
      );
      expect(
        (await history.queries({ target: 'uid', since: 0, limit: 10 })).map((query) => [
          query.fingerprint,
          query.totalMs,
          query.latestCode ?? 'plan',
        ]),
      ).toEqual([
        ['f1', 505, 'plan'],
        ['f2', 50, 'untrusted_function'],
      ]);
      expect(
        (await history.queries({ target: 'uid', since: 2 * hour, limit: 10 })).find(
          ({ fingerprint }) => fingerprint === 'f2',
        )?.totalMs,
      ).toBe(0);
      expect(await history.recall('uid', ['f2', 'f9'])).toEqual([
        {
          fingerprint: 'f2',
          database: 'shop',
          text: 'SELECT ? FROM f2',
          latestCode: 'untrusted_function',
          findings: [],
        },
      ]);
    });

    it('orders statements by what varies, and by what became slower', async () => {
      const used = (fingerprint: string, totalMs: number) => explained(fingerprint, { totalMs });
      for (const [at, steady, jumpy, worse] of [
        [0, 900, 1, 10],
        [1, 900, 700, 10],
        [2, 900, 1, 400],
        [3, 900, 700, 400],
      ] as const)
        await history.record(
          makeBatch({
            at: at * hour,
            number: at,
            queries: [used('steady', steady), used('jumpy', jumpy), used('worse', worse)],
          }),
        );
      const range = { target: 'uid', since: 0, until: 3 * hour, limit: 10 };
      const named = async (more: Partial<Parameters<typeof history.queries>[0]>) =>
        (await history.queries({ ...range, ...more })).map(({ fingerprint }) => fingerprint);
      expect(await named({ order: 'impact' })).toEqual(['steady', 'jumpy', 'worse']);
      expect(await named({ order: 'variance' })).toEqual(['jumpy', 'worse', 'steady']);
      expect(await named({ order: 'regression' })).toEqual(['worse', 'steady', 'jumpy']);
      expect(await named({ limit: 1, offset: 1 })).toEqual(['jumpy']);
      const [first] = await history.queries({ ...range, until: 0 });
      expect([first?.totalMs, first?.timeShare]).toEqual([900, 900 / 911]);
      expect(
        await history.query({ target: 'uid', fingerprint: 'worse', since: 2 * hour }),
      ).toMatchObject({ totalMs: 800, user: 'app' });
      expect(await history.query({ target: 'uid', fingerprint: 'none', since: 0 })).toBe(undefined);
    });

    it('cycles come in pages that follow one another', async () => {
      for (const number of [1, 2, 3, 4]) await history.record(makeBatch({ at: 10, number }));
      const range = { target: 'uid', since: 0, limit: 2 };
      const numbers = async (more: Partial<Parameters<typeof history.cycles>[0]>) =>
        (await history.cycles({ ...range, ...more })).map(({ number }) => number);
      expect(await numbers({})).toEqual([4, 3]);
      expect(await numbers({ before: { startedAt: 10, number: 3 } })).toEqual([2, 1]);
      expect(await numbers({ until: 9 })).toEqual([]);
    });

    it('use is added up, of statements that were not selected too', async () => {
      const use = { fingerprint: 'f1', calls: 5, totalMs: 50, rows: 6, tempBlocks: 7 };
      await history.record(makeBatch({ at: 1, queries: [explained('f1')] }));
      await history.record({ ...makeBatch({ at: 2, number: 2 }), usage: [use] });
      await history.record({
        ...makeBatch({ at: 3, number: 3, queries: [explained('f1')] }),
        usage: [use, use],
      });
      const range = { target: 'uid', fingerprint: 'f1', since: 0, until: 9 };
      expect(await history.series(range)).toMatchObject([
        { calls: 2 + 5 + 2 + 10, totalMs: 4 + 50 + 4 + 100, rows: 2 + 6 + 2 + 12, tempBlocks: 21 },
      ]);
    });

    it('cycles in which the brake was on are told apart', async () => {
      const on = { ...makeBatch({ at: 20, number: 2 }) };
      await history.record(makeBatch({ at: 10, number: 1 }));
      await history.record({
        ...on,
        cycle: { ...on.cycle, safety: { ...on.cycle.safety, brake: 'brake_slowdown' } },
      });
      const braked = await history.cycles({ target: 'uid', since: 0, limit: 9, braked: true });
      expect(braked.map(({ number }) => number)).toEqual([2]);
    });

    it('findings are filtered, and counted by rule', async () => {
      await history.record(
        makeBatch({
          at: 1,
          queries: [explained('f1', { rule: 'full-scan' }), explained('f2', { rule: 'spill' })],
        }),
      );
      await history.record(makeBatch({ at: 2, queries: [explained('f1', { rule: 'spill' })] }));
      const rules = async (filter: Omit<Parameters<typeof history.findings>[0], 'limit'>) =>
        (await history.findings({ ...filter, limit: 10 })).map(
          ({ rule, fingerprint }) => `${rule} ${fingerprint}`,
        );
      expect(await rules({ rules: ['spill'], namespaces: ['shop', 'x'] })).toEqual([
        'spill f1',
        'spill f2',
      ]);
      expect(await rules({ namespaces: ['x'] })).toEqual([]);
      expect(await rules({ namespaces: [] })).toEqual([]);
      expect(await rules({ targets: ['one that is gone'] })).toEqual([]);
      expect(await rules({ onlyResolved: true })).toEqual(['full-scan f1']);
      expect(await rules({ target: 'uid', fingerprint: 'f2', severities: ['warning'] })).toEqual([
        'spill f2',
      ]);
      expect(await rules({ severities: ['critical'] })).toEqual([]);
      expect(await rules({ offset: 1 })).toEqual(['spill f2']);
      expect(await history.findingCounts({ includeResolved: true })).toEqual([
        { rule: 'full-scan', severity: 'warning', count: 1 },
        { rule: 'spill', severity: 'warning', count: 2 },
      ]);
    });

    it('findings open, stay, and are resolved when a new plan has them no more', async () => {
      await history.record(makeBatch({ at: 1, queries: [explained('f1', { rule: 'full-scan' })] }));
      await history.record(makeBatch({ at: 2, queries: [explained('f1', { rule: 'full-scan' })] }));
      expect(await history.findings({ target: 'uid', limit: 10 })).toMatchObject([
        {
          rule: 'full-scan',
          firstSeen: 1,
          lastSeen: 2,
          namespace: 'shop',
          name: 'orders',
          category: 'index',
          saves: 0.05,
          confidence: 0.9,
          also: [{ rule: 'misestimate', message: 'm' }],
        },
      ]);
      await history.record(makeBatch({ at: 3, queries: [explained('f1', { rule: 'spill' })] }));
      expect((await history.findings({ limit: 10 })).map(({ rule }) => rule)).toEqual(['spill']);
      expect(await history.findings({ limit: 10, includeResolved: true })).toHaveLength(2);
    });

    it('what is found without a plan opens and is resolved beside what plans tell', async () => {
      const said = async () =>
        (await history.findings({ target: 'uid', limit: 10 }))
          .map(({ rule, hash, lastSeen }) => [rule, hash !== undefined, lastSeen])
          .toSorted();
      const without = (...rules: string[]) => refused('f1', 'no_sample', { rules });
      const record = (at: number, query: BatchQuery) =>
        history.record(makeBatch({ at, queries: [query] }));
      await record(1, without('unused-index', 'bloat'));
      expect(await said()).toEqual([
        ['bloat', false, 1],
        ['unused-index', false, 1],
      ]);
      expect((await history.recall('uid', ['f1']))[0]?.findings).toHaveLength(2);
      await record(2, without('unused-index'));
      expect(await said()).toEqual([['unused-index', false, 2]]);
      // nobody looked
      await record(3, refused('f1', 'budget_spent'));
      expect(await said()).toEqual([['unused-index', false, 2]]);
      await record(4, explained('f1', { rule: 'full-scan' }));
      expect(await said()).toEqual([['full-scan', true, 4]]);
      // what a plan has told stays until a plan tells otherwise
      await record(5, without('full-scan'));
      await record(6, without());
      expect(await said()).toEqual([['full-scan', true, 4]]);
    });

    it('recalls what is open now, and the plan that another one replaced', async () => {
      await history.record(
        makeBatch({
          at: 1,
          queries: [explained('f1', { table: 'a', rule: 'spill' }), explained('f2')],
        }),
      );
      await history.record(
        makeBatch({
          at: 2,
          queries: [explained('f1', { table: 'b', cost: 7, rule: 'full-scan' })],
        }),
      );
      const [known, ...others] = await history.recall('uid', ['f1', 'unknown']);
      expect(others).toEqual([]);
      expect(known).toMatchObject({
        fingerprint: 'f1',
        latestCost: 7,
        findings: [{ rule: 'full-scan', message: expect.any(String) }],
      });
      const previous = (hash: string, parameters: 'generic' | 'sampled' = 'generic') =>
        history.previousPlan({ target: 'uid', fingerprint: 'f1', hash, parameters });
      expect((await previous(known?.latestHash ?? ''))?.root.relation?.name).toBe('a');
      expect((await previous('of a plan that comes now'))?.root.relation?.name).toBe('b');
      expect(await previous(known?.latestHash ?? '', 'sampled')).toBeUndefined();
      expect(
        await history.previousPlan({
          target: 'other',
          fingerprint: 'f1',
          hash: '',
          parameters: 'generic',
        }),
      ).toBeUndefined();
    });

    it('knows targets by their name, the one that was collected last first', async () => {
      for (const [uid, at] of [
        ['former', 1],
        ['uid', 3],
        ['older', 2],
      ] as const)
        await history.record(makeBatch({ uid, at }));
      const known = (await history.targets('orders')).map(({ uid }) => uid);
      expect(known).toEqual(['uid', 'older', 'former']);
      expect(await history.targets('others')).toEqual([]);
    });

    it('a plan that an earlier version knew by another hash goes on under its new one', async () => {
      const look = async (at: number, table: string, earlier: boolean) => {
        const query = explained('f1', { table, cost: at / hour + 1, earlier });
        await history.record(makeBatch({ at, queries: [query] }));
        const { hash, parameters } = (query.result as ExplainedResult).plan;
        return {
          target: 'uid',
          fingerprint: 'f1',
          hash: hash.shape,
          before: hash.before,
          parameters,
        };
      };
      const old = await look(0, 'a', true);
      const replaced = await look(hour, 'b', true);
      const now = await look(2 * hour, 'b', false);
      expect([old, replaced, now].map(({ hash }) => hash.slice(0, 4))).toEqual([
        'ph1:',
        'ph1:',
        'ph2:',
      ]);
      expect(now.before).toBe(replaced.hash);
      const { plans } = await history.counts('uid');
      expect(plans).toBe(2);
      expect(await history.plans({ target: 'uid', limit: 9 })).toMatchObject([
        { hash: now.hash, firstSeen: hour, lastSeen: 2 * hour, cost: 3 },
        { hash: old.hash },
      ]);
      // What it replaced is what another plan replaces, not itself.
      expect((await history.previousPlan(now))?.root.relation?.name).toBe('a');
      for (const hash of [now.hash, replaced.hash])
        expect(await history.plan({ ...now, hash })).toMatchObject({
          hash: now.hash,
          plan: { hash: { shape: now.hash } },
        });
      const [known] = await history.recall('uid', ['f1']);
      expect(known?.latestHash).toBe(now.hash);
      const range = { target: 'uid', fingerprint: 'f1', since: 0, until: 3 * hour };
      const seen = async () =>
        (await history.series(range)).map((each) =>
          each.plans.map(({ hash, count }) => [hash, count]),
        );
      expect(await seen()).toEqual([[[old.hash, 1]], [[now.hash, 1]], [[now.hash, 1]]]);
      const [heaviest] = await Array.fromAsync(workload(0));
      expect(heaviest?.plan?.hash.shape).toBe(now.hash);

      // A replica of the version before, which is replaced later, writes again as it did.
      await look(2 * hour + 1, 'b', true);
      await look(2 * hour + 2, 'b', false);
      expect((await history.previousPlan(now))?.root.relation?.name).toBe('a');
      expect((await history.plan(now))?.firstSeen).toBe(hour);
      expect((await seen())[2]).toEqual([[now.hash, 3]]);
    });

    it('a plan of an earlier version that changed is told to have changed', async () => {
      await history.record(
        makeBatch({ at: 1, queries: [explained('f1', { table: 'a', earlier: true })] }),
      );
      const { plan } = explained('f1', { table: 'b' }).result as ExplainedResult;
      const { shape, before } = plan.hash;
      const id = {
        target: 'uid',
        fingerprint: 'f1',
        hash: shape,
        before,
        parameters: plan.parameters,
      };
      expect((await history.previousPlan(id))?.root.relation?.name).toBe('a');
    });

    it('refuses a former owner, and takes nothing of its batch', async () => {
      await history.record(makeBatch({ epoch: 5, at: 1, queries: [explained('f1')] }));
      expect(await history.epoch('uid')).toBe(5);
      expect(await history.record(makeBatch({ epoch: 4, at: 2, queries: [explained('f2')] }))).toBe(
        false,
      );
      expect(await history.recall('uid', ['f2'])).toEqual([]);
      expect(await history.record(makeBatch({ epoch: 5, at: 3 }))).toBe(true);
    });

    it('tells the cycles of a range, newest first', async () => {
      for (const at of [1, 2, 3]) await history.record(makeBatch({ at, number: at }));
      expect(
        (await history.cycles({ target: 'uid', since: 2, limit: 10 })).map(({ number }) => number),
      ).toEqual([3, 2]);
    });

    it('forgets what the policy says, and only that', async () => {
      await history.record(makeBatch({ at: hour, queries: [explained('old')] }));
      await history.record(
        makeBatch({ at: 10 * hour, queries: [explained('new', { table: 'b' })] }),
      );
      await history.retain({
        now: 10 * hour,
        plans_ms: 5 * hour,
        hours_ms: 5 * hour,
        cycles_ms: 5 * hour,
      });
      expect(
        (await history.plans({ target: 'uid', limit: 10 })).map(({ fingerprint }) => fingerprint),
      ).toEqual(['new']);
      expect(await history.cycles({ target: 'uid', since: 0, limit: 10 })).toHaveLength(1);
      expect((await history.findings({ limit: 10 })).map(({ fingerprint }) => fingerprint)).toEqual(
        ['new'],
      );
    });

    it('removes target by target, and nothing more once it is told to end', async () => {
      for (const uid of ['a', 'b', 'c', 'd']) {
        const { target, ...rest } = makeBatch({ at: 1 * hour, queries: [explained('old')] });
        await history.record({ ...rest, target: { ...target, uid } });
      }
      const policy = { now: 99 * hour, plans_ms: hour, hours_ms: hour, cycles_ms: hour };
      const left = async () => (await history.findings({ limit: 10 })).length;
      expect(await left()).toBe(4);
      const ending = new AbortController();
      const turn = setImmediate(() => ending.abort());
      await history.retain({ ...policy, signal: ending.signal });
      clearImmediate(turn);
      expect(await left()).toBeGreaterThan(0);
      await history.retain(policy);
      expect(await left()).toBe(0);
    });

    it('tells the hours of a statement, with the plans that were seen in each', async () => {
      const seen = [
        [1, { table: 'a', cost: 10 }],
        [1.5, { table: 'a', cost: 30 }],
        [3, { table: 'a', cost: 20 }],
        [3.2, { table: 'b', cost: 5 }],
        [7, { table: 'b', cost: 6 }],
      ] as const;
      for (const [i, [at, plan]] of seen.entries())
        await history.record(
          makeBatch({
            at: at * hour,
            number: i,
            queries: [explained('f1', plan), refused('f2', 'no_sample')],
          }),
        );
      const hours = await history.series({
        target: 'uid',
        fingerprint: 'f1',
        since: hour,
        until: 5 * hour,
      });
      expect(hours.map(({ at, calls, totalMs }) => [at / hour, calls, totalMs])).toEqual([
        [1, 4, 8],
        [3, 4, 8],
      ]);
      expect(hours[0]?.plans).toMatchObject([{ count: 2, costMin: 10, costMax: 30 }]);
      expect(hours[1]?.plans.map(({ costMin }) => costMin).toSorted()).toEqual([20, 5]);
      const range = { target: 'uid', fingerprint: 'f2', since: 0, until: 9 * hour };
      expect((await history.series(range)).map(({ plans }) => plans)).toEqual([[], [], []]);
      expect(await history.series({ ...range, target: 'other' })).toEqual([]);
    });

    it('streams the workload, heaviest first, with plan, shape and facts', async () => {
      const context = contextOf('a');
      await history.record(
        makeBatch({
          at: hour,
          queries: [
            explained('light', { totalMs: 1 }),
            explained('heavy', { totalMs: 50, table: 'a', context }),
            refused('refused', 'untrusted_function', { totalMs: 20 }),
            explained('before', { totalMs: 900 }),
          ],
        }),
      );
      await history.record(
        makeBatch({
          at: 3 * hour,
          queries: [
            explained('light', { totalMs: 2 }),
            explained('heavy', { totalMs: 50, table: 'a', context }),
            refused('refused', 'untrusted_function', { totalMs: 20 }),
          ],
        }),
      );
      const all = await Array.fromAsync(workload(3 * hour));
      expect(all.map(({ fingerprint, weight }) => [fingerprint, weight.totalMs])).toEqual([
        ['heavy', 50],
        ['refused', 20],
        ['light', 2],
      ]);
      expect(all[0]).toMatchObject({
        database: 'shop',
        user: 'app',
        text: 'SELECT ? FROM heavy',
        weight: { calls: 2, rows: 2, tempBlocks: 0 },
        plan: { root: { relation: { name: 'a' } } },
        ...context,
      });
      expect(all[1]).toMatchObject({ latestCode: 'untrusted_function' });
      expect(all[1]).not.toHaveProperty('plan');
      expect(all[2]).not.toHaveProperty('shape');
      const days = await Array.fromAsync(workload(0));
      expect(days.map(({ fingerprint, weight }) => [fingerprint, weight.totalMs])).toEqual([
        ['before', 900],
        ['heavy', 100],
        ['refused', 40],
        ['light', 3],
      ]);
    });

    it('gives each statement of a large workload once, and stops where it is told to', async () => {
      const queries = Array.from({ length: 230 }, (_, i) =>
        explained(`f${i}`, { totalMs: (i * 37) % 11 }),
      );
      await history.record(makeBatch({ at: hour, queries }));
      const all = await Array.fromAsync(workload(0));
      expect(new Set(all.map(({ fingerprint }) => fingerprint)).size).toBe(230);
      const order = all.map(({ weight, fingerprint }) => ({ weight: weight.totalMs, fingerprint }));
      expect(order).toEqual(
        order.toSorted((a, b) => b.weight - a.weight || (a.fingerprint < b.fingerprint ? -1 : 1)),
      );
      const stopping = new AbortController();
      const got: string[] = [];
      const reading = (async () => {
        for await (const { fingerprint } of workload(0, stopping.signal)) {
          got.push(fingerprint);
          if (got.length === 7) stopping.abort(new AppError('program_ending', 'the end'));
        }
      })();
      await expect(reading).rejects.toMatchObject({ code: 'program_ending' });
      expect(got.length).toBe(7);
      await expect(Array.fromAsync(workload(0, stopping.signal))).rejects.toMatchObject({
        code: 'program_ending',
      });
    });

    it('keeps the facts of a plan, and those of the day where it is seen again', async () => {
      const facts = async () => {
        const [statement] = await Array.fromAsync(workload(0));
        return statement?.facts?.[0]?.rows;
      };
      const seen = async (at: number, rows: number | undefined) =>
        history.record(
          makeBatch({
            at,
            queries: [explained('f1', rows === undefined ? {} : { context: contextOf('a', rows) })],
          }),
        );
      await seen(day, undefined);
      expect(await facts()).toBeUndefined();
      await seen(day + 1, 10);
      expect(await facts()).toBe(10);
      await seen(day + hour, 20);
      expect(await facts()).toBe(10);
      await seen(2 * day + hour, 30);
      expect(await facts()).toBe(30);
      await seen(9 * day, undefined);
      expect(await facts()).toBe(30);
      const policy = { plans_ms: day, hours_ms: 90 * day, cycles_ms: day };
      await history.retain({ now: 11 * day, ...policy });
      expect(await Array.fromAsync(workload(0))).toEqual([]);
    });

    it('takes statements of several users as one, whatever the order', async () => {
      const context = contextOf('a');
      await history.record(
        makeBatch({
          at: 1,
          queries: [
            explained('f1', { totalMs: 3, rule: 'spill', context }),
            explained('f1', { totalMs: 5, table: 'b', rule: 'full-scan' }),
            refused('f1', 'budget_spent', { totalMs: 7 }),
          ],
        }),
      );
      const [query] = await history.queries({ target: 'uid', since: 0, limit: 9 });
      expect(query).toMatchObject({ calls: 6, totalMs: 15, latestCode: 'budget_spent' });
      expect(query?.findings).toEqual(['full-scan', 'spill']);
      expect(await history.counts('uid')).toMatchObject({ plans: 2, openFindings: 2 });
      expect((await Array.fromAsync(workload(0)))[0]?.plan?.root.relation?.name).toBe('b');
    });
  });
