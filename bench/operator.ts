import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../src/base/clock.ts';
import { silentLogger } from '../src/base/logger.ts';
import { silentMetrics } from '../src/base/metrics.ts';
import { systemRandom } from '../src/base/random.ts';
import { createKubeClient, type KubeClient } from '../src/kubernetes/kube-client.ts';
import { openKubernetesTargetStore } from '../src/targets/kubernetes/kubernetes-target-store.ts';
import {
  allReady,
  namespaceManifest,
  type Operator,
  secretManifest,
  startOperator,
  stopOperators,
  targetManifest,
} from '../test/support/cluster.ts';
import { type ControlPlane, installCrds, startControlPlane } from '../test/support/control-plane.ts';
import { freePort, startPostgres } from '../test/support/postgres-server.ts';
import { type RedisServer, startRedis } from '../test/support/redis.ts';
import { prepareServer } from '../test/support/target.ts';
import { quantileOf, root, type Section, sleep } from './harness.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

/** The operator with 10,000 targets against a real API server and Redis; the databases are answered by a stand-in that replays a real one. */
const fleet = 10_000;
const resident = 2_000;
const more = 1_500;
const createAtOnce = 24;
const path = '/apis/dbintel.io/v1alpha1/namespaces/load/databasetargets';
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

type Rows = Section['rows'];
interface Stage {
  plane: ControlPlane;
  redis: RedisServer;
  standIn: StandIn;
  client: KubeClient;
  program: string[];
}

export async function operatorBench(): Promise<Section> {
  const rows = await onStage(async (stage) => {
    await createTargets(stage, 0, fleet);
    return [...(await cacheFigures(stage)), ...(await watcherFigures(stage)), ...(await ownerFigures(stage))];
  });
  return {
    title: 'Operator',
    how: `real kube-apiserver, etcd and Redis, the bundled program, ${fleet.toLocaleString('en-US')} targets with an interval of 10 minutes whose databases are answered by a stand-in that replays a recorded PostgreSQL 18 (10 statements explained in a target's first cycle); everything on the same two cores`,
    rows,
  };
}

export async function fleetBench(): Promise<Section> {
  return {
    title: 'Four replicas against one',
    how: `the same stage; ${resident.toLocaleString('en-US')} targets that are collected already, then ${more.toLocaleString('en-US')} new ones come, once while one replica runs, once while four do; CPU beyond what they take at rest, over all replicas`,
    rows: await onStage(fourReplicas),
  };
}

async function onStage(measure: (stage: Stage) => Promise<Rows>): Promise<Rows> {
  execFileSync('node', ['--disable-warning=ExperimentalWarning', 'scripts/bundle.ts'], { cwd: root });
  const standIn = await recordStandIn();
  const [plane, redis] = await Promise.all([startControlPlane(), startRedis()]);
  await installCrds(plane);
  await plane.apply(namespaceManifest('load'));
  await plane.apply(secretManifest('load'));
  const client = createKubeClient({ kubeconfig: plane.kubeconfig, clock: systemClock, random: systemRandom, metrics: silentMetrics });
  const program = ['node', '--disable-warning=ExperimentalWarning', join(root, 'dist/main.js')];
  try {
    const rows = await measure({ plane, redis, standIn, client, program });
    return [
      ...rows,
      [
        'messages to the stand-in, and those without a recorded answer (their cycle fails)',
        `${standIn.answered.toLocaleString('en-US')}, ${standIn.unknown}`,
        '',
      ],
    ];
  } finally {
    await client.close();
    await Promise.all([plane.stop(), redis.stop(), standIn.close()]);
    rmSync(join(root, 'dist'), { recursive: true, force: true });
  }
}

async function recordStandIn(): Promise<StandIn> {
  const server = await startPostgres();
  try {
    await prepareServer(server);
    await server.sql(
      'CREATE TABLE t (a int, b int, c text); INSERT INTO t SELECT i, i, i::text FROM generate_series(1, 2000) i; ANALYZE t; GRANT SELECT ON t TO dbintel',
    );
    const session = await server.client();
    const standIn = await startStandIn(server, 'postgres', async () => {
      for (let i = 0; i < 6; i += 1)
        for (const column of ['a', 'b'])
          for (const operator of ['=', '<', '>', '<=', '>=', '<>']) await session.query(`SELECT c FROM t WHERE ${column} ${operator} 1`);
    });
    await session.end();
    return standIn;
  } finally {
    await server.stop();
  }
}

async function createTargets({ client, standIn }: Stage, from: number, count: number): Promise<void> {
  let next = from;
  const worker = async () => {
    for (let i = next++; i < from + count; i = next++) {
      const manifest = targetManifest({
        name: `db-${String(i).padStart(5, '0')}`,
        namespace: 'load',
        port: standIn.port,
        database: `db${i}`,
        spec: {
          databases: { include: ['postgres'] },
          collection: { interval: '10m' },
          safety: { explains: { perSecond: 10, burst: 100 }, databaseTimeBudget: '100%' },
        },
      });
      await client.call({ method: 'POST', path, body: JSON.parse(manifest) });
    }
  };
  await Promise.all(Array.from({ length: createAtOnce }, worker));
}

/** What the copy of all targets takes on the heap, in this process, where the collector can be asked. */
async function cacheFigures({ plane }: Stage): Promise<Rows> {
  const collect = (globalThis as { gc?: () => void }).gc;
  const used = () => {
    collect?.();
    return process.memoryUsage().heapUsed;
  };
  const own = createKubeClient({ kubeconfig: plane.kubeconfig, clock: systemClock, random: systemRandom, metrics: silentMetrics });
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
  while (store.problem) await sleep(10);
  const listed = performance.now() - began;
  await sleep(500);
  const cost = used() - before;
  await store.close();
  return [
    ['list of 10,000 targets, in pages', `${(listed / 1_000).toFixed(1)} s`, ''],
    ['heap of the copy of 10,000 targets', `${(cost / 2 ** 20).toFixed(1)} MiB`, '≤ 25 MB'],
  ];
}

const seconds = 1_000;
async function deltas(operators: readonly Operator[], names: readonly string[], ms: number): Promise<Record<string, number>> {
  const read = async () => {
    const texts = await Promise.all(operators.map((each) => each.metrics()));
    return Object.fromEntries(names.map((name) => [name, texts.reduce((sum, text) => sum + total(text, name), 0)]));
  };
  const before = await read();
  await sleep(ms);
  const after = await read();
  return Object.fromEntries(names.map((name) => [name, (after[name] as number) - (before[name] as number)]));
}

/** The sum over all series whose name and labels begin so. */
function total(text: string, prefix: string): number {
  let sum = 0;
  for (const line of text.split('\n'))
    if ((line.startsWith(prefix) && /[ {]/.test(line[prefix.length] ?? ' ')) || (prefix.includes('{') && line.startsWith(prefix)))
      sum += Number(line.slice(line.lastIndexOf(' ') + 1));
  return sum;
}

/** A replica that watches everything and owns nothing: its Redis does not answer. */
async function watcherFigures(stage: Stage): Promise<Rows> {
  const nowhere = await freePort();
  const watcher = await startOperator({ name: 'watcher', kubeconfig: stage.plane.kubeconfig, redis: nowhere, program: stage.program });
  const began = performance.now();
  // A scrape begins a new histogram of delays: few scrapes, and the worst counts.
  let lagList = 0;
  for (let known = false; !known; ) {
    await sleep(500);
    const text = await watcher.metrics().catch(() => '');
    lagList = Math.max(lagList, total(text, 'nodejs_eventloop_lag_p99_seconds'));
    known = total(text, 'dbintel_known_targets') === fleet;
  }
  const listed = performance.now() - began;
  await sleep(20 * seconds);
  await watcher.metrics();
  // Everything is listed anew while the replica lives.
  await stage.plane.haltApiServer();
  await stage.plane.startApiServer();
  await sleep(15 * seconds);
  const lagResync = await watcher.metric('nodejs_eventloop_lag_p99_seconds');
  const [rss, heap] = [await watcher.metric('process_resident_memory_bytes'), await watcher.metric('nodejs_heap_size_used_bytes')];
  await stopOperators([watcher]);
  return [
    ['process start to all 10,000 known', `${(listed / 1_000).toFixed(1)} s`, ''],
    ['event loop delay p99 while listing (its clock ticks every 10 ms)', `${(lagList * 1_000).toFixed(0)} ms`, '≤ 20 ms beyond the tick'],
    ['the same over an API server restart and resync', `${(lagResync * 1_000).toFixed(0)} ms`, '≤ 20 ms beyond the tick'],
    ['resident memory of a replica that watches 10,000 and owns none', mib(rss), '≤ 220 MB'],
    ['its heap in use', mib(heap), ''],
  ];
}

async function ownerFigures(stage: Stage): Promise<Rows> {
  const start = (name: string) =>
    startOperator({
      name,
      kubeconfig: stage.plane.kubeconfig,
      redis: stage.redis.port,
      program: stage.program,
      env: { DBINTEL_MAX_CYCLES: '64', DBINTEL_LOG_LEVEL: 'warn' },
    });
  const first = await start('replica-1');
  await allReady([first]);
  const began = performance.now();
  await sleep(15 * seconds);
  const names = ['dbintel_cycles_total', 'dbintel_explain_seconds_count', 'process_cpu_seconds_total'];
  const busy = await deltas([first], names, 45 * seconds);
  const rate = (name: string, ms = 45 * seconds) => ((busy[name] as number) * 1_000) / ms;
  const cpuPerPlan = (busy['process_cpu_seconds_total'] as number) / (busy['dbintel_explain_seconds_count'] as number);
  while (total(await first.metrics(), 'dbintel_cycles_total') < fleet) await sleep(10 * seconds); // a scrape of ten thousand targets costs
  const allDone = performance.now() - began;
  const edits = await editLatency(stage, first);
  // Until the transitions of the beginning are written.
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
  const idle = await deltas([first], idleNames, window);
  const perSecond = (name: string) => ((idle[name] as number) * 1_000) / window;
  const rss = await first.metric('process_resident_memory_bytes');
  await stopOperators([first]);
  return [
    ['one replica, first cycles of 10,000 new targets: cycles a second', rate('dbintel_cycles_total').toFixed(0), ''],
    ['plans a second', rate('dbintel_explain_seconds_count').toFixed(0), 'towards 1,157 (100 million a day)'],
    ['CPU of the replica a plan (new texts: parsing included)', `${(cpuPerPlan * 1_000).toFixed(2)} ms`, ''],
    ['CPU of the replica meanwhile', `${(100 * rate('process_cpu_seconds_total')).toFixed(0)} % of a core`, ''],
    ['ready to all 10,000 collected once, 100,000 plans', `${(allDone / 1_000).toFixed(0)} s`, ''],
    ['a spec change until its status says so, p50 / p99, after a restart of the API server, with 10,000 targets', edits, 'p99 ≤ 5 s'],
    ['idle (a cycle each 10 min): heartbeats a second', perSecond('dbintel_status_writes_total{kind="heartbeat"}').toFixed(1), '≤ 17'],
    ['idle: other status writes a second', perSecond('dbintel_status_writes_total{kind="transition"}').toFixed(2), '0'],
    [
      'Redis: coordination commands a second and replica',
      (perSecond('dbintel_redis_operations_total{purpose="lease"}') + perSecond('dbintel_redis_operations_total{purpose="flags"}')).toFixed(
        1,
      ),
      '< 10',
    ],
    [
      'Redis: saves and marks of target state a second, for its cycles a second',
      `${(perSecond('dbintel_redis_operations_total{purpose="save"}') + perSecond('dbintel_redis_operations_total{purpose="mark"}')).toFixed(1)} for ${perSecond('dbintel_cycles_total').toFixed(1)}`,
      '',
    ],
    ['idle: CPU of the replica', `${(100 * perSecond('process_cpu_seconds_total')).toFixed(0)} % of a core`, ''],
    ['resident memory of a replica that owns all 10,000', mib(rss), ''],
  ];
}

/** Seconds from a changed spec to a status that speaks of it, just after the owner has listed all targets anew and looks at each of them. */
async function editLatency({ client, plane }: Stage, replica: Operator): Promise<string> {
  await plane.haltApiServer();
  await plane.startApiServer();
  // Until it follows again: an outage is not what is measured.
  while ((await replica.metric('dbintel_watch_age_seconds')) > 2) await sleep(200);
  const times = await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      await sleep(i * 100);
      const at = `${path}/db-${String(Math.floor((i * fleet) / 100)).padStart(5, '0')}`;
      const began = performance.now();
      const edited = await client.call<{ metadata: { generation: number } }>({
        method: 'PATCH',
        path: at,
        contentType: 'application/merge-patch+json',
        body: { spec: { suspend: true } },
      });
      for (;;) {
        const { status } = await client.call<{ status?: { observedGeneration?: number } }>({ method: 'GET', path: at });
        if ((status?.observedGeneration ?? 0) >= edited.metadata.generation) return performance.now() - began;
        await sleep(100);
      }
    }),
  );
  return `${(quantileOf(times, 0.5) / 1_000).toFixed(2)} s / ${(quantileOf(times, 0.99) / 1_000).toFixed(2)} s`;
}

/** New targets come, once to one replica, once to four: what a plan costs then, over all of them. */
async function fourReplicas(stage: Stage): Promise<Rows> {
  const start = (name: string) =>
    startOperator({
      name,
      kubeconfig: stage.plane.kubeconfig,
      redis: stage.redis.port,
      program: stage.program,
      env: { DBINTEL_MAX_CYCLES: '64', DBINTEL_LOG_LEVEL: 'warn' },
    });
  const sum = async (operators: readonly Operator[], name: string) =>
    (await Promise.all(operators.map((each) => each.metrics()))).reduce((all, text) => all + total(text, name), 0);
  const collected = async (operators: readonly Operator[], count: number) => {
    while ((await sum(operators, 'dbintel_ownership_raises_total')) < count) await sleep(3 * seconds);
    await sleep(10 * seconds);
  };
  const measure = async (operators: readonly Operator[], from: number): Promise<number> => {
    const [plans, cpu] = ['dbintel_explain_seconds_count', 'process_cpu_seconds_total'] as const;
    const resting = await deltas(operators, [cpu], 20 * seconds);
    const [plansBefore, cpuBefore, raised, at] = [
      await sum(operators, plans),
      await sum(operators, cpu),
      await sum(operators, 'dbintel_ownership_raises_total'),
      performance.now(),
    ];
    await createTargets(stage, from, more);
    await collected(operators, raised + more);
    const rest = ((resting[cpu] as number) / 20) * ((performance.now() - at) / 1_000);
    return ((await sum(operators, cpu)) - cpuBefore - rest) / ((await sum(operators, plans)) - plansBefore);
  };
  const first = await start('replica-1');
  await allReady([first]);
  await createTargets(stage, 0, resident);
  await collected([first], resident);
  const alone = await measure([first], resident);
  const all = [first, ...(await Promise.all(['replica-2', 'replica-3', 'replica-4'].map(start)))];
  await allReady(all);
  const joined = performance.now();
  const shares = () => Promise.all(all.map((each) => each.metric('dbintel_targets')));
  while (Math.min(...(await shares())) < ((resident + more) / all.length) * 0.8 && performance.now() - joined < 300 * seconds)
    await sleep(2 * seconds);
  const even = performance.now() - joined;
  const held = await shares();
  const together = await measure(all, resident + more);
  const memory = await Promise.all(all.map((each) => each.metric('process_resident_memory_bytes')));
  await stopOperators(all);
  return [
    [
      'CPU a plan over all replicas, 4 against 1',
      `${(together * 1_000).toFixed(2)} / ${(alone * 1_000).toFixed(2)} ms = ${(together / alone).toFixed(2)}`,
      '≤ 1.15',
    ],
    ['three replicas join one: until the least has 80 % of its share', `${(even / 1_000).toFixed(0)} s`, '5 % of the shards in 10 s'],
    ['targets of each of the four then', held.join(' / '), ''],
    ['resident memory of each of the four', memory.map(mib).join(' / '), ''],
  ];
}
