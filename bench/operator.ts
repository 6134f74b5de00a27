import { silentLogger } from '../src/base/logger.ts';
import { silentMetrics } from '../src/base/metrics.ts';
import { systemClock } from '../src/base/node/clock.ts';
import { systemRandom } from '../src/base/random.ts';
import { createKubeClient } from '../src/kubernetes/kube-client.ts';
import { openKubernetesTargetStore } from '../src/targets/kubernetes/kubernetes-target-store.ts';
import { allReady, type Operator, startOperator, stopOperators } from '../test/support/cluster.ts';
import { freePort } from '../test/support/postgres-server.ts';
import { quantileOf, type Section, sleep } from './harness.ts';
import { thisProgram } from './revision.ts';
import {
  createTargets,
  deltas,
  nameOf,
  onStage,
  type Rows,
  type Stage,
  seconds,
  standInRow,
  startReplica,
  targetsPath,
  total,
} from './stage.ts';

/**
 * The operator with 10,000 targets against a real API server and Redis; the databases are answered
 * by a stand-in that replays a real one.
 */
export const fleet = 10_000;
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

export async function operatorBench(): Promise<Section> {
  const rows = await onStage(thisProgram(), async (stage) => {
    await createTargets(stage, 0, fleet, '5m');
    return [
      ...(await cacheFigures(stage)),
      ...(await watcherFigures(stage)),
      ...(await ownerFigures(stage)),
      standInRow(stage),
    ];
  });
  return {
    title: 'Operator',
    how:
      'real kube-apiserver, etcd and Redis, the bundled program, ' +
      `${fleet.toLocaleString('en-US')} targets with an interval of 5 minutes whose databases ` +
      'are answered by a stand-in that replays a recorded PostgreSQL 18 (10 statements ' +
      "explained in a target's first cycle); everything on the same two cores",
    rows,
  };
}

/**
 * What the copy of all targets takes on the heap, in this process, where the collector can be
 * asked.
 */
async function cacheFigures({ plane }: Stage): Promise<Rows> {
  const collect = (globalThis as { gc?: () => void }).gc;
  const used = () => {
    collect?.();
    return process.memoryUsage().heapUsed;
  };
  const own = createKubeClient({
    kubeconfig: plane.kubeconfig,
    clock: systemClock,
    random: systemRandom,
    metrics: silentMetrics,
  });
  const before = used();
  const began = performance.now();
  const store = openKubernetesTargetStore({
    client: own,
    namespaces: [],
    instance: 'bench',
    clock: systemClock,
    random: systemRandom,
    metrics: silentMetrics,
    logger: silentLogger,
  });
  while (store.health.problem) await sleep(10);
  const listed = performance.now() - began;
  await sleep(500);
  const cost = used() - before;
  await store.close();
  return [
    ['list of 10,000 targets, in pages', `${(listed / 1_000).toFixed(1)} s`, ''],
    ['heap of the copy of 10,000 targets', `${(cost / 2 ** 20).toFixed(1)} MiB`, '≤ 25 MB'],
  ];
}

/** A replica that watches everything and owns nothing: its Redis does not answer. */
export async function startWatcher(
  { plane }: Stage,
  program: readonly string[],
): Promise<{ watcher: Operator; listed_ms: number; lagOfList_ms: number }> {
  const watcher = await startOperator({
    name: 'watcher',
    kubeconfig: plane.kubeconfig,
    redis: await freePort(),
    program: [...program],
  });
  const began = performance.now();
  // A scrape begins a new histogram of delays: few scrapes, and the worst counts.
  let lagOfList_ms = 0;
  for (let known = false; !known; ) {
    await sleep(500);
    const text = await watcher.metrics().catch(() => '');
    lagOfList_ms = Math.max(lagOfList_ms, total(text, 'nodejs_eventloop_lag_p99_seconds') * 1_000);
    known = total(text, 'dbintel_known_targets') === fleet;
  }
  return { watcher, listed_ms: performance.now() - began, lagOfList_ms };
}

async function watcherFigures(stage: Stage): Promise<Rows> {
  const { watcher, listed_ms, lagOfList_ms } = await startWatcher(stage, stage.program);
  await sleep(20 * seconds);
  await watcher.metrics();
  // Everything is listed anew while the replica lives.
  await stage.plane.haltApiServer();
  await stage.plane.startApiServer();
  await sleep(15 * seconds);
  const lagResync = await watcher.metric('nodejs_eventloop_lag_p99_seconds');
  const [rss, heap] = [
    await watcher.metric('process_resident_memory_bytes'),
    await watcher.metric('nodejs_heap_size_used_bytes'),
  ];
  await stopOperators([watcher]);
  return [
    ['process start to all 10,000 known', `${(listed_ms / 1_000).toFixed(1)} s`, ''],
    [
      'event loop delay p99 while listing (its clock ticks every 50 ms)',
      `${lagOfList_ms.toFixed(0)} ms`,
      '≤ 20 ms beyond the tick',
    ],
    [
      'the same over an API server restart and resync',
      `${(lagResync * 1_000).toFixed(0)} ms`,
      '≤ 20 ms beyond the tick',
    ],
    ['resident memory of a replica that watches 10,000 and owns none', mib(rss), '≤ 220 MB'],
    ['its heap in use', mib(heap), ''],
  ];
}

async function ownerFigures(stage: Stage): Promise<Rows> {
  const first = await startReplica(stage, 'replica-1');
  await allReady([first]);
  const began = performance.now();
  await sleep(15 * seconds);
  const names = [
    'dbintel_cycles_total',
    'dbintel_explain_seconds_count',
    'process_cpu_seconds_total',
  ];
  const busy = await deltas([first], names, () => sleep(45 * seconds));
  const rate = (name: string, ms = 45 * seconds) => ((busy[name] as number) * 1_000) / ms;
  const cpuPerPlan =
    (busy['process_cpu_seconds_total'] as number) /
    (busy['dbintel_explain_seconds_count'] as number);
  // a scrape of ten thousand targets costs
  while (total(await first.metrics(), 'dbintel_cycles_total') < fleet) await sleep(10 * seconds);
  const allDone = performance.now() - began;
  const edits = await editLatency(stage, first);
  // Until the transitions of the first two rounds are written: owner and first cycle, then the
  // first coverage.
  await sleep(Math.max(0, 11 * 60 * seconds - (performance.now() - began)));
  const window = 90 * seconds;
  const idleNames = [
    'dbintel_status_writes_total{kind="heartbeat"}',
    'dbintel_status_writes_total{kind="transition"}',
    'dbintel_redis_operations_total{purpose="lease"}',
    'dbintel_redis_operations_total{purpose="flags"}',
    'dbintel_redis_operations_total{purpose="save"}',
    'dbintel_redis_operations_total{purpose="mark"}',
    'dbintel_cycles_total',
    'process_cpu_seconds_total',
  ];
  const idle = await deltas([first], idleNames, () => sleep(window));
  const perSecond = (name: string) => ((idle[name] as number) * 1_000) / window;
  const rss = await first.metric('process_resident_memory_bytes');
  await stopOperators([first]);
  return [
    [
      'one replica, first cycles of 10,000 new targets: cycles a second',
      rate('dbintel_cycles_total').toFixed(0),
      '',
    ],
    [
      'plans a second',
      rate('dbintel_explain_seconds_count').toFixed(0),
      'towards 1,157 (100 million a day)',
    ],
    [
      'CPU of the replica a plan (new texts: parsing included)',
      `${(cpuPerPlan * 1_000).toFixed(2)} ms`,
      '',
    ],
    [
      'CPU of the replica meanwhile',
      `${(100 * rate('process_cpu_seconds_total')).toFixed(0)} % of a core`,
      '',
    ],
    ['ready to all 10,000 collected once, 100,000 plans', `${(allDone / 1_000).toFixed(0)} s`, ''],
    [
      'a spec change until its status says so, p50 / p99, ' +
        'after a restart of the API server, with 10,000 targets',
      edits,
      'p99 ≤ 5 s',
    ],
    [
      'idle (a cycle each 5 min): heartbeats a second',
      perSecond('dbintel_status_writes_total{kind="heartbeat"}').toFixed(1),
      '≤ 17',
    ],
    [
      'idle: other status writes a second',
      perSecond('dbintel_status_writes_total{kind="transition"}').toFixed(2),
      '0',
    ],
    [
      'Redis: coordination commands a second and replica',
      (
        perSecond('dbintel_redis_operations_total{purpose="lease"}') +
        perSecond('dbintel_redis_operations_total{purpose="flags"}')
      ).toFixed(1),
      '< 10',
    ],
    [
      'Redis: saves and marks of target state a second, for its cycles a second',
      `${(
        perSecond('dbintel_redis_operations_total{purpose="save"}') +
          perSecond('dbintel_redis_operations_total{purpose="mark"}')
      ).toFixed(1)} ` + `for ${perSecond('dbintel_cycles_total').toFixed(1)}`,
      '',
    ],
    [
      'idle: CPU of the replica',
      `${(100 * perSecond('process_cpu_seconds_total')).toFixed(0)} % of a core`,
      '',
    ],
    ['resident memory of a replica that owns all 10,000', mib(rss), ''],
  ];
}

/**
 * Seconds from a changed spec to a status that speaks of it, just after the owner has listed all
 * targets anew and looks at each of them.
 */
async function editLatency({ client, plane }: Stage, replica: Operator): Promise<string> {
  await plane.haltApiServer();
  await plane.startApiServer();
  // Until it follows again: an outage is not what is measured.
  while ((await replica.metric('dbintel_watch_age_seconds')) > 2) await sleep(200);
  const times = await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      await sleep(i * 100);
      const at = `${targetsPath}/${nameOf(Math.floor((i * fleet) / 100))}`;
      const began = performance.now();
      const edited = await client.call<{ metadata: { generation: number } }>({
        method: 'PATCH',
        path: at,
        contentType: 'application/merge-patch+json',
        body: { spec: { suspend: true } },
      });
      for (;;) {
        const { status } = await client.call<{ status?: { observedGeneration?: number } }>({
          method: 'GET',
          path: at,
        });
        if ((status?.observedGeneration ?? 0) >= edited.metadata.generation)
          return performance.now() - began;
        await sleep(100);
      }
    }),
  );
  return (
    `${(quantileOf(times, 0.5) / 1_000).toFixed(2)} s / ` +
    `${(quantileOf(times, 0.99) / 1_000).toFixed(2)} s`
  );
}
