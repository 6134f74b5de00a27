import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { makeTarget } from '../../test/support/target.ts';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import { seededRandom } from '../base/random.ts';
import type { CycleReport } from '../model/batch.ts';
import type { Target } from '../resources/kinds/database-target/spec.ts';
import {
  type DatabaseTargetStatus,
  databaseTargetStatus,
} from '../resources/kinds/database-target/status.ts';
import { statusChange } from '../targets/kubernetes/status-change.ts';
import { type ControllerDeps, createController } from './controller.ts';
import { nextStep } from './reconcile.ts';
import { nextStatus } from './status.ts';

const target = (uid: string, generation = 1, labels: Record<string, string> = {}) => ({
  ...makeTarget({ port: 1, uid, name: uid }),
  generation,
  labels,
});

it('one step makes what runs what is wanted, and the next one does nothing', () => {
  const shape = fc.option(
    fc.record({
      generation: fc.integer({ min: 1, max: 3 }),
      labels: fc.constantFrom('{}', '{"a":"b"}'),
    }),
    {
      nil: undefined,
    },
  );
  fc.assert(
    fc.property(shape, shape, (wanted, running) => {
      const step = nextStep(wanted, running);
      const after = step === 'stop' ? undefined : step === 'nothing' ? running : wanted;
      expect(after).toEqual(wanted);
      expect(nextStep(wanted, after)).toBe('nothing');
    }),
  );
});

function startController(over: Partial<ControllerDeps> = {}) {
  const log: string[] = [];
  const why: string[] = [];
  const clock = createFakeClock();
  const wanted = new Map<string, Target>();
  let fence: () => void = () => undefined;
  const controller = createController({
    logger: silentLogger,
    clock,
    random: seededRandom(1),
    metrics: silentMetrics,
    get: (uid) => wanted.get(uid),
    mayRun: () => true,
    onEnded: ({ uid }) => void log.push(`ended ${uid}`),
    onDeleted: async ({ uid }) => void log.push(`deleted ${uid}`),
    onInvalid: async ({ uid }, message) => void log.push(`invalid ${uid}: ${message}`),
    startTarget: async (started, onFenced) => {
      fence = onFenced;
      log.push(`start ${started.uid}@${started.generation}`);
      return {
        target: started,
        epoch: 3,
        busy: false,
        dueIn_ms: 0,
        circuitOpen: false,
        probe: () => undefined,
        onStops: () => log.push(`stops ${started.uid}`),
        wake: () => undefined,
        stop: async (signal) => {
          log.push(`stop ${started.uid}@${started.generation}${signal?.aborted ? ' now' : ''}`);
          if (signal?.aborted) why.push((signal.reason as AppError).code);
        },
      };
    },
    ...over,
  });
  const want = (each: Target, why: 'edit' | 'resync' = 'edit') => {
    wanted.set(each.uid, each);
    controller.handler.upsert(each, why);
  };
  const remove = (each: Target) => {
    wanted.delete(each.uid);
    controller.handler.gone(each);
  };
  return { controller, log, why, clock, want, remove, fence: () => fence() };
}

it('the controller starts, restarts and ends, and tells what is deleted', async () => {
  const { controller, log, why, clock, want, remove } = startController();
  want(target('a'));
  want(target('b'));
  controller.handler.synced();
  await clock.advance(10);
  expect(controller.synced).toBe(true);
  want(target('a', 2));
  await clock.advance(10);
  want(target('a', 2)); // nothing new
  want(target('a', 2, { tier: 'gold' }));
  await clock.advance(10);
  controller.onStops();
  remove(target('b'));
  await clock.advance(10);
  expect(log.filter((line) => line.includes(' a'))).toEqual([
    'start a@1',
    'stop a@1',
    'start a@2',
    'stop a@2',
    'start a@2',
    'stops a',
  ]);
  expect(log.filter((line) => line.includes(' b'))).toEqual([
    'start b@1',
    'stops b',
    'stop b@1 now',
    'ended b',
    'deleted b',
  ]);
  expect(why).toEqual(['target_deleted']);
  const ending = controller.stop(new AbortController().signal);
  await clock.advance(10);
  await ending;
  expect(controller.targets()).toEqual([]);
});

it('a target that is suspended does not finish its cycle first', async () => {
  const { controller, log, why, clock, want } = startController();
  want(target('a'));
  await clock.advance(10);
  want({ ...makeTarget({ port: 1, uid: 'a', name: 'a', spec: { suspend: true } }), generation: 2 });
  await clock.advance(10);
  expect(log).toEqual(['start a@1', 'stop a@1 now', 'start a@2']);
  expect(why).toEqual(['suspended']);
  await controller.stop(AbortSignal.abort());
});

it('a target that could not be started is tried again, later each time', async () => {
  const at: number[] = [];
  const { clock, want, controller } = startController({
    startTarget: async () => {
      at.push(clock.monotonic());
      throw new Error('locked');
    },
  });
  want(target('a'));
  await clock.advance(8_500);
  const waits = at.slice(1).map((time, i) => time - (at[i] as number));
  expect(waits.length).toBe(3);
  for (const [i, wait] of waits.entries())
    expect(Math.abs(wait / (1_000 * 2 ** i) - 1)).toBeLessThanOrEqual(0.21);
  expect(controller.targets()).toEqual([]);
});

it('what another holder owns is dropped at once, and tried again only while its shard is ours', async () => {
  let mine = true;
  const { controller, log, why, clock, want, fence } = startController({ mayRun: () => mine });
  want(target('a'));
  await clock.advance(10);
  controller.handler.upsert({ ...target('a'), owner: { holder: 'other', epoch: 4 } }, 'edit');
  await clock.advance(10);
  expect(log).toEqual(['start a@1', 'stop a@1 now', 'ended a']);
  await clock.advance(1_300);
  expect(log.at(-1)).toBe('start a@1');
  mine = false;
  fence();
  await clock.advance(120_000);
  expect(log.slice(3)).toEqual(['start a@1', 'stop a@1 now', 'ended a']);
  expect(why).toEqual(['fenced', 'fenced']);
});

it('a spec that is not understood ends what runs and is told', async () => {
  let broken = false;
  const good = target('a');
  const { log, why, clock, want } = startController({
    get: () => {
      if (broken) throw new AppError('invalid_manifest', 'spec.engine: unknown');
      return good;
    },
  });
  want(good);
  await clock.advance(10);
  broken = true;
  want({ ...good, generation: 2 });
  await clock.advance(10);
  expect(log).toEqual(['start a@1', 'stop a@1 now', 'ended a', 'invalid a: spec.engine: unknown']);
  expect(why).toEqual(['invalid_manifest']);
});

it('an edit goes before a thousand that are looked at again', async () => {
  const started: string[] = [];
  const { clock, want } = startController({
    startTarget: async ({ uid }) => {
      started.push(uid);
      await clock.sleep(100);
      throw new Error('never');
    },
  });
  for (let i = 0; i < 1_000; i += 1) want(target(`r${i}`), 'resync');
  await clock.advance(50);
  want(target('edited'), 'edit');
  await clock.advance(150);
  expect(started.indexOf('edited')).toBeLessThan(2 * 64);
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
const facts = {
  target: target('a'),
  counts: { plans: 4, openFindings: 2 },
  ownership: { holder: 'h', epoch: 3 },
  now: 1_700_000_001_000,
};

it('the status says the answer first, and fits its schema', () => {
  const status = nextStatus(undefined, { ...facts, report: report() });
  expect(databaseTargetStatus.parse(status)).toEqual(status);
  expect(status).toMatchObject({
    coverage: { explained: '93%', withReason: '98%' },
    conditions: [
      { type: 'Ready', status: 'True', reason: 'Collecting' },
      { type: 'PrerequisitesMet', status: 'Unknown' },
      { type: 'CollectionHealthy', status: 'True' },
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
  expect(open.conditions?.[0]?.lastTransitionTime).not.toBe(
    status.conditions?.[0]?.lastTransitionTime,
  );
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
      const prerequisites = Array.from({ length: 13 }, (_, i) => ({
        name: `p${i}`,
        verdict: 'failed' as const,
        seen: a,
        mend: b,
      }));
      const status = nextStatus(undefined, {
        ...facts,
        prerequisites,
        report: report({
          top,
          outcome: { kind: 'failed', error: 'prerequisite_missing', detail: a },
        }),
      });
      expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThan(8_192);
      expect(databaseTargetStatus.safeParse(status).success).toBe(true);
    }),
    { numRuns: 50 },
  );
});

it('a new owner says of a plan that it does not know what the former one’s status said of the same plan', () => {
  const before = nextStatus(undefined, { ...facts, report: report() });
  const [known] = report().top;
  if (!known) throw new Error('no query');
  const shown = (over: Partial<typeof known>) =>
    nextStatus(before, {
      ...facts,
      report: report({ top: [{ ...known, text: '', findings: [], ...over }] }),
    }).topQueries?.[0];
  expect(shown({})).toMatchObject({ text: 'SELECT …', findings: ['full-scan'], plan: 'ph1:9c41' });
  expect(shown({ plan: 'ph1:other' })).toMatchObject({ text: '', findings: [] });
  expect(shown({ fingerprint: 'another' })).toMatchObject({ text: '', findings: [] });
});

it('a first coverage is news, so is one that says something else; what moves with every cycle waits', () => {
  const { coverage: _, ...uncovered } = report();
  const covered = (explained?: number) =>
    nextStatus(undefined, {
      ...facts,
      report:
        explained === undefined ? uncovered : report({ coverage: { explained, withReason: 1 } }),
    });
  expect(statusChange(covered(), covered(0.05))).toBe('other');
  expect(statusChange(covered(0.05), covered(0.2))).toBe('figures');
  expect(statusChange(covered(0.05), covered(0.3))).toBe('other');
});

it('to have waited once for another target of the same server is no news; to wait again is', () => {
  const waits = report({
    outcome: { kind: 'deferred', reason: 'locked_by_peer', until: facts.now },
    top: [],
  });
  const reasons = (status: DatabaseTargetStatus) =>
    ['Ready', 'CollectionHealthy'].map(
      (wanted) => status.conditions?.find(({ type }) => type === wanted)?.reason,
    );
  const collecting = nextStatus(undefined, { ...facts, report: report() });
  const once = nextStatus(collecting, { ...facts, report: waits });
  expect(reasons(once)).toEqual(['Collecting', 'Collecting']);
  expect(once.lastCycle).toMatchObject({ outcome: 'deferred', reason: 'locked_by_peer' });
  expect(statusChange(collecting, once)).toBe('figures');
  const again = nextStatus(once, { ...facts, report: waits });
  expect(reasons(again)).toEqual(['LockedByPeer', 'LockedByPeer']);
  expect(statusChange(collecting, again)).toBe('ready');
  expect(reasons(nextStatus(again, { ...facts, report: report() }))).toEqual([
    'Collecting',
    'Collecting',
  ]);
  expect(reasons(nextStatus(undefined, { ...facts, report: waits }))).toEqual([
    'LockedByPeer',
    'LockedByPeer',
  ]);
  const readyOf = (status: DatabaseTargetStatus) =>
    status.conditions?.find(({ type }) => type === 'Ready')?.status;
  expect([readyOf(again), readyOf(nextStatus(undefined, { ...facts, report: waits }))]).toEqual([
    'True',
    'Unknown',
  ]);
});

describe('a circuit that opened', () => {
  const failed = (code: 'connection_failed' | 'duplicate_target', open: boolean) =>
    report({
      outcome: { kind: 'failed', error: code, detail: 'because' },
      safety: { ...report().safety, ...(open ? opened(code) : {}) },
      top: [],
    });
  const opened = (code: 'connection_failed' | 'duplicate_target') => ({
    circuit: 'open' as const,
    open: { until: facts.now + 3_600_000, cause: { code, detail: 'because' } },
  });
  const resting = (code: 'connection_failed' | 'duplicate_target') =>
    report({
      outcome: { kind: 'deferred', reason: 'circuit_open', until: facts.now + 3_600_000 },
      safety: { ...report().safety, ...opened(code) },
      durationMs: 0,
      selected: 0,
      explained: 0,
      top: [],
    });
  const conditionsOf = ({ conditions = [] }: DatabaseTargetStatus) =>
    Object.fromEntries(
      conditions.map(({ type, status, reason, message }) => [type, { status, reason, message }]),
    );

  it.each([
    ['connection_failed', 'CircuitOpen', undefined],
    ['duplicate_target', 'DuplicateTarget', 'True'],
  ] as const)(
    'by %s keeps its cause and says when it is tried again, for as long as it is open',
    (code, reason, stalled) => {
      let status = nextStatus(undefined, { ...facts, report: failed(code, false) });
      status = nextStatus(status, { ...facts, report: failed(code, true) });
      for (const each of [
        status,
        nextStatus(status, { ...facts, report: resting(code) }),
        nextStatus(undefined, { ...facts, report: resting(code) }),
      ]) {
        const { Ready, CollectionHealthy, Stalled, SafetyThrottled } = conditionsOf(each);
        expect(Ready).toMatchObject({ status: 'False', reason });
        expect(Ready?.message).toMatch(/^because\. .* Next try 23:13:21\.$/);
        expect(CollectionHealthy).toMatchObject({ status: 'False', message: Ready?.message });
        expect(Stalled?.status).toBe(stalled);
        expect(SafetyThrottled).toMatchObject({
          status: 'True',
          reason: 'CircuitOpen',
          message: 'no cycle runs before 23:13:21',
        });
        expect(each.safety).toMatchObject({
          circuit: 'open',
          cause: code,
          nextTry: '2023-11-14T23:13:21.000Z',
        });
        expect(each.summary?.['safety']).toContain(`circuit open (${code}; next try 23:13:21)`);
      }
      expect(nextStatus(status, { ...facts, report: resting(code) }).lastCycle).toMatchObject({
        outcome: 'failed',
        reason: code,
      });
      const mended = nextStatus(status, { ...facts, report: report() });
      expect(conditionsOf(mended)).toMatchObject({
        Ready: { reason: 'Collecting' },
        CollectionHealthy: { status: 'True' },
      });
      expect(conditionsOf(mended)).not.toHaveProperty('Stalled');
      expect(mended.safety).not.toHaveProperty('cause');
    },
  );
});

it('a cycle that ended because this replica’s part in it did says nothing about the target', () => {
  for (const reason of ['ownership_lost', 'fenced', 'target_deleted', 'program_ending'] as const) {
    const collecting = nextStatus(undefined, { ...facts, report: report() });
    const cut = nextStatus(collecting, {
      ...facts,
      report: report({ outcome: { kind: 'skipped', reason }, top: [] }),
    });
    expect(cut.conditions).toEqual(collecting.conditions);
    expect(cut.lastCycle).toMatchObject({ outcome: 'skipped', reason });
  }
});
