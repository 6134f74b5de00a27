import { connect } from 'node:net';
import { allReady, type Operator, stopOperators } from '../test/support/cluster.ts';
import { alternate, type Figure, type Pair, type Values } from './figures.ts';
import { interval as shortInterval, tooMany } from './fleet.ts';
import { sleep } from './harness.ts';
import { fleet, startWatcher } from './operator.ts';
import { cpu, rss } from './processes.ts';
import type { Revision } from './revision.ts';
import {
  createTargets,
  deleteTargets,
  onStage,
  type Stage,
  seconds,
  startReplica,
  total,
} from './stage.ts';

/**
 * A replica with more than it can do; one that watches 10,000 targets; one that owns them. One
 * stage for all: each replica finds the same targets, and a Redis that knows nothing.
 */
const lag = 'event loop delay p99 beyond the tick';
/** Of our own clock, which the delay is measured by. */
const tick_ms = 50;
/** Two intervals, over the first of which the first cycles are spread. */
const ownDeadline_ms = 600_000;
const overload = { plans: 'plans a second', cpu: 'CPU a plan', lag };
const named = (prefix: string, name: string) => `${prefix}: ${name}`;
const overloaded = (name: string) => named('overload', name);
const watched = (name: string) => named('10,000 watched', name);
const owned = (name: string) => named('10,000 owned', name);

export const fleetFigures: readonly Figure[] = [
  { name: overloaded(overload.plans), unit: '', goal: '≥ 0.9' },
  { name: overloaded(overload.cpu), unit: 'ms', goal: '' },
  { name: overloaded(lag), unit: 'ms', goal: '≤ 20 ms (after)' },
  { name: watched('start to all known'), unit: 's', goal: '' },
  { name: watched('resident memory'), unit: 'MiB', goal: '≤ 120 MiB (after)' },
  { name: watched(lag), unit: 'ms', goal: '' },
  { name: owned('ready to all collected once'), unit: 's', goal: '' },
  { name: owned('CPU a plan'), unit: 'ms', goal: '' },
  { name: owned('resident memory'), unit: 'MiB', goal: '≤ 1,024 MiB (after)' },
  { name: owned('resident memory, at most'), unit: 'MiB', goal: '' },
  { name: owned('CPU between cycles'), unit: '% of a core', goal: '' },
];

export const pairFleet = (before: Revision, after: Revision): Promise<Pair> =>
  onStage(after.program, async (stage) => {
    const both = [before, after];
    await createTargets(stage, 0, tooMany, shortInterval);
    const busy = await alternate(2, both, ({ program }) => measureOverload(stage, program));
    await deleteTargets(stage, 0, tooMany);
    await createTargets(stage, 0, fleet, '5m');
    const idle = await alternate(2, both, ({ program }) => measureWatching(stage, program));
    const owner = await alternate(1, both, ({ program }) => measureOwning(stage, program));
    const joined = (i: number) =>
      (busy[i] ?? []).map((values, round) => ({
        ...values,
        ...idle[i]?.[round],
        // Minutes each: once.
        ...owner[i]?.[0],
      }));
    return { before: joined(0), after: joined(1) };
  });

async function measureOverload(stage: Stage, program: readonly string[]): Promise<Values> {
  const replica = await startFresh(stage, program);
  while ((await replica.metric('dbintel_ownership_raises_total')) < tooMany) await sleep(seconds);
  await sleep(15 * seconds);
  const [before, from, began] = [await replica.metrics(), cpu(replica), performance.now()];
  await sleep(40 * seconds);
  const [spent, took] = [cpu(replica) - from, performance.now() - began];
  // What was scraped before began the histogram of delays that is scraped now.
  const after = await replica.metrics();
  await stopOperators([replica]);
  const plans =
    total(after, 'dbintel_explain_seconds_count') - total(before, 'dbintel_explain_seconds_count');
  return {
    [overloaded(overload.plans)]: (plans * seconds) / took,
    [overloaded(overload.cpu)]: spent / plans,
    [overloaded(lag)]: lagOf(after),
  };
}

async function measureWatching(stage: Stage, program: readonly string[]): Promise<Values> {
  const { watcher, listed_ms, lagOfList_ms } = await startWatcher(stage, program);
  await sleep(20 * seconds);
  const resident = rss(watcher);
  await stopOperators([watcher]);
  return {
    [watched('start to all known')]: listed_ms / seconds,
    [watched('resident memory')]: resident,
    [watched(lag)]: lagOfList_ms - tick_ms,
  };
}

async function measureOwning(stage: Stage, program: readonly string[]): Promise<Values> {
  const replica = await startFresh(stage, program);
  const began = performance.now();
  let [most, text] = [0, ''];
  // A scrape of ten thousand targets costs.
  while (total(text, 'dbintel_cycles_total') < fleet) {
    await sleep(5 * seconds);
    most = Math.max(most, rss(replica));
    text = await replica.metrics();
    if (performance.now() - began > ownDeadline_ms)
      throw new Error(`${total(text, 'dbintel_cycles_total')} of ${fleet} cycles in ten minutes`);
  }
  const took = performance.now() - began;
  const perPlan = cpu(replica) / total(text, 'dbintel_explain_seconds_count');
  await sleep(40 * seconds);
  const from = cpu(replica);
  await sleep(20 * seconds);
  const resting = cpu(replica) - from;
  const resident = rss(replica);
  await stopOperators([replica]);
  return {
    [owned('ready to all collected once')]: took / seconds,
    [owned('CPU a plan')]: perPlan,
    [owned('resident memory')]: resident,
    [owned('resident memory, at most')]: Math.max(most, resident),
    [owned('CPU between cycles')]: (100 * resting) / (20 * seconds),
  };
}

const lagOf = (text: string) => total(text, 'nodejs_eventloop_lag_p99_seconds') * 1_000 - tick_ms;

/** Each finds what the first one found: nobody has saved a target’s state. */
async function startFresh(stage: Stage, program: readonly string[]): Promise<Operator> {
  await forgetAll(stage.redis.port);
  const replica = await startReplica(stage, 'replica-1', program);
  await allReady([replica]);
  return replica;
}

const forgetAll = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('FLUSHALL\r\n'));
    socket.once('error', reject).once('data', (answer: Buffer) => {
      socket.destroy();
      if (answer.toString().startsWith('+OK')) resolve();
      else reject(new Error(`Redis: ${answer}`));
    });
  });
