import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { type Script, scriptedEngine } from '../../test/support/scripted-engine.ts';
import { cycleDepsFor, makeTarget, noAbort } from '../../test/support/target.ts';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { createSlots } from '../base/slots.ts';
import { createMemoryState } from '../coordination/memory/memory-state.ts';
import type { Stop } from '../model/stop.ts';
import { type Collector, startCollector } from './collector.ts';
import type { CycleTold } from './cycle.ts';
import type { CollectorDeps } from './running.ts';
import { decodeState } from './target-state.ts';
import { createTurns } from './turns.ts';

const target = makeTarget({ port: 1 });
const statements = ['a', 'b', 'c'].map((key, i) => ({ key, totalMs: 30 - i }));

function start(over: Partial<CollectorDeps> = {}, script: Script = { statements }) {
  const clock = createFakeClock();
  const state = over.state ?? createMemoryState(clock);
  const random = { next: () => 0.5 };
  const results: CycleTold[] = [];
  const fenced: string[] = [];
  const collector = startCollector({
    ...cycleDepsFor(target, { engine: scriptedEngine(script), clock, random }),
    state,
    quota: createSlots(1),
    turns: createTurns({ state, holder: 'h', clock, random }),
    logger: silentLogger,
    acquire: async () => 7,
    permitted: () => true,
    stillMine: async () => true,
    onBatch: async (result) => void results.push(result),
    onFenced: () => void fenced.push('fenced'),
    ...over,
  });
  return { collector, clock, state, results, fenced };
}
const savedBy = async (state: Pick<CollectorDeps['state'], 'loadTarget'>) => {
  const bytes = (await state.loadTarget(target.uid))?.state;
  return bytes && decodeState(bytes);
};

describe('cycle after cycle', () => {
  it('each starts from what the one before it left, and is saved', async () => {
    const { collector, clock, state, results } = start();
    await clock.advance(0);
    expect(results).toHaveLength(1);
    expect([collector.epoch, collector.busy, collector.dueIn_ms]).toEqual([7, false, 60_000]);
    await clock.advance(60_000);
    expect(results.map(({ batch }) => batch.cycle.number)).toEqual([1, 2]);
    expect(results[1]?.batch.cycle.window).toMatchObject({ sinceStatisticsBegan: false });
    expect(await savedBy(state)).toMatchObject({ cycle: 2 });
    await collector.stop();
  });
  it('the next owner goes on in its cadence, with its budgets and failures', async () => {
    const first = start({}, { statements: [{ key: 'a', refused: unreadable }] });
    await first.clock.advance(0);
    await first.collector.stop();
    const next = start({ state: first.state });
    await next.clock.advance(59_000);
    expect(next.results).toHaveLength(0);
    await next.clock.advance(1_000);
    expect(next.results[0]?.batch.cycle.number).toBe(2);
    expect((await savedBy(next.state))?.failures.has('a')).toBe(true);
    await next.collector.stop();
  });
});
const unreadable = { kind: 'refused' as const, code: 'unparsable' as const };

it('a cycle that is cut short by the end is saved with what it had learned', async () => {
  let collector: Collector | undefined;
  const { state, clock, results, ...started } = start(
    {},
    {
      statements,
      before: (call, nth) => {
        if (call !== 'explain' || nth !== 3) return;
        const reason = new AppError('ownership_lost', 'its shard was lost');
        void collector?.stop(AbortSignal.abort(reason));
        throw new AppError('connection_failed', 'closed');
      },
    },
  );
  collector = started.collector;
  await clock.advance(0);
  await collector.stop();
  expect(results[0]?.batch.cycle.outcome).toMatchObject({ reason: 'ownership_lost' });
  const saved = await savedBy(state);
  expect([...(saved?.explained.keys() ?? [])]).toEqual(['a', 'b']);
  expect(saved?.breaker).toEqual({ state: 'closed', failures: 0 });
});

describe('what ends a cycle before it begins', () => {
  it('a new owner: the collector ends, and says so', async () => {
    const { clock, results, fenced } = start({ stillMine: async () => false });
    await clock.advance(0);
    expect([results.length, fenced]).toEqual([0, ['fenced']]);
  });
  it('a new owner that is found while saving', async () => {
    const state = createMemoryState(createFakeClock());
    const { clock, results, fenced } = start({
      state: { ...state, saveTarget: async () => false },
    });
    await clock.advance(0);
    expect([results.length, fenced]).toEqual([0, ['fenced']]);
  });
  it('no permission: it is asked again, and nothing is owned meanwhile', async () => {
    let may = false;
    const { collector, clock, results } = start({ permitted: () => may });
    await clock.advance(2_000);
    expect([results.length, collector.epoch]).toEqual([0, undefined]);
    may = true;
    await clock.advance(500);
    expect(results).toHaveLength(1);
    await collector.stop();
  });
});

it('one that cannot be acquired keeps no other from its turn, and goes on when it can', async () => {
  const quota = createSlots(1);
  let refused = true;
  const acquire = async () => {
    if (refused) throw new AppError('cluster_failed', 'a policy refuses its status');
    return 7;
  };
  const first = start({ quota, acquire });
  await first.clock.advance(5_000);
  const second = start({ quota });
  await second.clock.advance(0);
  expect([first.results.length, second.results.length]).toEqual([0, 1]);
  refused = false;
  await first.clock.advance(30_000);
  expect([first.results.length, first.collector.epoch]).toEqual([1, 7]);
  await Promise.all([first, second].map(({ collector }) => collector.stop()));
});

describe('one whose turn is long in coming is owned all the same', () => {
  const rare = makeTarget({ port: 1, spec: { collection: { interval: '6h' } } });
  const collectOnce = async () => {
    const { collector, clock, state } = start({ target: rare });
    await clock.advance(0);
    await collector.stop();
    return { target: rare, state };
  };
  it('where its next cycle is hours off: within minutes, and the cycle comes when it is due', async () => {
    const { collector, clock, results } = start(await collectOnce());
    await clock.advance(180_000);
    expect([collector.epoch, results.length]).toEqual([7, 0]);
    await clock.advance(6 * 3_600_000 - 181_000);
    expect(results.length).toBe(0);
    await clock.advance(1_000);
    expect(results.length).toBe(1);
    await collector.stop();
  });
  it('where others are before it', async () => {
    const quota = createSlots(1);
    const busy = Promise.withResolvers<void>();
    void quota.run({ group: 'other', doubt: 'failed' }, () => busy.promise);
    const { collector, clock, results } = start({ quota });
    await clock.advance(30_000);
    expect([collector.epoch, results.length]).toEqual([7, 0]);
    busy.resolve();
    await clock.advance(0);
    expect(results.length).toBe(1);
    await collector.stop();
  });
  it('where somebody else has it, it ends', async () => {
    const acquire = async () => {
      throw new AppError('fenced', 'another replica was first');
    };
    const { clock, results, fenced } = start({ ...(await collectOnce()), acquire });
    await clock.advance(180_000);
    expect([results.length, fenced]).toEqual([0, ['fenced']]);
  });
});

it('after the last replica has ended, what begins looks at once', async () => {
  const first = start();
  await first.clock.advance(0);
  await first.collector.stop();
  const { collector, clock, results } = start({ state: first.state, ended: true });
  await clock.advance(0);
  expect(results.length).toBe(1);
  await collector.stop();
});

it('one that cannot be acquired is asked about hardly more often for being owned early', async () => {
  let asked = 0;
  const { collector, clock } = start({
    acquire: async () => {
      asked += 1;
      throw new AppError('cluster_failed', 'a policy refuses its status');
    },
  });
  await clock.advance(3_600_000);
  // Its turn comes every half minute at the most.
  expect(asked).toBeLessThan(180);
  await collector.stop();
});

it('a store that is away costs no plan, and is told of once: a later cycle saves', async () => {
  const memory = createMemoryState(createFakeClock());
  let away = true;
  const state = {
    ...memory,
    saveTarget: (...saved: Parameters<typeof memory.saveTarget>) =>
      away ? Promise.reject(new Error('away')) : memory.saveTarget(...saved),
  };
  const told: string[] = [];
  const logger = { ...silentLogger, warn: (_: object, words: string) => void told.push(words) };
  const { collector, clock, results } = start({ state, logger });
  await clock.advance(60_000);
  away = false;
  await clock.advance(60_000);
  expect(results).toHaveLength(3);
  expect(await savedBy(memory)).toMatchObject({ cycle: 3 });
  expect(told).toEqual(['state could not be saved; it is tried after each cycle']);
  await collector.stop();
});

it('a stop is told at once, and its end as well', async () => {
  const stops = [{ id: 's', scope: { all: true as const }, reason: 'incident', since: 0 }];
  let inForce: typeof stops = [];
  const { collector, clock, results } = start({ stops: () => inForce });
  const outcomes = () => results.map(({ batch }) => batch.cycle.outcome.kind);
  await clock.advance(0);
  inForce = stops;
  collector.onStops();
  await clock.advance(0);
  expect(results[1]?.batch.cycle.outcome).toEqual({
    kind: 'skipped',
    reason: 'emergency_stop',
    detail: 'incident',
  });
  inForce = [];
  collector.onStops();
  await clock.advance(0);
  expect(outcomes()).toEqual(['collected', 'skipped', 'collected']);
  await collector.stop();
});

it('who only tells of a stop is not busy: nothing that it covers runs', async () => {
  let inForce: Stop[] = [];
  const busy: boolean[] = [];
  const { collector, clock } = start({
    stops: () => inForce,
    onBatch: async () => void busy.push(collector.busy),
  });
  await clock.advance(0);
  inForce = [{ id: 's', scope: { all: true }, reason: 'incident', since: 0 }];
  collector.onStops();
  await clock.advance(0);
  expect(busy).toEqual([true, false]);
  await collector.stop();
});

it('a cause that may have been corrected is tried at once', async () => {
  let broken = true;
  const failing = makeTarget({ port: 1, spec: { safety: { circuitBreaker: { failures: 1 } } } });
  const { collector, clock, results } = start(
    { target: failing },
    {
      statements,
      before: () => {
        if (broken) throw new AppError('authentication_failed', 'refused');
      },
    },
  );
  await clock.advance(0);
  expect([collector.circuitOpen, collector.dueIn_ms]).toEqual([true, 60_000]);
  broken = false;
  collector.probe();
  await clock.advance(0);
  expect(results.map(({ batch }) => batch.cycle.outcome.kind)).toEqual(['failed', 'collected']);
  expect(collector.circuitOpen).toBe(false);
  await collector.stop();
});

describe('a visit', () => {
  it('comes between two cycles, and leaves of what is remembered all but the budget', async () => {
    const { collector, clock, state, results } = start();
    const look = () => collector.visit(async () => 'seen', noAbort());
    await expect(look()).rejects.toMatchObject({ code: 'not_collected' });
    await clock.advance(0);
    const before = await savedBy(state);
    expect(await look()).toBe('seen');
    const after = await savedBy(state);
    expect(after?.cycle).toBe(1);
    expect(after?.databaseTime.tokens).toBeLessThan(before?.databaseTime.tokens ?? 0);
    await clock.advance(60_000);
    expect(results.map(({ batch }) => batch.cycle.number)).toEqual([1, 2]);
    await collector.stop();
  });
  it('ends at once where a stop covers the target, and where it ends', async () => {
    const stops: Stop[] = [];
    const { collector, clock } = start({ stops: () => stops });
    await clock.advance(0);
    const until = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    const held = () => collector.visit((_, signal) => until(signal), noAbort());
    const first = held();
    await clock.advance(0);
    expect(collector.busy).toBe(true);
    await expect(held()).rejects.toMatchObject({ code: 'locked_by_peer' });
    stops.push({ id: '1', scope: { all: true }, reason: 'incident', by: 'x', since: 1 });
    collector.onStops();
    await expect(first).rejects.toMatchObject({ code: 'emergency_stop' });
    await expect(held()).rejects.toMatchObject({ code: 'emergency_stop' });
    stops.length = 0;
    collector.onStops();
    const last = held();
    await clock.advance(0);
    const ended = expect(last).rejects.toMatchObject({ code: 'program_ending' });
    await collector.stop();
    await ended;
  });
});
