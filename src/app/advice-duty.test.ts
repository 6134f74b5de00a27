import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeBatch } from '../../test/support/batch.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { makeTarget, noAbort } from '../../test/support/target.ts';
import { silentLogger } from '../base/logger.ts';
import { systemRandom } from '../base/random.ts';
import type { Visit } from '../collection/visit.ts';
import type { RunningTarget } from '../controller/controller.ts';
import type { Session } from '../engines/engine.ts';
import { createEngines } from '../engines/index.ts';
import { createPrometheusMetrics } from '../exporters/prometheus/prometheus-metrics.ts';
import type { History } from '../history/backends.ts';
import { openSqliteHistory } from '../history/sqlite/sqlite-history.ts';
import type { Stop } from '../model/stop.ts';
import { createAdviceDuty } from './advice-duty.ts';

const day = 86_400_000;
let history: History;
beforeEach(() => {
  history = openSqliteHistory(':memory:');
});
afterEach(() => history.close());

/** It has nothing that somebody would look at. */
const empty = { server: { version: '18', role: 'primary', id: '1' } } as Session;
const notAsked = () => Promise.reject(new Error('not asked'));
function duty(mode: string, stops: readonly Stop[] = []) {
  const clock = createFakeClock();
  const target = makeTarget({ port: 1, uid: 'uid', spec: { advice: { mode } } });
  const collector = {
    epoch: 1,
    busy: false,
    dueIn_ms: 0,
    queued: false,
    circuitOpen: false,
    onStops: () => undefined,
    probe: () => undefined,
    visit: async <T>(ask: Visit<T>) => ask(empty, noAbort()),
    stop: async () => undefined,
  };
  const running: RunningTarget[] = [{ target, collector }];
  const metrics = createPrometheusMetrics();
  const asked: { at?: number } = {};
  const made = createAdviceDuty({
    running: () => running,
    askedAt: () => asked.at,
    stops: () => stops,
    history,
    engines: createEngines(),
    planner: notAsked,
    solver: notAsked,
    credentials: notAsked,
    random: systemRandom,
    clock,
    logger: silentLogger,
    metrics,
  });
  const runs = async () => (await history.adviceRuns({ target: 'uid', limit: 9 })).length;
  return { clock, duty: made, runs, metrics, running, asked };
}

it('runs once in a day, when there is an hour of history', async () => {
  const { clock, duty: advice, runs, metrics } = duty('propose');
  await advice.look();
  expect(await runs()).toBe(0);
  await history.record(makeBatch({ at: clock.now() - day / 12 }));
  await advice.look();
  await advice.look();
  expect(await runs()).toBe(1);
  expect(advice.statusOf('uid')).toMatchObject({ open: 0 });
  expect(await metrics.expose()).toContain('dbintel_advice_open{namespace="shop"');
  await clock.advance(day);
  await advice.look();
  expect(await runs()).toBe(2);
  await advice.stop();
});

it('runs for nobody who does not want it, and not under a stop', async () => {
  const stop: Stop = { id: '1', scope: { all: true }, reason: 'incident', by: 'x', since: 1 };
  for (const each of [duty('disabled'), duty('propose', [stop])]) {
    await history.record(makeBatch({ at: each.clock.now() - day }));
    await each.duty.look();
    expect(await each.runs()).toBe(0);
  }
});

it('a replica that takes over goes on with the day of the one before', async () => {
  const first = duty('propose');
  await history.record(makeBatch({ at: first.clock.now() - day }));
  await first.duty.look();
  const next = duty('propose');
  await next.duty.look();
  expect(await next.runs()).toBe(1);
});

it('runs once where somebody asks, before its day and with less history', async () => {
  const { clock, duty: advice, runs, asked } = duty('propose');
  asked.at = clock.now();
  await advice.look();
  await clock.advance(60_000);
  await advice.look();
  expect(await runs()).toBe(1);
  asked.at = clock.now() + 5_000;
  await advice.look();
  expect(await runs()).toBe(1);
  await clock.advance(5_000);
  await advice.look();
  expect(await runs()).toBe(2);
  const off = duty('disabled');
  off.asked.at = off.clock.now();
  await off.duty.look();
  expect(await off.runs()).toBe(2);
});
