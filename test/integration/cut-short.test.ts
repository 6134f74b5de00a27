import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Code } from '../../src/base/codes.ts';
import { AppError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { createSlots } from '../../src/base/slots.ts';
import { startCollector } from '../../src/collection/collector.ts';
import { type CycleResult, type CycleTold, runCycle } from '../../src/collection/cycle.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { decodeState, freshState } from '../../src/collection/target-state.ts';
import { createTurns } from '../../src/collection/turns.ts';
import { createMemoryState } from '../../src/coordination/memory/memory-state.ts';
import type { Stop } from '../../src/model/stop.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type Proxy, startProxy } from '../support/proxy.ts';
import { cycleDepsFor, makeTarget, prepareServer } from '../support/target.ts';

/**
 * A cycle that is ended from outside says why: each cause has its own code, wherever in the cycle
 * it comes.
 */
let server: PostgresServer;
let proxy: Proxy;

beforeAll(async () => {
  server = await startPostgres();
  await prepareServer(server);
  await server.sql('CREATE TABLE t (a int); GRANT SELECT ON t TO dbintel');
  proxy = await startProxy(server);
});
afterAll(async () => {
  await Promise.all([proxy?.close(), server?.stop()]);
});

const cases: [Code, 'skipped' | 'failed'][] = [
  ['emergency_stop', 'skipped'],
  ['suspended', 'skipped'],
  ['ownership_lost', 'skipped'],
  ['fenced', 'skipped'],
  ['target_deleted', 'skipped'],
  ['invalid_manifest', 'skipped'],
  ['program_ending', 'skipped'],
  ['cycle_timeout', 'failed'],
];

it.each(cases)(
  '%s while the server says nothing, from the beginning or in the middle',
  async (code, kind) => {
    const target = makeTarget({ port: proxy.port });
    const settings = cycleSettings(target.spec);
    const outcome =
      kind === 'failed'
        ? { kind, error: code, detail: 'why' }
        : { kind, reason: code, detail: 'why' };
    const fresh = freshState(Date.now(), settings.explains, settings.databaseTime);

    proxy.mode = 'silent';
    const early = new AbortController();
    const connecting = runCycle(fresh, cycleDepsFor(target), early.signal);
    await until(async () => proxy.connections > 0, 20_000, 'it connects');
    early.abort(new AppError(code, 'why'));
    const first = await connecting;
    expect(first.batch.cycle.outcome).toEqual(outcome);

    proxy.mode = 'forward';
    const midway = new AbortController();
    const claimServer = async () => {
      proxy.mode = 'silent';
      setImmediate(() => midway.abort(new AppError(code, 'why')));
      return undefined;
    };
    const deps = cycleDepsFor(target, { claimServer });
    const second = await runCycle(first.state, deps, midway.signal);
    expect(second.batch.cycle.outcome).toEqual(outcome);
    expect(second.state.breaker).toEqual({ state: 'closed', failures: kind === 'failed' ? 2 : 0 });
    proxy.mode = 'forward';
  },
);

describe('a stop', () => {
  const stop: Stop = { id: 's', scope: { all: true }, reason: 'a mistake', since: 0 };
  /**
   * Outcomes of a collector whose first cycle sees these lists of stops, one after the other, and
   * goes on for so long.
   */
  async function collectThrough(lists: Stop[][], goesOn_ms: number) {
    const state = createMemoryState(systemClock);
    const outcomes: CycleResult['batch']['cycle']['outcome'][] = [];
    let stops: Stop[] = [];
    const collector = startCollector({
      ...cycleDepsFor(makeTarget({ port: server.port })),
      stops: () => stops,
      async claimServer() {
        if (outcomes.length) return undefined;
        for (stops of lists) collector.onStops();
        await systemClock.sleep(goesOn_ms);
        return undefined;
      },
      state,
      quota: createSlots(1),
      turns: createTurns({ state, holder: 'h', clock: systemClock, random: seededRandom(1) }),
      logger: silentLogger,
      acquire: async () => 1,
      permitted: () => true,
      stillMine: async () => true,
      onBatch: async ({ batch }) => void outcomes.push(batch.cycle.outcome),
      onFenced: () => undefined,
    });
    await until(async () => outcomes.length === 2, 30_000, 'a second cycle has run');
    await collector.stop();
    return outcomes;
  }
  it('that is over before the cycle has ended for it leaves nothing behind: the next cycle comes at once', async () => {
    const outcomes = await collectThrough([[stop], []], 2_000); // its connections are cut meanwhile
    expect(outcomes).toMatchObject([
      { kind: 'skipped', reason: 'emergency_stop' },
      { kind: 'collected' },
    ]);
  });
  it('that comes when the cycle is as good as done is said at once, not after the interval', async () => {
    expect(await collectThrough([[stop]], 0)).toMatchObject([
      { kind: 'collected' },
      { kind: 'skipped', reason: 'emergency_stop' },
    ]);
  });
});

it('a cycle that takes longer than its interval has a code of its own, counts as a failure, and is remembered as the cause', async () => {
  const target = makeTarget({
    port: server.port,
    spec: { safety: { circuitBreaker: { failures: 1 } } },
  });
  const clock = createFakeClock();
  const state = createMemoryState(clock);
  const ended = Promise.withResolvers<CycleTold>();
  const collector = startCollector({
    ...cycleDepsFor(target, { clock: { ...systemClock, after: clock.after } }),
    async claimServer() {
      await clock.advance(60_000); // the cycle's limit
      await clock.advance(60_000); // its connections are cut a moment later
      return undefined;
    },
    state,
    quota: createSlots(1),
    turns: createTurns({ state, holder: 'h', clock: systemClock, random: seededRandom(1) }),
    logger: silentLogger,
    acquire: async () => 1,
    permitted: () => true,
    stillMine: async () => true,
    onBatch: async (result) => ended.resolve(result),
    onFenced: () => undefined,
  });
  const cause = { code: 'cycle_timeout', detail: 'cancelled after 1m' };
  expect((await ended.promise).batch.cycle).toMatchObject({
    outcome: { kind: 'failed', error: 'cycle_timeout' },
    safety: { circuit: 'open', open: { cause } },
  });
  await collector.stop(AbortSignal.abort(new AppError('program_ending', 'the test ends')));
  const saved = (await state.loadTarget(target.uid))?.state;
  expect(saved && decodeState(saved)?.breaker).toMatchObject({ state: 'open', cause });
});
