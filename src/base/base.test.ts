import { access } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { backoffDelay } from './backoff.ts';
import { createBoundedQueue } from './bounded-queue.ts';
import { systemClock } from './clock.ts';
import { untilAborted, withDeadline } from './deadline.ts';
import { AppError, asAppError } from './errors.ts';
import { createLifecycle } from './lifecycle.ts';
import { createLogger } from './logger.ts';
import { createLru } from './lru.ts';
import {
  formatDuration,
  formatPercent,
  parseDuration,
  parsePercent,
  parseSize,
} from './quantity.ts';
import { seededRandom } from './random.ts';
import { createSemaphore } from './semaphore.ts';
import { emptySketch, halveSketch, mergeSketches, quantile, sketchAdd } from './sketch.ts';
import { createSlots } from './slots.ts';

describe('amounts', () => {
  it.each([
    ['60s', 60_000],
    ['100ms', 100],
    ['1m30s', 90_000],
    ['6h', 21_600_000],
    ['0.5s', 500],
    ['90d', 7_776_000_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
  it('sizes and percentages', () => {
    expect([parseSize('64Ki'), parseSize('1Mi'), parseSize('7'), parsePercent('0.5%')]).toEqual([
      65_536, 1_048_576, 7, 0.005,
    ]);
    expect(parseSize('1Gi')).toBe(1_073_741_824);
  });
  it('are written as people read them', () => {
    expect([
      formatDuration(240),
      formatDuration(9_940),
      formatDuration(90_000),
      formatDuration(1_209_600_000),
    ]).toEqual(['240ms', '9.9s', '1m30s', '14d']);
    expect([
      formatPercent(0.934),
      formatPercent(0.0002),
      formatPercent(0.997),
      formatPercent(1),
      formatPercent(0),
    ]).toEqual(['93%', '0.02%', '99%', '100%', '0%']);
  });
});

describe('sketch', () => {
  it('gives quantiles within 2.5 %', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (values, q) => {
          const range = Math.max(...values) / Math.min(...values);
          if (range > 400) return; // 128 buckets of 5 % hold a factor of 500
          const sketch = values.reduce((all, value) => sketchAdd(all, value), emptySketch);
          const exact = values.toSorted((a, b) => a - b)[
            Math.max(0, Math.ceil(q * values.length - 1e-9) - 1)
          ] as number;
          expect(Math.abs((quantile(sketch, q) as number) / exact - 1)).toBeLessThan(0.026);
        },
      ),
    );
  });
  it('merging is adding, and the order does not matter', () => {
    const values = fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { maxLength: 50 });
    const of = (list: number[]) => list.reduce((all, value) => sketchAdd(all, value), emptySketch);
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(mergeSketches(of(a), of(b)).count).toBe(a.length + b.length);
        expect(mergeSketches(of(a), of(b))).toEqual(mergeSketches(of(b), of(a)));
      }),
    );
  });
  it('is bounded and forgets', () => {
    let sketch = emptySketch;
    for (let i = 0; i < 2_000; i += 1) sketch = sketchAdd(sketch, 1.02 ** i);
    expect(sketch.buckets.length).toBeLessThanOrEqual(128);
    expect(sketch.count).toBe(2_000);
    expect(halveSketch(sketch).count).toBe(1_000);
  });
});

describe('waiting', () => {
  it('ends at the deadline with the error given', async () => {
    const clock = createFakeClock();
    const waiting = withDeadline(
      new Promise(() => undefined),
      100,
      clock,
      () => new AppError('connection_failed', 'late'),
    );
    const outcome = expect(waiting).rejects.toMatchObject({
      code: 'connection_failed',
      action: 'retry',
    });
    await clock.advance(100);
    await outcome;
  });
  it('hears what had come by the deadline, also where the process itself was held up past it', async () => {
    const waiting = withDeadline(
      access('.'),
      20,
      systemClock,
      () => new AppError('connection_failed', 'late'),
    );
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    await expect(waiting).resolves.toBeUndefined();
  });
  it('one that was stopped before it began fails at once, and what becomes of the work is nobody’s surprise', async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', listen);
    const { promise, reject } = Promise.withResolvers<never>();
    await expect(untilAborted(promise, AbortSignal.abort())).rejects.toMatchObject({
      code: 'internal',
    });
    reject(new Error('the socket was cut'));
    await new Promise((resolve) => setTimeout(resolve, 1));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });
  it('ends when aborted, with the reason', async () => {
    const controller = new AbortController();
    const outcome = expect(
      untilAborted(new Promise(() => undefined), controller.signal),
    ).rejects.toMatchObject({
      code: 'emergency_stop',
      message: 'incident',
    });
    controller.abort(new AppError('emergency_stop', 'incident'));
    await outcome;
  });
  it('backs off, doubled and capped', () => {
    const policy = { first_ms: 100, most_ms: 1_000 };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer(), (attempt, seed) => {
        const delay = backoffDelay(attempt, policy, seededRandom(seed));
        expect(delay).toBeGreaterThanOrEqual(
          Math.min(1_000, 80 * 2 ** Math.min(attempt, 30)) * 0.99,
        );
        expect(delay).toBeLessThanOrEqual(1_000);
      }),
    );
  });
});

describe('limits', () => {
  it('a full queue drops the oldest and counts it', () => {
    const queue = createBoundedQueue<number>(2);
    for (const item of [1, 2, 3]) queue.push(item);
    expect([queue.dropped, queue.size, queue.shift(), queue.shift(), queue.shift()]).toEqual([
      1,
      2,
      2,
      3,
      undefined,
    ]);
  });
  it('an lru keeps what was used last', () => {
    const lru = createLru<string, number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    lru.get('a');
    lru.set('c', 3);
    expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual([1, undefined, 3]);
  });
  it('a semaphore lets no more than its number run, also when work fails', async () => {
    const semaphore = createSemaphore(2);
    let most = 0;
    const work = (fail: boolean) =>
      semaphore.run(async () => {
        most = Math.max(most, semaphore.running);
        await Promise.resolve();
        if (fail) throw new Error('x');
      });
    await Promise.allSettled([work(true), work(false), work(true), work(false), work(false)]);
    expect([most, semaphore.running, semaphore.waiting]).toEqual([2, 0, 0]);
  });
  describe('places', () => {
    const hold = () => Promise.withResolvers<void>();
    it('are given to the group that has the fewest, and one group leaves some to the others', async () => {
      const slots = createSlots(8);
      const ends = hold();
      const began: string[] = [];
      const begin = (group: string, doubtful = false) =>
        void slots.run({ group, doubtful }, async () => {
          began.push(group);
          await ends.promise;
        });
      begin('b');
      for (let i = 0; i < 20; i += 1) begin('a');
      await new Promise(setImmediate);
      expect([began.filter((name) => name === 'a').length, slots.running]).toEqual([6, 7]);
      begin('c');
      await new Promise(setImmediate);
      expect(began.at(-1)).toBe('c');
      ends.resolve();
      await new Promise(setImmediate);
      expect([began.length, slots.running, slots.waiting]).toEqual([22, 0, 0]);
    });
    it('are few for what failed last time, but a group that has none gets one', async () => {
      const slots = createSlots(16);
      const began: string[] = [];
      const begin = (group: string, doubtful: boolean) =>
        void slots.run({ group, doubtful }, async () => {
          began.push(group);
          await hold().promise;
        });
      begin('well', false);
      for (const group of ['x', 'y', 'z']) for (let i = 0; i < 50; i += 1) begin(group, true);
      expect(slots.running).toBe(13);
      begin('new', true);
      begin('well', false);
      await new Promise(setImmediate);
      expect(began.slice(-2)).toEqual(['new', 'well']);
    });
    it('are all taken where there is one group alone, but for doubtful work', async () => {
      const slots = createSlots(4);
      for (let i = 0; i < 9; i += 1)
        void slots.run({ group: 'a', doubtful: true }, () => hold().promise);
      expect(slots.running).toBe(3);
      void slots.run({ group: 'a', doubtful: false }, () => hold().promise);
      expect(slots.running).toBe(4);
    });
    it('go on when work fails', async () => {
      const slots = createSlots(1);
      const fail = slots.run({ group: 'a', doubtful: false }, () => Promise.reject(new Error('x')));
      const next = slots.run({ group: 'a', doubtful: false }, async () => 'done');
      await expect(fail).rejects.toThrow('x');
      expect(await next).toBe('done');
    });
  });
  it('parts stop once, in reverse, whatever one of them throws', async () => {
    const order: string[] = [];
    const parts = createLifecycle();
    for (const name of ['a', 'b', 'c']) {
      parts.add(name, () => {
        order.push(name);
        if (name === 'b') throw new Error('no');
      });
    }
    const [failures] = await Promise.all([parts.stop(), parts.stop()]);
    expect(order).toEqual(['c', 'b', 'a']);
    expect(failures.map(({ name }) => name)).toEqual(['b']);
  });
  it('a part that never stops is named, and nobody waits longer for it', async () => {
    const clock = createFakeClock();
    const parts = createLifecycle();
    parts.add('stuck', () => new Promise<void>(() => undefined));
    parts.add('broken', () => Promise.reject(new Error('no')));
    const stopped = parts.stopWithin(1_000, clock);
    await clock.advance(1_000);
    expect((await stopped).map(({ name }) => name)).toEqual(['broken', 'stuck']);
  });
});

describe('what is told', () => {
  it('a foreign error shows no message of its own', () => {
    expect(asAppError(new TypeError('value "4711" is odd')).message).toBe('unexpected TypeError');
  });
  it('secrets are censored in logs, at several depths, and errors show no fields', () => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    const error = Object.assign(new Error('refused'), {
      code: '28P01',
      parameters: ['CANARY'],
      detail: 'CANARY',
    });
    logger.info(
      { password: 'CANARY', a: { token: 'CANARY', b: { key: 'CANARY' } }, error },
      'hello',
    );
    expect(lines.join()).not.toContain('CANARY');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      msg: 'hello',
      error: { message: 'refused', code: '28P01' },
    });
  });
});
