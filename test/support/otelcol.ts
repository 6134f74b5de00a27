import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './leaks.ts';
import { cacheFolder, freePort, temporaryFolder } from './postgres-server.ts';

/**
 * A real OpenTelemetry Collector on a free port, as `make tools` built it; what it receives it
 * writes to files, a JSON document a line.
 */
export interface Collector {
  endpoint: string;
  /** All records so far, flat. */
  logs(): OtlpRecord[];
  spans(): OtlpRecord[];
  metrics(): ReceivedMetric[];
  stop(): Promise<void>;
}
export interface ReceivedMetric {
  name: string;
  /** Of a sum: 1 of each time, 2 of all times since it began. */
  temporality?: number;
  points: { value: number; attributes: Record<string, unknown> }[];
}
export interface OtlpRecord {
  name: string;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
}

export function otelcolBinary(): string {
  const path = join(cacheFolder, 'otelcol-0.145.0');
  if (!existsSync(path))
    throw new Error('the OpenTelemetry Collector is missing; build it with: make tools');
  return path;
}

export async function startOtelcol({
  tls,
}: {
  tls?: { cert: string; key: string };
} = {}): Promise<Collector> {
  const folder = temporaryFolder('otelcol');
  const port = await freePort();
  const out = (signal: string) => join(folder, `${signal}.json`);
  const signals = ['logs', 'traces', 'metrics'];
  writeFileSync(
    join(folder, 'config.yaml'),
    JSON.stringify({
      receivers: {
        otlp: {
          protocols: {
            http: {
              endpoint: `127.0.0.1:${port}`,
              ...(tls ? { tls: { cert_file: tls.cert, key_file: tls.key } } : {}),
            },
          },
        },
      },
      exporters: Object.fromEntries(
        signals.map((signal) => [`file/${signal}`, { path: out(signal), flush_interval: '100ms' }]),
      ),
      service: {
        telemetry: { metrics: { level: 'none' } },
        pipelines: Object.fromEntries(
          signals.map((signal) => [signal, { receivers: ['otlp'], exporters: [`file/${signal}`] }]),
        ),
      },
    }),
  );
  const child: ChildProcess = spawn(otelcolBinary(), ['--config', join(folder, 'config.yaml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const endpoint = `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${port}`;
  await until(
    async () => log.includes('Everything is ready'),
    60_000,
    `the collector is ready: ${log}`,
  );
  const lines = (signal: string) =>
    existsSync(out(signal))
      ? readFileSync(out(signal), 'utf8')
          .split('\n')
          // What stands behind the last break is being written.
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Record<string, unknown[]>)
      : [];
  return {
    endpoint,
    logs: () =>
      lines('logs').flatMap(({ resourceLogs = [] }) =>
        (resourceLogs as ResourceRecords[]).flatMap(({ resource, scopeLogs = [] }) =>
          scopeLogs.flatMap(({ logRecords = [] }) =>
            logRecords.map((each) => ({
              name: each.eventName ?? '',
              attributes: flat(each.attributes),
              resource: flat(resource.attributes),
            })),
          ),
        ),
      ),
    spans: () =>
      lines('traces').flatMap(({ resourceSpans = [] }) =>
        (resourceSpans as ResourceRecords[]).flatMap(({ resource, scopeSpans = [] }) =>
          scopeSpans.flatMap(({ spans = [] }) =>
            spans.map((each) => ({
              name: each.name ?? '',
              attributes: flat(each.attributes),
              resource: flat(resource.attributes),
            })),
          ),
        ),
      ),
    metrics: () =>
      lines('metrics').flatMap(({ resourceMetrics = [] }) =>
        (resourceMetrics as ResourceRecords[]).flatMap(({ scopeMetrics = [] }) =>
          scopeMetrics.flatMap(({ metrics = [] }) =>
            metrics.map(({ name = '', gauge, sum }) => ({
              name,
              ...(sum ? { temporality: sum.aggregationTemporality } : {}),
              points:
                (gauge ?? sum)?.dataPoints.map((point) => ({
                  value: Number(point.asDouble ?? point.asInt),
                  attributes: flat(point.attributes),
                })) ?? [],
            })),
          ),
        ),
      ),
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      process.off('exit', kill);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface KeyValue {
  key: string;
  value: Record<string, unknown>;
}
interface RawRecord {
  name?: string;
  eventName?: string;
  attributes?: KeyValue[];
}
interface RawMetric {
  name?: string;
  gauge?: { dataPoints: RawPoint[] };
  sum?: { aggregationTemporality: number; dataPoints: RawPoint[] };
}
interface RawPoint {
  asDouble?: number;
  asInt?: string;
  attributes?: KeyValue[];
}
interface ResourceRecords {
  resource: { attributes?: KeyValue[] };
  scopeLogs?: { logRecords?: RawRecord[] }[];
  scopeSpans?: { spans?: RawRecord[] }[];
  scopeMetrics?: { metrics?: RawMetric[] }[];
}
const flat = (list: KeyValue[] = []): Record<string, unknown> =>
  Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));
