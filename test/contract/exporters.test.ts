import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { createLogger } from '../../src/base/node/logger.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { Exporter } from '../../src/exporters/exporter.ts';
import { createFanOut } from '../../src/exporters/fan-out.ts';
import type { ExporterName } from '../../src/exporters/index.ts';
import { createLogExporter } from '../../src/exporters/log/log-exporter.ts';
import { createOtlpExporter } from '../../src/exporters/otlp/otlp-exporter.ts';
import { createPrometheusExporter } from '../../src/exporters/prometheus/prometheus-exporter.ts';
import { createPrometheusMetrics } from '../../src/exporters/prometheus/prometheus-metrics.ts';
import { explained, makeBatch } from '../support/batch.ts';

/** What every exporter promises behind the fan-out, whatever its receiver does. */
interface Receiver {
  exporter: Exporter;
  /** How many cycles have arrived. */
  cycles(): Promise<number>;
  stop(): Promise<void>;
}
type Mood = 'well' | 'slow' | 'failing';
interface Fixture {
  /** Cannot be in this mood, with the reason. */
  never: Partial<Record<Mood, string>>;
  start(mood: Mood): Promise<Receiver>;
}

const slow_ms = 200;

const fixtures: Record<ExporterName, Fixture> = {
  prometheus: {
    never: { slow: 'it keeps figures in memory', failing: 'it keeps figures in memory' },
    async start() {
      const metrics = createPrometheusMetrics();
      const cycles = async () =>
        [...(await metrics.expose()).matchAll(/^dbintel_cycles_total\{.*\} (\d+)$/gm)].reduce(
          (sum, [, count]) => sum + Number(count),
          0,
        );
      return { exporter: createPrometheusExporter(metrics), cycles, stop: async () => undefined };
    },
  },
  log: {
    never: { slow: 'a line is written at once, or throws' },
    async start(mood) {
      const lines: string[] = [];
      const write = (line: string) => {
        if (mood === 'failing') throw new Error('the disk is full');
        lines.push(line);
      };
      return {
        exporter: createLogExporter(createLogger('info', { write })),
        cycles: async () => lines.length,
        stop: async () => undefined,
      };
    },
  },
  otlp: { never: {}, start: startOtlp },
};

async function startOtlp(mood: Mood): Promise<Receiver> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const answer = () => response.writeHead(mood === 'failing' ? 400 : 200).end();
      if (mood === 'slow') systemClock.after(slow_ms, answer);
      else answer();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const metrics = createPrometheusMetrics();
  const exporter = createOtlpExporter({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    headers: {},
    plan: 'both',
    version: '0',
    name: 'test',
    newId: (bytes) => 'ab'.repeat(bytes),
    clock: systemClock,
    random: systemRandom,
    metrics,
    logger: silentLogger,
  });
  return {
    exporter,
    cycles: async () =>
      Number(
        /dbintel_otlp_sent_total\{signal="traces"\} (\d+)/.exec(await metrics.expose())?.[1] ?? 0,
      ),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

it('every exporter is asked', () => {
  const folders = readdirSync('src/exporters', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(Object.keys(fixtures).toSorted()).toEqual(folders.toSorted());
});

describe.each(Object.entries(fixtures))('exporter %s', (_, { never, start }) => {
  /** Publishes so many cycles, stops, and gives what arrived and what was lost on the way. */
  async function publish(mood: Mood, count: number) {
    const receiver = await start(mood);
    const witness: number[] = [];
    const other: Exporter = {
      name: 'other',
      export: async ({ cycle }) => void witness.push(cycle.number),
      flush: async () => undefined,
      close: async () => undefined,
    };
    const fanOut = createFanOut([receiver.exporter, other], systemClock, silentLogger);
    const began = performance.now();
    for (let number = 1; number <= count; number += 1)
      fanOut.publish(makeBatch({ at: number, number, queries: [explained(`f${number % 7}`)] }));
    const publishing_ms = performance.now() - began;
    const dropped = fanOut.stats()[0]?.dropped;
    await fanOut.close(8_000);
    const arrived = await receiver.cycles();
    await receiver.stop();
    return { arrived, dropped, others: witness.length, publishing_ms };
  }

  it('a stop loses nothing', async () => {
    expect(await publish('well', 50)).toMatchObject({ arrived: 50, dropped: 0, others: 50 });
  });
  it('of a flood the oldest is dropped and counted, and what is left arrives', async () => {
    expect(await publish('well', 1_200)).toMatchObject({ arrived: 1_000, dropped: 200 });
  });
  if (!never.slow)
    it('a slow receiver keeps nobody waiting', async () => {
      const { arrived, others, publishing_ms } = await publish('slow', 20);
      expect([arrived, others]).toEqual([20, 20]);
      expect(publishing_ms).toBeLessThan(slow_ms);
    });
  if (!never.failing)
    it('a failing receiver loses its own, and nobody else’s', async () => {
      expect(await publish('failing', 20)).toMatchObject({ arrived: 0, others: 20 });
    });
});
