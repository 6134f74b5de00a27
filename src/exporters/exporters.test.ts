import { describe, expect, it } from 'vitest';
import { explained, makeBatch, refused } from '../../test/support/batch.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { silentLogger } from '../base/logger.ts';
import { createLogger } from '../base/node/logger.ts';
import type { PlanBatch } from '../model/batch.ts';
import type { Exporter } from './exporter.ts';
import { createFanOut } from './fan-out.ts';
import { createLogExporter } from './log/log-exporter.ts';
import { createPrometheusExporter } from './prometheus/prometheus-exporter.ts';
import { createPrometheusMetrics } from './prometheus/prometheus-metrics.ts';

const settle = async () => {
  for (let i = 0; i < 50; i += 1) await Promise.resolve();
};
const exporter = (name: string, work: (batch: PlanBatch) => Promise<void>): Exporter => ({
  name,
  export: work,
  flush: async () => undefined,
  close: async () => undefined,
});

describe('fan-out', () => {
  it('one that hangs or fails keeps no one else waiting, and is counted', async () => {
    const clock = createFakeClock();
    const seen: number[] = [];
    const fanOut = createFanOut(
      [
        exporter('hangs', () => new Promise(() => undefined)),
        exporter('fails', async () => {
          throw new Error('no');
        }),
        exporter('works', async ({ cycle }) => void seen.push(cycle.number)),
      ],
      clock,
      silentLogger,
    );
    for (let number = 1; number <= 3; number += 1) fanOut.publish(makeBatch({ at: 1, number }));
    await settle();
    expect(seen).toEqual([1, 2, 3]);
    expect(fanOut.stats()).toMatchObject([
      { exporter: 'hangs', queued: 2, failed: 0 },
      { exporter: 'fails', queued: 0, failed: 3 },
      { exporter: 'works', queued: 0, failed: 0 },
    ]);
    await clock.advance(10_000);
    expect(fanOut.stats()[0]).toMatchObject({ queued: 1, failed: 1 });
  });

  it('a full queue drops the oldest and counts it', async () => {
    const fanOut = createFanOut(
      [exporter('hangs', () => new Promise(() => undefined))],
      createFakeClock(),
      silentLogger,
    );
    for (let number = 0; number < 1_200; number += 1) fanOut.publish(makeBatch({ at: 1, number }));
    expect(fanOut.stats()[0]).toMatchObject({ queued: 1_000, dropped: 200 });
  });

  it('closing delivers what is queued, and gives up at its deadline', async () => {
    const clock = createFakeClock();
    const seen: number[] = [];
    const works = createFanOut(
      [exporter('works', async ({ cycle }) => void seen.push(cycle.number))],
      clock,
      silentLogger,
    );
    works.publish(makeBatch({ at: 1, number: 7 }));
    await works.close(1_000);
    expect(seen).toEqual([7]);
    const hangs = createFanOut(
      [exporter('hangs', () => new Promise(() => undefined))],
      clock,
      silentLogger,
    );
    hangs.publish(makeBatch({ at: 1 }));
    const closing = hangs.close(1_000);
    await clock.advance(1_000);
    await closing;
  });
});

describe('metrics', () => {
  const batch = makeBatch({
    at: 1_000,
    queries: [explained('secret-fingerprint'), refused('other', 'untrusted_function')],
  });
  it('have help, bounded labels, and no text, fingerprint or hash among them', async () => {
    const metrics = createPrometheusMetrics();
    await createPrometheusExporter(metrics).export(batch);
    const text = await metrics.expose();
    expect(text).toContain(
      'dbintel_statements_total{namespace="shop",target="orders",result="explained"} 1',
    );
    expect(text).toContain(
      'dbintel_statements_total{namespace="shop",target="orders",result="untrusted_function"} 1',
    );
    expect(text).not.toMatch(/secret-fingerprint|ph1:|SELECT/);
    const names = [...text.matchAll(/^(dbintel_\w+?)(?:_bucket|_sum|_count)?\{/gm)].map(
      ([, name]) => name,
    );
    for (const name of names) expect(text).toMatch(new RegExp(`# HELP ${name}(?:_total)? \\S`));
  });
  it('a target that is gone takes all its series along', async () => {
    const metrics = createPrometheusMetrics();
    const exporter = createPrometheusExporter(metrics);
    await exporter.export(batch);
    await exporter.export({ ...batch, target: { ...batch.target, name: 'stays' } });
    exporter.forget({ namespace: 'shop', name: 'orders' });
    const text = await metrics.expose();
    expect(text).not.toContain('target="orders"');
    expect(text).toContain('target="stays"');
  });
});

it('the log says what happened, with codes and without texts', async () => {
  const lines: string[] = [];
  const log = createLogExporter(createLogger('debug', { write: (line) => void lines.push(line) }));
  await log.export(makeBatch({ at: 1, queries: [explained('f1')] }));
  const failed = makeBatch({ at: 2 });
  await log.export({
    ...failed,
    cycle: {
      ...failed.cycle,
      outcome: { kind: 'failed', error: 'connection_failed', detail: 'nothing listens there' },
    },
  });
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { level: 'info', outcome: 'collected', explained: 1 },
    { level: 'debug', rule: 'full-scan' },
    { level: 'warn', code: 'connection_failed', msg: 'cycle failed: nothing listens there' },
  ]);
  expect(lines.join()).not.toContain('SELECT');
});
