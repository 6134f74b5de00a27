import { allReady, type Operator, stopOperators } from '../test/support/cluster.ts';
import { type Section, sleep } from './harness.ts';
import { thisProgram } from './revision.ts';
import {
  createTargets,
  deleteTargets,
  deltas,
  onStage,
  type Rows,
  type Stage,
  seconds,
  standInRow,
  startReplica,
  total,
} from './stage.ts';

/**
 * How much one replica can do, and whether four do it as cheaply. Every target has more statements
 * than it can explain while it is watched. As many plans a second are due as targets: few enough
 * for one replica to keep up, and more than a hundred million a day.
 */
const few = 400;
/** More than one replica can do. */
export const tooMany = 1_600;
export const interval = '10s';
const watched = 60 * seconds;
const counters = [
  'dbintel_cycles_total',
  'dbintel_explain_seconds_count',
  'process_cpu_seconds_total',
  'dbintel_status_writes_total',
] as const;

export async function fleetBench(): Promise<Section> {
  return {
    title: 'Throughput, and four replicas against one',
    how:
      `the same stage; targets with an interval of ${interval} and 252 statements, ` +
      `10 a cycle, none explained before: ${few} of them for the comparison, ` +
      'once with one replica, once with other targets and four; ' +
      `${tooMany.toLocaleString('en-US')} for what one replica can do; ` +
      `${watched / seconds} s each, after all have an owner; ` +
      'CPU is all that the replicas take, the copy of the fleet and the metrics included',
    rows: await onStage(thisProgram(), async (stage) => [
      ...(await measure(stage)),
      standInRow(stage),
    ]),
  };
}

async function measure(stage: Stage): Promise<Rows> {
  const first = await startReplica(stage, 'replica-1');
  await allReady([first]);
  const alone = await work(stage, [first], 0, few);
  const full = await work(stage, [first], few, tooMany - few);
  await sleep(15 * seconds); // the scrape before began a new histogram of delays
  const lag = await first.metric('nodejs_eventloop_lag_p99_seconds');
  const all = [
    first,
    ...(await Promise.all(
      ['replica-2', 'replica-3', 'replica-4'].map((name) => startReplica(stage, name)),
    )),
  ];
  await allReady(all);
  const joined = performance.now();
  const shares = () => Promise.all(all.map((each) => each.metric('dbintel_targets')));
  while (
    Math.min(...(await shares())) < (tooMany / all.length) * 0.8 &&
    performance.now() - joined < 300 * seconds
  )
    await sleep(2 * seconds);
  const even = performance.now() - joined;
  const held = await shares();
  await deleteTargets(stage, 0, tooMany);
  while ((await shares()).some((count) => count > 0)) await sleep(seconds);
  const together = await work(stage, all, tooMany, few);
  const memory = await Promise.all(all.map((each) => each.metric('process_resident_memory_bytes')));
  await stopOperators(all);
  const ratio = (what: 'begun' | 'steady') =>
    `${together[what].cpuMs.toFixed(2)} / ${alone[what].cpuMs.toFixed(2)} ms = ` +
    `${(together[what].cpuMs / alone[what].cpuMs).toFixed(2)}`;
  return [
    ['one replica with more than it can do: cycles a second', full.steady.cycles.toFixed(0), ''],
    ['plans a second', full.steady.plans.toFixed(0), 'towards 1,157 (100 million a day)'],
    [
      'its CPU',
      `${(full.steady.cpu * 100).toFixed(0)} % of a core, ` +
        `${full.steady.cpuMs.toFixed(2)} ms a plan`,
      '',
    ],
    [
      'its event loop’s delay, p99 (its clock ticks every 50 ms)',
      `${(lag * 1_000).toFixed(0)} ms`,
      '',
    ],
    ['its status writes a second', full.steady.writes.toFixed(1), ''],
    [
      'plans a second with a third of that, one replica and four',
      `${alone.steady.plans.toFixed(0)}, ${together.steady.plans.toFixed(0)}`,
      '',
    ],
    ['CPU a plan over all replicas, 4 against 1', ratio('steady'), '≤ 1.15'],
    [
      'the same while the targets are new (owner, state and status written for each)',
      ratio('begun'),
      '',
    ],
    [
      'three replicas join one: until the least has 80 % of its share',
      `${(even / seconds).toFixed(0)} s`,
      '5 % of the shards in 10 s: 160 s',
    ],
    ['targets of each of the four then', held.join(' / '), ''],
    [
      'resident memory of each of the four',
      memory.map((bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`).join(' / '),
      '',
    ],
  ];
}

interface Rate {
  cycles: number;
  plans: number;
  writes: number;
  /** Cores. */
  cpu: number;
  /** A plan, milliseconds. */
  cpuMs: number;
}

async function work(
  stage: Stage,
  replicas: readonly Operator[],
  from: number,
  count: number,
): Promise<{ begun: Rate; steady: Rate }> {
  const raised = async () =>
    (await Promise.all(replicas.map((each) => each.metrics()))).reduce(
      (sum, text) => sum + total(text, 'dbintel_ownership_raises_total'),
      0,
    );
  const before = await raised();
  const began = performance.now();
  const begun = await deltas(replicas, counters, async () => {
    await createTargets(stage, from, count, interval);
    while ((await raised()) < before + count) await sleep(2 * seconds);
  });
  const took = performance.now() - began;
  await sleep(15 * seconds);
  return {
    begun: rate(begun, took),
    steady: rate(await deltas(replicas, counters, () => sleep(watched)), watched),
  };
}

function rate(count: Record<(typeof counters)[number], number>, ms: number): Rate {
  const perSecond = (name: (typeof counters)[number]) => (count[name] * seconds) / ms;
  return {
    cycles: perSecond('dbintel_cycles_total'),
    plans: perSecond('dbintel_explain_seconds_count'),
    writes: perSecond('dbintel_status_writes_total'),
    cpu: perSecond('process_cpu_seconds_total'),
    cpuMs: (count.process_cpu_seconds_total * seconds) / count.dbintel_explain_seconds_count,
  };
}
