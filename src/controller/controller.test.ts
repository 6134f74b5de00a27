import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { makeTarget } from '../../test/support/target.ts';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import { seededRandom } from '../base/random.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { type ControllerDeps, createController } from './controller.ts';
import { createFleet } from './fleet.ts';

const target = (uid: string, generation = 1, labels: Record<string, string> = {}) => ({
  ...makeTarget({ port: 1, uid, name: uid }),
  generation,
  labels,
});

function startController(over: Partial<ControllerDeps> = {}) {
  const log: string[] = [];
  const why: string[] = [];
  const clock = createFakeClock();
  const wanted = new Map<string, Target>();
  let fence: () => void = () => undefined;
  const controller = createController({
    fleet: createFleet(),
    holder: 'me',
    logger: silentLogger,
    clock,
    random: seededRandom(1),
    metrics: silentMetrics,
    get: (uid) => wanted.get(uid),
    mayRun: () => true,
    isConfirmed: () => true,
    onContested: ({ uid }) => void log.push(`contested ${uid}`),
    onEnded: ({ uid }) => void log.push(`ended ${uid}`),
    onDeleted: async ({ uid }) => void log.push(`deleted ${uid}`),
    onInvalid: async ({ uid }, { code, message }) =>
      void log.push(code === 'target_deleted' ? `kept ${uid}` : `invalid ${uid}: ${message}`),
    startTarget: (started, onFenced) => {
      fence = onFenced;
      log.push(`start ${started.uid}@${started.generation}`);
      return {
        epoch: 3,
        busy: false,
        dueIn_ms: 0,
        queued: false,
        circuitOpen: false,
        probe: () => undefined,
        visit: () => Promise.reject(new Error('not asked')),
        onStops: () => log.push(`stops ${started.uid}`),
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
    startTarget: () => {
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

it('what is refused each time it has begun is begun later and later', async () => {
  const { clock, log, want, fence } = startController();
  want(target('a'));
  await clock.advance(10);
  for (let second = 0; second < 60; second += 1) {
    if (log.at(-1) === 'start a@1') fence();
    await clock.advance(1_000);
  }
  expect(log.filter((each) => each === 'start a@1').length).toBeLessThan(9);
});

it('what another holder takes back is not fought for, and that is told', async () => {
  const { controller, clock, log, want } = startController();
  const mine = target('a');
  const begun = () => log.filter((each) => each.startsWith('start a@')).length;
  want(mine);
  await clock.advance(10);
  for (let second = 0; second < 60; second += 1) {
    // What it writes itself is told, too; then the other's raise, and its statuses.
    controller.handler.upsert(mine, 'edit');
    await clock.advance(10);
    for (const _ of ['raise', 'starting', 'cycle'])
      controller.handler.upsert({ ...mine, owner: { holder: 'other', epoch: 4 } }, 'edit');
    await clock.advance(990);
  }
  const before = begun();
  expect(before).toBeLessThan(9);
  expect(log.filter((each) => each === 'contested a').length).toBe(1);
  want({ ...mine, generation: 2 }); // a person's edit does not wait
  await clock.advance(10);
  expect(begun()).toBe(before + 1);
});

it('what another holder takes while nobody can be asked is left to it, until somebody can', async () => {
  let isConfirmed = false;
  const { controller, clock, log, want } = startController({ isConfirmed: () => isConfirmed });
  const mine = target('a');
  const begun = () => log.filter((each) => each.startsWith('start a@')).length;
  want(mine);
  await clock.advance(10);
  const taken = { ...mine, owner: { holder: 'other', epoch: 4 } };
  for (let minute = 0; minute < 10; minute += 1) {
    controller.handler.upsert(taken, 'edit');
    await clock.advance(60_000);
  }
  want({ ...taken, generation: 2 });
  await clock.advance(10);
  expect(log).toEqual(['start a@1', 'stop a@1 now', 'ended a']);
  isConfirmed = true; // its shard is still ours, or `mayRun` would say so
  await clock.advance(80_000);
  expect(begun()).toBe(2);
});

it('what another holder takes meanwhile is left to it also where it was not owned yet', async () => {
  const { controller, clock, log, want } = startController({ isConfirmed: () => false });
  const mine = { ...target('a'), owner: { holder: 'former', epoch: 1 } };
  want(mine);
  await clock.advance(10);
  controller.handler.upsert({ ...mine, owner: { holder: 'other', epoch: 2 } }, 'edit');
  await clock.advance(120_000);
  expect(log).toEqual(['start a@1', 'stop a@1 now', 'ended a']);
});

it('its own epoch, told while nobody can be asked, is nobody else’s', async () => {
  const { controller, clock, log, want } = startController({ isConfirmed: () => false });
  want(target('a'));
  await clock.advance(10);
  controller.handler.upsert({ ...target('a'), owner: { holder: 'me', epoch: 1 } }, 'edit');
  await clock.advance(10);
  expect(log).toEqual(['start a@1']);
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

it('what was deleted and is kept by a finalizer ends at once, and goes when it is gone', async () => {
  const { controller, log, why, clock, want, remove } = startController();
  want(target('a'));
  controller.handler.synced();
  await clock.advance(10);
  const deleting = { ...target('a', 2), deleting: true as const };
  want(deleting);
  await clock.advance(10);
  want(deleting);
  await clock.advance(10);
  remove(deleting);
  await clock.advance(10);
  expect(log).toEqual(['start a@1', 'stop a@1 now', 'ended a', 'kept a', 'deleted a']);
  expect(why).toEqual(['target_deleted']);
});
