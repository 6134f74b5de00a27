import { buildReplica } from '../../src/app/build-replica.ts';
import type { Ports } from '../../src/app/ports.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { silentMetrics } from '../../src/base/metrics.ts';
import { readConfig } from '../../src/config.ts';
import { createEngines } from '../../src/engines/index.ts';
import type { Exporter } from '../../src/exporters/exporter.ts';
import { openKubernetesTargetStore } from '../../src/targets/kubernetes/kubernetes-target-store.ts';
import { createSimClient } from './api-client.ts';
import { createSimEngine } from './engine.ts';
import { createSimState } from './shared-state.ts';
import type { World } from './world.ts';

/**
 * One replica of the operator, built as the command builds it; clock, network, API server, Redis
 * and databases are simulated.
 */
export type SimReplica = ReturnType<typeof startReplica>;

export const interval_ms = 10_000;
/** Shorter than the real one, so that a run of minutes gets there. */
const watchLimit_ms = 25_000;
/** From the permission to the connection: a turn, the owner asked for once more. */
const startingTakes_ms = 5_000;

const config = readConfig(
  { DBINTEL_STATE: 'redis', DBINTEL_REDIS_ENDPOINTS: 'simulated:6379' },
  {},
);

const noHistory: Ports['history'] = {
  record: async () => true,
  recordAdvice: async () => undefined,
  moveProposal: async () => false,
  noteIndexes: async () => undefined,
  retain: async () => ({ removed: 0, bySize: 0 }),
  keepStop: async () => undefined,
  recall: async () => [],
  verdicts: async () => [],
  verdictCounts: async () => [],
  proposals: async () => [],
  judge: async () => undefined,
  previousPlan: async () => undefined,
  epoch: async () => undefined,
  counts: async () => ({ plans: 0, openFindings: 0, critical: 0, warning: 0 }),
  close: async () => undefined,
};

export function startReplica(world: World, name: string) {
  const { time, random } = world;
  const process = time.process();
  const { clock } = process;
  const api = createSimClient(world, process, name);
  const seen = { session: '', collected: new Map<string, number>() };
  /** S3 */
  const onOpen = () => {
    const longAwake = clock.monotonic() - process.resumedAt > startingTakes_ms;
    if (api.silent_ms() > watchLimit_ms + startingTakes_ms && longAwake)
      world.violations.push(
        `S3: ${name} begins a cycle although its watch has told nothing for ${api.silent_ms()} ms`,
      );
  };
  const engine = createSimEngine({ world, clock, name, toldEpoch: api.toldEpoch, onOpen });
  const ports: Ports = {
    clock,
    random,
    newId: (bytes) =>
      Array.from({ length: 2 * bytes }, () => Math.floor(16 * random.next()).toString(16)).join(''),
    name,
    logger: silentLogger,
    metrics: silentMetrics,
    engines: { ...createEngines(), postgres: engine },
    history: noHistory,
    exporters: [witness((uid) => seen.collected.set(uid, time.now))],
  };
  const store = openKubernetesTargetStore({
    ...ports,
    client: api.client,
    namespaces: [],
    instance: name,
  });
  const state = createSimState(world, process, name, (id) => {
    seen.session = id;
  });
  const replica = buildReplica({ ...ports, store, state }, config, { watch_ms: watchLimit_ms });
  void replica.start();
  return {
    name,
    process,
    replica,
    /** When each target was last collected here. */
    collected: seen.collected,
    get session() {
      return seen.session;
    },
    crash() {
      process.kill();
      time.at(world.between(0, 500), () => world.databases.drop(name));
    },
    async stop() {
      await replica.stop();
      process.kill();
      world.databases.drop(name);
    },
  };
}

const witness = (onCollected: (uid: string) => void): Exporter => ({
  name: 'witness',
  async export({ target, cycle }) {
    if (cycle.outcome.kind === 'collected') onCollected(target.uid);
  },
  flush: async () => undefined,
  close: async () => undefined,
});
