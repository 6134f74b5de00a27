import { expect, it } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { makeTarget } from '../../../test/support/target.ts';
import { silentLogger } from '../../base/logger.ts';
import { silentMetrics } from '../../base/metrics.ts';
import { seededRandom } from '../../base/random.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import { createStatusQueue, type StatusQueueDeps } from './status-queue.ts';

const [second, minute] = [1_000, 60_000];
const at = '2026-01-01T00:00:00Z';

function status(
  over: Partial<DatabaseTargetStatus> & { reason?: string } = {},
): DatabaseTargetStatus {
  const { reason = 'Collecting', ...rest } = over;
  return {
    observedGeneration: 1,
    conditions: [{ type: 'Ready', status: 'True', reason, message: '', lastTransitionTime: at }],
    ...rest,
  };
}
const targets = (count: number) =>
  Array.from({ length: count }, (_, i) => makeTarget({ port: 1, uid: `uid-${i}`, name: `t${i}` }));

function startQueue(over: Partial<StatusQueueDeps> = {}) {
  const clock = createFakeClock();
  const writes: { at: number; uid: string; status: DatabaseTargetStatus }[] = [];
  const began = clock.monotonic();
  const queue = createStatusQueue({
    clock,
    random: seededRandom(7),
    metrics: silentMetrics,
    logger: silentLogger,
    onRefused: () => undefined,
    write: async ({ uid }, written) => {
      writes.push({ at: clock.monotonic() - began, uid, status: written });
      return 'written';
    },
    ...over,
  });
  /** Writes in each whole minute from then until now. */
  const rate = (from: number) =>
    Array.from({ length: Math.floor((clock.monotonic() - began - from) / minute) }, (_, i) => {
      const [begin, end] = [from + i * minute, from + (i + 1) * minute];
      return writes.filter((write) => write.at >= begin && write.at < end).length;
    });
  return { clock, queue, writes, rate };
}

it('readiness is written at once, other changes once a minute, figures with the heartbeat', async () => {
  const { clock, queue, writes } = startQueue();
  const [target] = targets(1);
  if (!target) throw new Error('no target');
  queue.put(target, status());
  await clock.advance(200);
  expect(writes.length).toBe(1);
  queue.put(target, status({ coverage: { explained: '10%', accountedFor: '20%' } }));
  queue.put(target, status({ coverage: { explained: '11%', accountedFor: '20%' } }));
  await clock.advance(50 * second);
  expect(writes.length).toBe(1);
  await clock.advance(11 * second);
  expect(writes.map((write) => write.status.coverage?.explained)).toEqual([undefined, '11%']);
  queue.put(
    target,
    status({ reason: 'CircuitOpen', coverage: { explained: '11%', accountedFor: '20%' } }),
  );
  await clock.advance(200);
  expect(writes.length).toBe(3);
  queue.put(
    target,
    status({ reason: 'CircuitOpen', coverage: { explained: '12%', accountedFor: '20%' } }),
  );
  await clock.advance(11 * minute);
  expect(writes.at(3)?.status.coverage?.explained).toBe('12%');
  await queue.close();
});

it('a heartbeat comes every eleven minutes; what changed together keeps its phases spread', async () => {
  const { clock, queue, writes, rate } = startQueue();
  const fleet = targets(400);
  for (const target of fleet) queue.put(target, status());
  await clock.advance(5 * minute);
  for (const target of fleet)
    queue.put(target, status({ coverage: { explained: '10%', accountedFor: '20%' } }));
  await clock.advance(minute);
  const settled = 6 * minute;
  await clock.advance(21 * minute);
  const each = rate(settled);
  await queue.close();
  for (const { uid } of fleet) {
    const times = writes.filter((write) => write.uid === uid).map((write) => write.at);
    expect(Math.max(...times.slice(1).map((time, i) => time - (times[i] as number)))).toBeLessThan(
      11.1 * minute,
    );
  }
  // Forty a minute were even; each minute's share is drawn by chance.
  expect(Math.max(...each)).toBeLessThan(100);
  expect(Math.min(...each)).toBeGreaterThan(5);
});

it('keeps its budget whatever happens, and readiness goes first', async () => {
  const { clock, queue, writes } = startQueue({ perSecond: 20 });
  const fleet = targets(1_000);
  for (const target of fleet) queue.put(target, status());
  const [last] = fleet.slice(-1);
  if (!last) throw new Error('no target');
  await clock.advance(10 * second);
  expect(writes.length).toBeGreaterThan(190);
  expect(writes.length).toBeLessThanOrEqual(221);
  expect(queue.waiting).toBe(1_000 - writes.length);
  await clock.advance(50 * second);
  expect(new Set(writes.map(({ uid }) => uid)).size).toBe(1_000);
  await queue.close();
});

it('what could not be written is tried again; what was refused is dropped and told', async () => {
  const outcomes = ['failed', 'failed', 'written', 'fenced'] as const;
  let asked = 0;
  const refused: string[] = [];
  const { clock, queue } = startQueue({
    write: async () => outcomes[asked++] ?? 'written',
    onRefused: (uid) => void refused.push(uid),
  });
  const [target] = targets(1);
  if (!target) throw new Error('no target');
  queue.put(target, status());
  await clock.advance(20 * second);
  expect(asked).toBe(3);
  queue.put(target, status({ reason: 'CircuitOpen' }));
  await clock.advance(second);
  expect([asked, refused, queue.waiting]).toEqual([4, ['uid-0'], 0]);
  await queue.close();
});
