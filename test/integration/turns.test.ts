import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { AppError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createSlots, type Slots } from '../../src/base/slots.ts';
import { type Collector, startCollector } from '../../src/collection/collector.ts';
import { runCycle } from '../../src/collection/cycle.ts';
import type { CollectorDeps } from '../../src/collection/running.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { decodeState, encodeState, freshState } from '../../src/collection/target-state.ts';
import { createTurns, type Turns } from '../../src/collection/turns.ts';
import { createMemoryState, type MemoryState } from '../../src/coordination/memory/memory-state.ts';
import { openRedisState } from '../../src/coordination/redis/redis-state.ts';
import { createPrometheusMetrics } from '../../src/exporters/prometheus/prometheus-metrics.ts';
import type { CycleOutcome } from '../../src/model/batch.ts';
import type { Target } from '../../src/resources/kinds/database-target/target.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { collectorPassword, cycleDepsFor, makeTarget, prepareServer } from '../support/target.ts';

/**
 * When cycles run and what they wait for: turns at a server, places in a replica, the clock, a
 * circuit that is open.
 */
let server: PostgresServer;
let redis: RedisServer;
beforeAll(async () => {
  [server, redis] = await Promise.all([
    startPostgres({ settings: { max_connections: '40' } }),
    startRedis(),
  ]);
  await prepareServer(server); // with the CONNECTION LIMIT that is printed
});
afterAll(async () => {
  await Promise.all([server, redis].map((each) => each?.stop()));
});

const login = { username: 'dbintel', password: collectorPassword };
/** More often than a resource may ask for. */
function targetEvery(interval: string, over: Parameters<typeof makeTarget>[0]): Target {
  const target = makeTarget(over);
  return {
    ...target,
    spec: { ...target.spec, collection: { ...target.spec.collection, interval } },
  };
}

interface Started {
  collector: Collector;
  outcomes: CycleOutcome[];
}
function start(
  target: Target,
  {
    turns,
    quota,
    ...over
  }: Partial<CollectorDeps> & { turns?: Turns; quota?: Slots; state?: MemoryState } = {},
): Started {
  const outcomes: CycleOutcome[] = [];
  const state = createMemoryState(systemClock);
  const collector = startCollector({
    ...cycleDepsFor(target),
    state,
    quota: quota ?? createSlots(16),
    turns: turns ?? createTurns({ state, holder: 'one', clock: systemClock, random: systemRandom }),
    logger: silentLogger,
    acquire: async () => 1,
    permitted: () => true,
    stillMine: async () => true,
    onBatch: async ({ batch }) => void outcomes.push(batch.cycle.outcome),
    onFenced: () => undefined,
    ...over,
  });
  return { collector, outcomes };
}
const end = (started: readonly Started[]) =>
  Promise.all(
    started.map(({ collector }) =>
      collector.stop(AbortSignal.abort(new AppError('program_ending', 'the test ends'))),
    ),
  );

const codeOf = (outcome: CycleOutcome) =>
  outcome.kind === 'failed'
    ? outcome.error
    : outcome.kind === 'collected'
      ? 'collected'
      : outcome.reason;

describe('hundreds of targets of one server', () => {
  it('live with the printed CONNECTION LIMIT: whoever waits for a turn holds no connection, in one replica or in several', {
    timeout: 300_000,
  }, async () => {
    const options = {
      mode: 'standalone',
      endpoints: [{ host: '127.0.0.1', port: redis.port }],
      sentinelName: '',
      keyPrefix: 'turns',
      ttl_ms: 60_000,
    } as const;
    const parts = { clock: systemClock, logger: silentLogger, metrics: createPrometheusMetrics() };
    const states = ['a', 'b', 'c'].map(() => openRedisState(options, parts));
    await until(async () => states.every(({ ready }) => ready), 10_000, 'Redis is connected');
    const all = states.flatMap((state, replica) => {
      const turns = createTurns({
        state,
        holder: `replica-${replica}`,
        clock: systemClock,
        random: systemRandom,
      });
      const quota = createSlots(16);
      return Array.from({ length: 30 }, (_, i) =>
        start(
          targetEvery('3600s', {
            port: server.port,
            uid: `${replica}-${i}`,
            name: `t${replica}-${i}`,
          }),
          { turns, quota },
        ),
      );
    });
    let most = 0;
    await until(
      async () => {
        const [row] = await server.sql(
          "SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'dbintel'",
        );
        most = Math.max(most, Number(row?.['n']));
        return all.every(({ outcomes }) => outcomes.length > 0);
      },
      200_000,
      'every target has had its cycle',
    ).catch((error: Error) => {
      throw new Error(
        `${error.message}; ${all.filter(({ outcomes }) => outcomes.length === 0).length} have not`,
      );
    });
    const codes = all.map(({ outcomes }) => codeOf(outcomes[0] as CycleOutcome));
    // Whoever meets another one all the same comes back later; nobody is refused.
    expect(codes.filter((code) => code !== 'collected' && code !== 'locked_by_peer')).toEqual([]);
    expect(codes.filter((code) => code === 'collected').length).toBeGreaterThan(80);
    expect(most).toBeLessThanOrEqual(4);
    await end(all);
    await Promise.all(states.map((state) => state.close()));
  });
  it('also while the shared state is away: the server’s own lock lets one in', async () => {
    const away = {
      takeTurn: () => Promise.reject(new Error('away')),
      endTurn: () => Promise.reject(new Error('away')),
    };
    const turns = createTurns({
      state: away,
      holder: 'one',
      clock: systemClock,
      random: systemRandom,
    });
    const some = ['x', 'y', 'z'].map((uid) =>
      start(targetEvery('3600s', { port: server.port, uid, name: uid }), { turns }),
    );
    await until(
      async () => some.every(({ outcomes }) => outcomes.length > 0),
      20_000,
      'every target has had its cycle',
    );
    expect(some.map(({ outcomes }) => codeOf(outcomes[0] as CycleOutcome))).toEqual([
      'collected',
      'collected',
      'collected',
    ]);
    await end(some);
  });
});

describe('targets whose servers do not answer', () => {
  const silent: Server[] = [];
  afterAll(() => silent.forEach((each) => each.close()));
  it('take no place from those of other namespaces', async () => {
    const ports = await Promise.all(
      Array.from({ length: 150 }, async () => {
        const made = createServer((socket) => socket.on('error', () => undefined));
        silent.push(made);
        await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
        return (made.address() as { port: number }).port;
      }),
    );
    const quota = createSlots(16);
    const spec = { safety: { circuitBreaker: { failures: 100, openFor: '1s' } } };
    const bad = ports.map((port, i) =>
      start(
        {
          ...targetEvery('10s', { port, uid: `bad-${i}`, name: `bad-${i}`, spec }),
          namespace: 'bad',
        },
        { quota },
      ),
    );
    await systemClock.sleep(500); // they hold what they can get
    const good = start(targetEvery('1s', { port: server.port, uid: 'good', name: 'good' }), {
      quota,
    });
    let worst = 0;
    const watching = setInterval(() => {
      worst = Math.max(worst, -good.collector.dueIn_ms);
    }, 50);
    await systemClock.sleep(9_000);
    await until(async () => good.outcomes.length >= 5, 30_000, 'the good one goes on');
    clearInterval(watching);
    expect(worst).toBeLessThan(2_500);
    await end([...bad, good]);
    for (const each of silent)
      (each as unknown as { closeAllConnections?(): void }).closeAllConnections?.();
  });
});

describe('the wall clock', () => {
  it.each([
    ['back by an hour', -3_600_000],
    ['forward by a day', 86_400_000],
  ])('steps %s: cycles keep their rhythm', async (_, step_ms) => {
    let shift = 0;
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + shift };
    const { collector, outcomes } = start(
      targetEvery('1s', { port: server.port, uid: 'stepped', name: 'stepped' }),
      { clock },
    );
    await until(async () => outcomes.length >= 2, 15_000, 'it collects');
    shift = step_ms;
    const before = outcomes.length;
    await until(async () => outcomes.length >= before + 3, 20_000, 'it goes on');
    expect(Math.abs(collector.dueIn_ms)).toBeLessThanOrEqual(3_000);
    expect(outcomes.map(codeOf)).not.toContain('budget_spent');
    await end([{ collector, outcomes }]);
  });
  it('that was an hour ahead when a circuit opened does not keep it open for an hour more', async () => {
    const target = targetEvery('1s', { port: server.port, uid: 'ahead', name: 'ahead' });
    const { explains, databaseTime } = cycleSettings(target.spec);
    const ahead = systemClock.now() + 86_400_000;
    const saved = {
      ...freshState(ahead, explains, databaseTime),
      cycle: 3,
      generation: 1,
      startedAt: ahead,
      breaker: { state: 'open' as const, until: ahead, opened: 1 },
    };
    const state = createMemoryState(systemClock);
    await state.saveTarget('ahead', 1, encodeState(saved));
    const started = start(target, { state });
    await until(async () => started.outcomes.length > 0, 20_000, 'the first cycle');
    await end([started]);
    const { breaker } = decodeState((await state.loadTarget('ahead'))?.state as Uint8Array) ?? {};
    expect(breaker).toMatchObject({ state: 'open' });
    expect((breaker as { until: number }).until - systemClock.now()).toBeLessThanOrEqual(
      cycleSettings(target.spec).breaker.maxOpenFor_ms,
    );
  });
});

describe('an open circuit', () => {
  const tried = ({ outcomes }: Started) =>
    outcomes.map(codeOf).filter((code) => code !== 'circuit_open');
  const wrong = { ...login, password: 'wrong' };
  const spec = { safety: { circuitBreaker: { failures: 1, openFor: '30m' } } };
  const open = async (uid: string, credentials: () => typeof login) => {
    const state = createMemoryState(systemClock);
    const started = start(targetEvery('1s', { port: server.port, uid, name: uid, spec }), {
      state,
      credentials: async () => credentials(),
    });
    await until(async () => started.collector.circuitOpen, 20_000, 'the circuit opens');
    return { state, started };
  };
  it('lets one cycle through at once when it is told of a correction, and only one where that was none', async () => {
    let now = wrong;
    const { started } = await open('corrected', () => now);
    started.collector.probe();
    await until(async () => tried(started).length === 2, 20_000, 'it tries');
    await systemClock.sleep(1_500);
    expect(tried(started)).toEqual(['authentication_failed', 'authentication_failed']);
    now = login;
    started.collector.probe();
    await until(async () => tried(started).length === 3, 20_000, 'it tries again');
    expect(tried(started)[2]).toBe('collected');
    expect(started.collector.circuitOpen).toBe(false);
    await end([started]);
  });
  it('is tried at once when the spec has changed', async () => {
    const { state, started } = await open('edited', () => wrong);
    await end([started]);
    const edited = {
      ...targetEvery('1s', { port: server.port, uid: 'edited', name: 'edited', spec }),
      generation: 2,
    };
    const next = start(edited, { state });
    await until(async () => next.outcomes.length > 0, 20_000, 'it tries');
    expect(codeOf(next.outcomes[0] as CycleOutcome)).toBe('collected');
    await end([next]);
  });
});

it('a cycle does not begin where a later owner is known', async () => {
  const fenced = Promise.withResolvers<void>();
  const { outcomes } = start(
    targetEvery('1s', { port: server.port, uid: 'stale', name: 'stale' }),
    {
      stillMine: async () => false,
      onFenced: fenced.resolve,
    },
  );
  await fenced.promise;
  expect(outcomes).toEqual([]);
});

it('credentials that were read before are read again when the server refuses them, and tried again only where they differ', async () => {
  const target = makeTarget({ port: server.port, uid: 'rotated', name: 'rotated' });
  const reads: boolean[] = [];
  const cycle = async (known: object, fresh: object) => {
    const { explains, databaseTime } = cycleSettings(target.spec);
    const credentials = async (again: boolean) => {
      reads.push(again);
      return { ...login, ...(again ? fresh : known) };
    };
    const deps = cycleDepsFor(target, { credentials });
    return (
      await runCycle(
        freshState(systemClock.now(), explains, databaseTime),
        deps,
        new AbortController().signal,
      )
    ).batch.cycle.outcome;
  };
  expect(codeOf(await cycle({ password: 'old' }, {}))).toBe('collected');
  const odd = { password: 'old ', remark: 'the password begins or ends with white space' };
  expect(await cycle(odd, odd)).toMatchObject({
    error: 'authentication_failed',
    detail: expect.stringContaining('white space'),
  });
  expect(reads).toEqual([false, true, false, true]);
});
