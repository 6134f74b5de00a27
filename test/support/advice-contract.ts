import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import {
  type History,
  type HistoryBackendName,
  historyBackends,
} from '../../src/history/backends.ts';
import type { DatabaseLook } from '../../src/history/index-looks.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Proposal } from '../../src/model/proposal.ts';
import { makeProposal, makeRun } from './advice.ts';
import { explained } from './batch.ts';
import { type HistoryPlaces, historyFixtures } from './history-backends.ts';

/** What every history promises of advice: runs, proposals and where they are on their way. */
const day = 86_400_000;

const planOf = (table: string): Plan => {
  const { result } = explained('f1', { table });
  if (result.kind !== 'explained') throw new Error('is explained');
  return result.plan;
};

const lookedIndex = (name: string) => ({
  name,
  index: {
    schema: 'public',
    table: 'orders',
    method: 'btree',
    keys: [{ column: 'at', descending: true as const }, { expression: 'lower(c)' }],
    include: ['id'],
    where: 'c IS NOT NULL',
  },
  restorable: true,
  bytes: 8_192,
  valid: true,
  needed: 'foreign-key' as const,
  scans: 12,
  countedSince: 5,
  lastUsed: 6,
  unchangedSince: 7,
});

export const adviceContract = (name: HistoryBackendName) =>
  describe(`advice in history ${name}`, () => {
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
    const record = (at: number, proposals: Proposal[], table = 'after') =>
      history.recordAdvice({
        run: makeRun(at, proposals),
        plans: proposals.map(({ id }) => ({
          proposal: id,
          fingerprint: 'f1',
          plan: planOf(table),
        })),
      });
    const phases = async () =>
      (await history.proposals({ target: 'uid', limit: 10 })).map(({ id, state }) => [
        id,
        state.phase,
        state.since,
      ]);

    it('keeps a run and gives it back whole, newest first', async () => {
      const [a, b] = [makeProposal('adv-a', { benefit: 1 }), makeProposal('adv-b', { benefit: 9 })];
      await record(1, [a]);
      await record(day, [a, b]);
      const { proposals, ...run } = makeRun(day, [a, b]);
      const runs = await history.adviceRuns({ target: 'uid', limit: 9 });
      expect(runs[0]).toEqual({ ...run, proposals: proposals.map(({ id }) => id) });
      expect(runs.map(({ startedAt }) => startedAt)).toEqual([day, 1]);
      expect(await history.adviceRuns({ target: 'uid', limit: 1 })).toHaveLength(1);
      expect(await history.adviceRuns({ target: 'other', limit: 9 })).toEqual([]);
      const open = { phase: 'Proposed', since: day + 8_000 };
      expect(await history.proposals({ limit: 9 })).toEqual([
        { ...b, state: { id: 'adv-b', ...open } },
        { ...a, state: { id: 'adv-a', ...open, since: 8_001 } },
      ]);
      expect(await history.proposal('adv-a')).toMatchObject(a);
      expect(await history.proposal('adv-c')).toBeUndefined();
    });

    it('keeps the plan that a statement would have', async () => {
      await record(1, [makeProposal('adv-a', {})]);
      const plan = (fingerprint: string) =>
        history.proposedPlan({ proposal: 'adv-a', fingerprint });
      expect((await plan('f1'))?.root.relation?.name).toBe('after');
      expect(await plan('f2')).toBeUndefined();
      await record(2, [makeProposal('adv-a', {})], 'later');
      expect((await plan('f1'))?.root.relation?.name).toBe('later');
    });

    it('takes back what it advises no more, and makes it anew where it does again', async () => {
      const [a, b] = [makeProposal('adv-a', { benefit: 9 }), makeProposal('adv-b', { benefit: 1 })];
      await record(0, [a, b]);
      await record(day, [b]);
      expect(await phases()).toEqual([
        ['adv-a', 'Withdrawn', day + 8_000],
        ['adv-b', 'Proposed', 8_000],
      ]);
      expect((await history.proposal('adv-a'))?.state.outcome).toMatch('does not advise it');
      await record(2 * day, [a, b]);
      expect((await phases())[0]).toEqual(['adv-a', 'Proposed', 2 * day + 8_000]);
      expect((await history.proposal('adv-a'))?.state).not.toHaveProperty('outcome');
    });

    it('leaves what is of a database that the run did not see', async () => {
      await record(0, [makeProposal('adv-a', {})]);
      const unseen = [{ kind: 'plans' as const, database: 'shop', code: 'lock_timeout' as const }];
      await history.recordAdvice({ run: { ...makeRun(day, []), unseen }, plans: [] });
      expect(await phases()).toEqual([['adv-a', 'Proposed', 8_000]]);
      await record(2 * day, []);
      expect(await phases()).toEqual([['adv-a', 'Withdrawn', 2 * day + 8_000]]);
    });

    it('leaves what somebody has decided on as they did', async () => {
      await record(0, [makeProposal('adv-a', {}), makeProposal('adv-b', {})]);
      const approved = { id: 'adv-a', phase: 'Approved', since: 5, by: 'maria' } as const;
      expect(await history.moveProposal(approved, ['Proposed'])).toBe(true);
      expect(await history.moveProposal(approved, ['Proposed'])).toBe(false);
      expect(await history.moveProposal({ ...approved, id: 'adv-c' }, ['Proposed'])).toBe(false);
      const rejected = { id: 'adv-b', phase: 'Rejected', since: 6, outcome: 'no room' } as const;
      expect(await history.moveProposal(rejected, ['Proposed', 'Approved'])).toBe(true);
      const later = ['adv-a', 'adv-b'].map((id) => makeProposal(id, { benefit: 5, madeAt: day }));
      await record(day, later, 'later');
      const found = await history.proposals({ target: 'uid', limit: 9 });
      expect(found.map(({ state }) => state)).toEqual([approved, rejected]);
      expect((await history.proposal('adv-a'))?.evidence.benefitMsPerDay).toBe(1_000);
      const plan = await history.proposedPlan({ proposal: 'adv-a', fingerprint: 'f1' });
      expect(plan?.root.relation?.name).toBe('after');
      const ofPhase = await history.proposals({ phases: ['Rejected'], limit: 9 });
      expect(ofPhase.map(({ id }) => id)).toEqual(['adv-b']);
      const ofTargets = async (...targets: string[]) =>
        (await history.proposals({ targets, limit: 9 })).length;
      expect([await ofTargets('uid', 'x'), await ofTargets('x')]).toEqual([2, 0]);
    });

    it('has new evidence of what is over, so that it may be approved once more', async () => {
      await record(0, [makeProposal('adv-a', {})]);
      const [before] = await history.proposals({ limit: 9 });
      const back = {
        id: 'adv-a',
        phase: 'RolledBack',
        since: 6,
        outcome: 'it got slower',
      } as const;
      await history.moveProposal(back, ['Proposed']);
      await record(day, [makeProposal('adv-a', { benefit: 5, madeAt: day })], 'later');
      const found = await history.proposal('adv-a');
      expect(found?.state).toEqual(back);
      expect(found?.evidence.benefitMsPerDay).toBe(5);
      expect(found?.expiresAt).toBeGreaterThan(before?.expiresAt ?? 0);
      const plan = await history.proposedPlan({ proposal: 'adv-a', fingerprint: 'f1' });
      expect(plan?.root.relation?.name).toBe('later');
      await record(2 * day, []);
      expect(await phases()).toEqual([['adv-a', 'RolledBack', 6]]);
    });

    it('says what nobody decided on in time, and forgets what is old', async () => {
      await record(0, [makeProposal('adv-a', {})]);
      const policy = { plans_ms: 90 * day, hours_ms: day, cycles_ms: day };
      await history.retain({ now: 15 * day, ...policy });
      expect(await phases()).toEqual([['adv-a', 'Expired', 15 * day]]);
      await history.retain({ now: 95 * day, ...policy });
      expect(await history.adviceRuns({ target: 'uid', limit: 9 })).toEqual([]);
      expect(await phases()).toHaveLength(1);
      await history.retain({ now: 106 * day, ...policy });
      expect(await phases()).toEqual([]);
      expect(await history.proposedPlan({ proposal: 'adv-a', fingerprint: 'f1' })).toBeUndefined();
    });

    const lookOf = (seenAt: number, more: Partial<DatabaseLook> = {}): DatabaseLook => ({
      target: 'uid',
      database: 'shop',
      server: { id: '7412', role: 'primary' },
      seenAt,
      indexes: [lookedIndex('orders_at'), lookedIndex('orders_id')],
      ...more,
    });
    const seen = async (target = 'uid') =>
      (await history.indexes(target)).map(({ database, name, seenAt }) => [database, name, seenAt]);

    it('keeps the last look at the indexes of each database, and gives it back whole', async () => {
      await history.noteIndexes(lookOf(1));
      await history.noteIndexes(
        lookOf(2, { database: 'crm', server: { id: 'b', role: 'standby' } }),
      );
      const [first] = await history.indexes('uid');
      expect(first).toEqual({
        ...lookedIndex('orders_at'),
        database: 'crm',
        server: { id: 'b', role: 'standby' },
        seenAt: 2,
      });
      expect(await seen('other')).toEqual([]);
      // What is gone goes, and what comes late changes nothing.
      await history.noteIndexes(lookOf(9, { indexes: [lookedIndex('orders_new')] }));
      await history.noteIndexes(lookOf(8));
      await history.noteIndexes(lookOf(3, { database: 'crm', indexes: [] }));
      expect(await seen()).toEqual([['shop', 'orders_new', 9]]);
    });

    it('forgets a database that nobody looks at any more', async () => {
      await history.noteIndexes(lookOf(1));
      await history.noteIndexes(lookOf(50 * day, { database: 'crm', indexes: [] }));
      const policy = { plans_ms: 90 * day, hours_ms: day, cycles_ms: day };
      await history.retain({ now: 80 * day, ...policy });
      expect(await seen()).toHaveLength(2);
      await history.retain({ now: 100 * day, ...policy });
      expect(await seen()).toEqual([]);
    });

    it('keeps as many as an engine lists', async () => {
      const indexes = Array.from({ length: 20_000 }, (_, i) => lookedIndex(`orders_${i}`));
      await history.noteIndexes(lookOf(1, { indexes }));
      expect(await history.indexes('uid')).toHaveLength(20_000);
    });
  });
