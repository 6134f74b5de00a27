import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HistoryQuestions } from '../../src/history/history-questions.ts';
import type { HistoryWriter } from '../../src/history/history-writer.ts';

type History = HistoryWriter & HistoryQuestions;

import { explained, makeBatch, refused } from './batch.ts';
import { temporaryFolder } from './postgres-server.ts';

/** What every history promises. */
const hour = 3_600_000;

export const historyContract = (name: string, open: (path: string) => History | Promise<History>) =>
  describe(`history ${name}`, () => {
    let folder: string;
    let history: History;
    beforeEach(async () => {
      folder = temporaryFolder('history');
      history = await open(join(folder, 'h.db'));
    });
    afterEach(async () => {
      await history.close();
      rmSync(folder, { recursive: true });
    });

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
      expect(await history.counts('uid')).toEqual({ plans: 1, openFindings: 1 });
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
          text: 'SELECT ? FROM f2',
          latestCode: 'untrusted_function',
          findings: [],
        },
      ]);
    });

    it('findings open, stay, and are resolved when a new plan has them no more', async () => {
      await history.record(makeBatch({ at: 1, queries: [explained('f1', { rule: 'full-scan' })] }));
      await history.record(makeBatch({ at: 2, queries: [explained('f1', { rule: 'full-scan' })] }));
      expect(await history.findings({ target: 'uid', limit: 10 })).toMatchObject([
        { rule: 'full-scan', firstSeen: 1, lastSeen: 2, namespace: 'shop', name: 'orders' },
      ]);
      await history.record(makeBatch({ at: 3, queries: [explained('f1', { rule: 'spill' })] }));
      expect((await history.findings({ limit: 10 })).map(({ rule }) => rule)).toEqual(['spill']);
      expect(await history.findings({ limit: 10, includeResolved: true })).toHaveLength(2);
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

    it('refuses a former owner, and takes nothing of its batch', async () => {
      await history.record(makeBatch({ epoch: 5, at: 1, queries: [explained('f1')] }));
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
  });
