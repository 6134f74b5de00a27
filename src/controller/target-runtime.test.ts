import { expect, it } from 'vitest';
import { cycleReport } from '../../test/support/cycle-report.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { makeTarget } from '../../test/support/target.ts';
import type { PlanBatch } from '../model/batch.ts';
import type { DatabaseTargetStatus } from '../resources/kinds/database-target/status.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import type { Acquired } from './acquired.ts';
import { type CycleListener, createTargetRuntime } from './target-runtime.ts';

const target = makeTarget({ port: 1, spec: { collection: { interval: '60s' } } });
const batch: PlanBatch = {
  target: { uid: target.uid, namespace: 'shop', name: 'orders', engine: 'postgres', epoch: 3 },
  cycle: cycleReport(),
  queries: [],
};

function startRuntime(acquired: Acquired = { ownership: { holder: 'h', epoch: 3 } }) {
  const clock = createFakeClock();
  const log: string[] = [];
  const statuses: DatabaseTargetStatus[] = [];
  const listeners: CycleListener[] = [];
  const memory: { away_ms: number | undefined } = { away_ms: undefined };
  const collector = {
    epoch: 3,
    busy: false,
    dueIn_ms: 0,
    queued: false,
    circuitOpen: false,
    onStops: () => undefined,
    visit: () => Promise.reject(new Error('not asked')),
    probe: () => undefined,
    stop: async () => undefined,
  };
  const runtime = createTargetRuntime({
    store: {
      writeStatus: (_, status) => void statuses.push(status),
      event: (_, { reason }) => void log.push(`event ${reason}`),
    },
    history: {
      get away_ms() {
        return memory.away_ms;
      },
      record: async () => log.push('recorded'),
      counts: async () => ({ plans: 2, openFindings: 1 }),
      verdicts: async () => [],
      epoch: async () => 0,
    },
    publish: () => void log.push('published'),
    acquire: async () => acquired,
    collect(_, listener) {
      listeners.push(listener);
      return collector;
    },
    onCycle: () => void log.push('told'),
    advice: () => undefined,
    clock,
  });
  const start = (which = target) => {
    runtime.start(which, () => undefined);
    return listeners.at(-1) as CycleListener;
  };
  const reasons = () =>
    statuses.map(({ conditions }) => conditions?.find(({ type }) => type === 'Ready')?.reason);
  return { runtime, memory, clock, collector, log, statuses, start, reasons };
}

it('owned, it says that it begins; after a cycle: history, exporters, status, in this order', async () => {
  const { log, statuses, start, reasons } = startRuntime();
  const { acquire, onBatch } = start();
  expect(await acquire(0)).toBe(3);
  await onBatch({ batch });
  expect(reasons()).toEqual(['Starting', 'Collecting']);
  expect(log).toEqual(['recorded', 'published', 'event Collecting', 'told']);
  expect(statuses[1]).toMatchObject({ plans: 2, findings: 1, ownership: { epoch: 3 } });
});

it('a history that has taken nothing for a minute is told beside, until it does', async () => {
  const { memory, statuses, start } = startRuntime();
  const { acquire, onBatch } = start();
  await acquire(0);
  const away = async (ms: number | undefined) => {
    memory.away_ms = ms;
    await onBatch({ batch });
    return statuses.at(-1)?.conditions?.find(({ type }) => type === 'HistoryAway');
  };
  expect(await away(59_999)).toBeUndefined();
  expect(await away(60_000)).toMatchObject({ status: 'True', reason: 'BatchesWait' });
  expect(statuses.at(-1)?.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' });
  expect(await away(undefined)).toBeUndefined();
});

it('a predecessor’s figures stand until as much is known here', async () => {
  const status = { observedGeneration: 1, conditions: [], plans: 9, findings: 4 };
  const { statuses, start } = startRuntime({
    ownership: { holder: 'h', epoch: 3 },
    status,
    inherited: true,
  });
  const { acquire, onBatch } = start();
  await acquire(0);
  await onBatch({ batch });
  expect(statuses.at(-1)).toMatchObject({ plans: 9, findings: 4 });
});

it('what was there when it was taken over is told on, so that heartbeats go on', async () => {
  const ready = { type: 'Ready', status: 'True', reason: 'Collecting', message: '' } as const;
  const status = {
    observedGeneration: target.generation,
    conditions: [{ ...ready, lastTransitionTime: '2026-01-01T00:00:00Z' }],
  };
  const { statuses, log, start } = startRuntime({
    ownership: { holder: 'h', epoch: 3 },
    status,
    inherited: true,
  });
  await start().acquire(0);
  await start().acquire(0); // of a changed spec: nothing is new
  expect([statuses, log]).toEqual([[status], []]);
});

it('what is known outlives a change of the spec, and not the end of the target here', async () => {
  const { runtime, statuses, start } = startRuntime();
  const first = start();
  await first.acquire(0);
  await first.onBatch({ batch });
  const written = statuses.length;
  await start().acquire(0);
  expect(statuses.length).toBe(written); // it has a status of this generation
  runtime.ended(target.uid);
  await start().acquire(0);
  expect(statuses.length).toBe(written + 1);
});

it('a cycle that does not come for two intervals makes Ready unknown, once it was owned', async () => {
  const { runtime, collector, start, reasons } = startRuntime();
  const { acquire } = start();
  collector.dueIn_ms = -121_000;
  runtime.tellOverdue([{ target, collector }]);
  expect(reasons()).toEqual([]);
  await acquire(0);
  collector.dueIn_ms = -119_000;
  runtime.tellOverdue([{ target, collector }]);
  collector.dueIn_ms = -121_000;
  runtime.tellOverdue([{ target, collector }]);
  expect(reasons()).toEqual(['Starting', 'NotCollected']);
});

it('a cycle that waits for others on its server says so, and what keeps them', async () => {
  const { runtime, collector, statuses, start } = startRuntime();
  const { acquire, onBatch } = start();
  await acquire(0);
  const late = { ...collector, queued: true, dueIn_ms: -121_000 };
  const said = (...all: Target[]) => {
    runtime.tellOverdue([target, ...all].map((each) => ({ target: each, collector: late })));
    return statuses.at(-1)?.conditions?.find(({ type }) => type === 'Ready')?.message;
  };
  expect(said()).toMatch(
    /^No cycle has .* waits for its turn at 127\.0\.0\.1:1, .* Lengthen their intervals/,
  );
  const outcome = {
    kind: 'failed',
    error: 'connection_failed',
    detail: 'no connection within 5000 ms',
  } as const;
  await onBatch({ batch: { ...batch, cycle: cycleReport({ outcome }) } });
  expect(said()).toMatch(
    /at 127\.0\.0\.1:1, .* cycles fail\. shop\/orders: no connection within 5000 ms/,
  );
  const elsewhere = { ...target, uid: 'another', namespace: 'payments' };
  await start(elsewhere).acquire(0);
  expect(said(elsewhere)).toMatch(/ cycles fail\. One of another namespace: no connection/);
});
