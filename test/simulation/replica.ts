import { AppError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { silentMetrics } from '../../src/base/metrics.ts';
import { createSlots } from '../../src/base/slots.ts';
import { startCollector } from '../../src/collection/collector.ts';
import { createTurns } from '../../src/collection/turns.ts';
import { acquireTarget, isStillMine } from '../../src/controller/acquire.ts';
import { createController, type RunningTarget } from '../../src/controller/controller.ts';
import { startLeaseKeeper } from '../../src/coordination/lease-keeper.ts';
import type { LeaseStore } from '../../src/coordination/lease-store.ts';
import { createMemoryLeases } from '../../src/coordination/memory/memory-state.ts';
import type { StateBackend } from '../../src/coordination/state-backend.ts';
import { createWeights, meanLoad } from '../../src/coordination/weights.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { refused } from '../../src/model/refusal.ts';
import type { Target } from '../../src/resources/kinds/database-target/target.ts';
import type { ClusterTargetStore, TargetHandler } from '../../src/targets/target-store.ts';
import type { World } from './world.ts';

/**
 * One replica of the operator: the real controller, collectors, lease keeper and balance, on
 * simulated connections. Wired as commands/operator.ts is.
 */
export type Replica = ReturnType<typeof startReplica>;

export function startReplica(world: World, name: string) {
  const { time, random } = world;
  const process = time.process();
  const { clock } = process;
  const holder = `${name}-process`;
  const weights = createWeights();
  const seen = new Map<string, { holder: string; epoch: number }>();
  const collected = new Map<string, number>();
  const redis = () => !world.faults.redisDown && !world.cut.redis.has(name);
  const api = () => !world.faults.apiDown;
  let watchProgress = clock.monotonic();
  let lastSession = '';

  const table = createMemoryLeases(world.leases, () => time.now);
  const call = <T>(work: () => Promise<T>): Promise<T> =>
    world.rpc(process, redis, work).then((result) => result);
  const leases: LeaseStore = {
    open: (id, facts) => call(() => table.open(id, facts)),
    renew: (id, sequence, facts) => call(() => table.renew(id, sequence, facts)),
    poll: () => call(() => table.poll()),
    survey: () => call(() => table.survey()),
    claim: (id, sequence, shards) => call(() => table.claim(id, sequence, shards)),
    release: (id, sequence, shards) => call(() => table.release(id, sequence, shards)),
    end: (id, sequence) => call(() => table.end(id, sequence)),
    onHint: () => () => undefined, // a hint may always be lost
    close: async () => undefined,
  };
  const state: StateBackend = {
    guarantees: 'exclusive',
    durable: false,
    loadTarget: (uid) => world.rpc(process, redis, () => world.states.get(uid)),
    saveTarget: (uid, epoch, bytes) =>
      world.rpc(process, redis, () => {
        if ((world.states.get(uid)?.epoch ?? 0) > epoch) return false;
        world.states.set(uid, { epoch, state: bytes });
        return true;
      }),
    deleteTarget: async () => undefined,
    mark: async () => undefined,
    takeTurn: (turn, by, ttl_ms) =>
      world.rpc(process, redis, () => world.turns.take(turn, by, ttl_ms, time.now)),
    endTurn: (turn, by) => world.rpc(process, redis, () => world.turns.end(turn, by)),
    publish: async () => undefined,
    flags: async () => new Map(),
    watch: () => () => undefined,
    close: async () => undefined,
  };
  const handlers: TargetHandler[] = [];
  const patch = async (uid: string, ownership: { holder: string; epoch: number }) =>
    world.rpc(process, api, () =>
      world.writeStatus(uid, { holder: ownership.holder, epoch: ownership.epoch }),
    );
  const store = {
    get: (uid: string) => world.targets.find((target) => target.uid === uid),
    async raise(target: Target, ownership: { holder: string; epoch: number }) {
      // An ambiguous raise is sent again, as it is.
      const result = await patch(target.uid, ownership).catch(() => patch(target.uid, ownership));
      if (result === 'ok')
        seen.set(target.uid, { holder: ownership.holder, epoch: ownership.epoch });
      return result === 'ok' ? { kind: 'raised', status: {} } : { kind: 'fenced' };
    },
    readStatus: async () => undefined,
    readOwner: ({ uid }: Target) => world.rpc(process, api, () => world.statuses.get(uid)),
  } as unknown as ClusterTargetStore;

  const engine: Engine = {
    name: 'postgres',
    prerequisitesSql: () => '',
    statements: () => [],
    async open({ target, identity, signal }) {
      const silent_ms = clock.monotonic() - watchProgress;
      if (
        silent_ms > watchLimit_ms + startingTakes_ms &&
        clock.monotonic() - process.resumedAt > startingTakes_ms
      )
        world.violations.push(
          `S3: ${name} begins a cycle although its watch has told nothing for ${silent_ms} ms`,
        );
      await clock.sleep(world.between(1, 20));
      const session = world.databases.open(target.uid, identity.epoch, name);
      const later = async (most: number) => {
        await clock.sleep(world.between(1, most), signal).catch(() => {
          throw signal.reason;
        });
        if (session.killed) throw new AppError('connection_failed', 'terminated by a newer owner');
      };
      return {
        server: { version: '18', role: 'primary', id: target.uid },
        databaseMs: 0,
        async lock() {
          await later(20);
          for (let attempt = 1; !world.databases.lock(session); attempt += 1) {
            if (attempt === 3) return false;
            await clock.sleep(1_000 + 2_000 * random.next(), signal);
          }
          return true;
        },
        async health() {
          await later(20);
          world.databases.begin(session, (seen.get(target.uid)?.epoch ?? 0) > identity.epoch);
          return {
            role: 'primary',
            connectionsUsed: 0,
            activeSessions: 0,
            lockWaiters: 0,
            took_ms: 1,
          };
        },
        prerequisites: async () => [],
        rehearse: async () => [],
        texts: async () => new Map(),
        async snapshot() {
          await later(2_000);
          return { at: clock.now(), epoch: 'e', evictions: 0, statements: [] };
        },
        prepare: async () => [],
        explain: async () => ({ ...refused('internal'), sent: 1 }),
        close: async () => world.databases.close(session),
        [Symbol.asyncDispose]: async () => world.databases.close(session),
      };
    },
  };

  let keeper: ReturnType<typeof startLeaseKeeper> | undefined;
  const quota = createSlots(16);
  const turns = createTurns({ state, holder, clock, random });
  const controller = createController({
    get: store.get,
    mayRun: (uid) => keeper?.holds(weights.shard(uid)) === true,
    async startTarget(target, onFenced): Promise<RunningTarget> {
      let epoch = 0;
      const collector = startCollector({
        engine,
        target,
        holder,
        credentials: async () => ({ username: 'u' }),
        stops: () => [],
        clock,
        random,
        claimServer: async () => undefined,
        analyse: async () => [],
        recall: async () => new Map(),
        state,
        quota,
        logger: silentLogger,
        async acquire() {
          const me = { holder, pod: name, shard: weights.shard(target.uid) };
          epoch = (await acquireTarget(target, { store, seen: seen.get(target.uid), me })).ownership
            .epoch;
          return epoch;
        },
        turns,
        stillMine: (owned) =>
          isStillMine(target, owned, {
            store,
            seen: seen.get(target.uid),
            certain: keeper?.certain,
          }),
        permitted: () => keeper?.mayStart(weights.shard(target.uid)) === true,
        async onBatch({ batch }) {
          if (batch.cycle.outcome.kind === 'collected') collected.set(target.uid, time.now);
          weights.observe(target.uid, batch.cycle.durationMs, interval_ms);
          void patch(target.uid, { holder, epoch })
            .then((result) => {
              if (result === 'fenced') for (const handler of handlers) handler.refused(target.uid);
            })
            .catch(() => undefined);
        },
        onFenced,
      });
      return Object.assign(Object.create(collector), { target }) as RunningTarget;
    },
    onEnded: () => undefined,
    onDeleted: async () => undefined,
    onInvalid: async () => undefined,
    clock,
    random,
    logger: silentLogger,
    metrics: silentMetrics,
  });
  handlers.push(controller.handler);
  const canceling = new AbortController();
  const uidsOf = (shards: Iterable<number>) =>
    [...shards].flatMap((shard) => [...weights.members(shard)]);
  let heldBefore: ReadonlySet<number> = new Set();
  let sessions = 0;

  // The list, then the watch.
  for (const target of world.targets) {
    weights.add(target.uid);
    const owner = world.statuses.get(target.uid);
    if (owner) seen.set(target.uid, owner);
    controller.handler.upsert(world.ref(target), 'resync');
  }
  world.watchers.set(name, (uid) =>
    process.deliver(() => {
      watchProgress = clock.monotonic();
      const target = store.get(uid);
      const owner = world.statuses.get(uid);
      if (owner && owner.epoch >= (seen.get(uid)?.epoch ?? 0)) seen.set(uid, owner);
      if (target)
        controller.handler.upsert(
          {
            ...target,
            ...(seen.get(uid) ? { owner: seen.get(uid) as NonNullable<typeof owner> } : {}),
          },
          'edit',
        );
    }),
  );
  const bookmark = () => {
    if (!process.alive) return;
    if (!world.cut.watch.has(name) && !world.faults.apiDown)
      process.deliver(() => (watchProgress = clock.monotonic()));
    time.at(10_000, bookmark);
  };
  bookmark();
  keeper = startLeaseKeeper({
    leases,
    clock,
    random,
    logger: silentLogger,
    newSessionId: () => {
      sessions += 1;
      lastSession = `${name}-${sessions}`;
      return lastSession;
    },
    weight: weights.of,
    facts: () => ({ scope: 'all', name, ...meanLoad(weights), stops: {} }),
    onSurvey: (all) => weights.assume(all.flatMap(({ targetLoad }) => targetLoad ?? [])),
    watchAlive: () => clock.monotonic() - watchProgress < watchLimit_ms,
    mayMove: () => api(),
    onOutage: 'continue',
    onHeld(held) {
      const lost = [...heldBefore].filter(
        (shard) => !held.has(shard) && keeper?.held.has(shard) !== true,
      );
      const fresh = [...held].filter((shard) => !heldBefore.has(shard));
      heldBefore = new Set(held);
      void controller.drain(
        uidsOf(lost),
        AbortSignal.abort(new AppError('ownership_lost', 'its shard was lost')),
      );
      controller.look(uidsOf(fresh));
    },
    handOver: (shards) => controller.drain(uidsOf(shards), canceling.signal),
  });

  return {
    name,
    process,
    collected,
    get session() {
      return lastSession;
    },
    keeper,
    controller,
    crash() {
      process.kill();
      world.watchers.delete(name);
      time.at(world.between(0, 500), () => world.databases.drop(name));
    },
    stop: async () => {
      await keeper.stop(canceling.signal);
      await controller.stop(canceling.signal);
      process.kill();
      world.watchers.delete(name);
      world.databases.drop(name);
    },
  };
}

export const interval_ms = 10_000;
/** Shorter than the real one, so that a run of minutes gets there. */
export const watchLimit_ms = 25_000;
/** From the permission to the connection: a turn, the owner asked for once more. */
const startingTakes_ms = 5_000;
