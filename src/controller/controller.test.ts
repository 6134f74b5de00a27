import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { makeTarget } from '../../test/support/target.ts';
import { silentLogger } from '../base/logger.ts';
import type { CycleReport } from '../plans/batch.ts';
import { databaseTargetStatus } from '../resources/database-target-status.ts';
import { createController } from './controller.ts';
import { reconcile } from './reconcile.ts';
import { createServerClaims } from './server-claims.ts';
import { nextStatus } from './status.ts';

const target = (uid: string, generation = 1) => ({ ...makeTarget({ port: 1, uid, name: uid }), generation });

it('reconciling makes what runs what is wanted, and touches nothing else', () => {
  const list = fc.uniqueArray(fc.record({ uid: fc.constantFrom('a', 'b', 'c', 'd'), generation: fc.integer({ min: 1, max: 3 }) }), {
    selector: ({ uid }) => uid,
  });
  fc.assert(
    fc.property(list, list, (wanted, running) => {
      const { start, restart, stop } = reconcile(
        wanted.map(({ uid, generation }) => target(uid, generation)),
        running,
      );
      const after = new Map<string, number>(running.map(({ uid, generation }) => [uid, generation]));
      for (const uid of stop) after.delete(uid);
      for (const each of [...start, ...restart]) after.set(each.uid, each.generation);
      expect([...after].sort()).toEqual(
        wanted
          .map(({ uid, generation }) => [uid, generation] as const)
          .toSorted()
          .map((each) => [...each]),
      );
      expect(start.some(({ uid }) => running.some((each) => each.uid === uid))).toBe(false);
    }),
  );
});

it('the controller starts, restarts and stops, one wish after the other', async () => {
  const log: string[] = [];
  const controller = createController({
    logger: silentLogger,
    clock: createFakeClock(),
    onGone: ({ uid }) => log.push(`gone ${uid}`),
    startTarget: async ({ uid, generation }) => {
      if (uid === 'broken') throw new Error('no');
      log.push(`start ${uid}@${generation}`);
      return {
        onStops: () => log.push(`stops ${uid}`),
        wake: () => undefined,
        stop: async () => void log.push(`stop ${uid}@${generation}`),
      };
    },
  });
  const settle = async () => {
    for (let i = 0; i < 50; i += 1) await Promise.resolve();
  };
  controller.want([target('a'), target('broken'), target('b')]);
  await settle();
  expect(controller.synced).toBe(true);
  controller.want([target('a', 2)]);
  await settle();
  controller.onStops();
  await controller.stop(new AbortController().signal);
  expect(log).toEqual(
    ['start a@1', 'start b@1', 'stop b@1', 'stop a@1', 'gone b', 'gone a', 'start a@2', 'stops a', 'stop a@2'].toSorted(
      (x, y) => log.indexOf(x) - log.indexOf(y),
    ),
  );
  expect(log.filter((line) => line.startsWith('start a'))).toEqual(['start a@1', 'start a@2']);
});

it('a target that could not be started is tried again, with what is wanted by then', async () => {
  const clock = createFakeClock();
  let attempts = 0;
  const controller = createController({
    clock,
    logger: silentLogger,
    onGone: () => undefined,
    startTarget: async () => {
      attempts += 1;
      if (attempts < 3) throw new Error('locked');
      return { onStops: () => undefined, wake: () => undefined, stop: async () => undefined };
    },
  });
  controller.want([target('a')]);
  await clock.advance(4_999);
  expect(attempts).toBe(1);
  await clock.advance(5_001);
  expect([attempts, controller.targets().length]).toEqual([3, 1]);
  await clock.advance(60_000);
  expect(attempts).toBe(3);
});

it('a server belongs to the target that came first, until that is gone', () => {
  const claims = createServerClaims();
  expect([claims.claim('1', 'shop/a', 's/db'), claims.claim('2', 'shop/b', 's/db'), claims.claim('2', 'shop/b', 's/other')]).toEqual([
    undefined,
    'shop/a',
    undefined,
  ]);
  claims.release('1');
  expect(claims.claim('2', 'shop/b', 's/db')).toBeUndefined();
});

const report = (over: Partial<CycleReport> = {}): CycleReport => ({
  number: 1,
  startedAt: 1_700_000_000_000,
  durationMs: 1_000,
  databaseMs: 90,
  outcome: { kind: 'collected' },
  selected: 10,
  explained: 9,
  unexplained: { untrusted_function: 1 },
  server: { version: '18.4', role: 'primary' },
  coverage: { explained: 0.934, withReason: 0.98 },
  safety: { statementTimeoutMs: 240, circuit: 'closed', databaseTimeUsed: 0.0002 },
  top: [
    {
      fingerprint: 'f',
      timeShare: 0.38,
      text: 'SELECT …',
      meanMs: 41,
      plan: 'ph1:9c41',
      cost: 10,
      findings: [{ rule: 'full-scan', message: 'm' }],
    },
  ],
  ...over,
});
const facts = { target: target('a'), counts: { plans: 4, openFindings: 2 }, ownership: { holder: 'h', epoch: 3 }, now: 1_700_000_001_000 };

it('the status says the answer first, and fits its schema', () => {
  const status = nextStatus(undefined, { ...facts, report: report() });
  expect(databaseTargetStatus.parse(status)).toEqual(status);
  expect(status).toMatchObject({
    coverage: { explained: '93%', withReason: '98%' },
    conditions: [
      { type: 'Ready', status: 'True', reason: 'Collecting' },
      { type: 'PrerequisitesMet', status: 'Unknown' },
      { type: 'SafetyThrottled', status: 'False' },
    ],
  });
  const open = nextStatus(status, {
    ...facts,
    now: facts.now + 60_000,
    report: report({
      outcome: { kind: 'deferred', reason: 'circuit_open', until: facts.now },
      safety: { statementTimeoutMs: 1_000, circuit: 'open', databaseTimeUsed: 0 },
      top: [],
    }),
  });
  expect(open.conditions?.[0]).toMatchObject({
    type: 'Ready',
    status: 'False',
    reason: 'CircuitOpen',
    message: expect.stringContaining('Next try 22:13:21'),
  });
  expect(open.conditions?.[0]?.lastTransitionTime).not.toBe(status.conditions?.[0]?.lastTransitionTime);
  expect(open.topQueries).toEqual(status.topQueries);
});

it('whatever goes into a status, it stays within 8 KB', () => {
  const long = fc.string({ minLength: 0, maxLength: 3_000 });
  fc.assert(
    fc.property(long, long, (a, b) => {
      const top = Array.from({ length: 15 }, () => ({
        fingerprint: 'f'.repeat(16),
        timeShare: 0.1,
        text: a,
        meanMs: 1,
        code: 'untrusted_function' as const,
        findings: Array.from({ length: 20 }, (_, i) => ({ rule: `rule-number-${i}`, message: b })),
      }));
      const prerequisites = Array.from({ length: 13 }, (_, i) => ({ name: `p${i}`, verdict: 'failed' as const, seen: a, mend: b }));
      const status = nextStatus(undefined, {
        ...facts,
        prerequisites,
        report: report({ top, outcome: { kind: 'failed', error: 'prerequisite_missing', detail: a } }),
      });
      expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThan(8_192);
      expect(databaseTargetStatus.safeParse(status).success).toBe(true);
    }),
    { numRuns: 50 },
  );
});
