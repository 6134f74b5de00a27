import {
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Counter, Metrics } from '../../base/metrics.ts';
import type { Random } from '../../base/random.ts';
import type { ExportedTarget, Exporter } from '../exporter.ts';
import { createPoster, type OtlpEndpoint } from './post.ts';
import {
  type LogRecord,
  type MetricData,
  type Origin,
  type PlanForm,
  type Span,
  toLogs,
  toMetrics,
  toSpan,
} from './records.ts';
import { createSender, losses, type Sender } from './sender.ts';
import { added, type Totals } from './totals.ts';

/**
 * Batches → an OpenTelemetry receiver: plans and top statements as log events, figures as metrics,
 * cycles as spans.
 */
export interface OtlpOptions extends OtlpReceiver {
  version: string;
  /** This process among its like. */
  name: string;
  /** So many random bytes, as hex. */
  newId(bytes: number): string;
  clock: Clock;
  random: Random;
  metrics: Metrics;
  logger: Logger;
}

export interface OtlpReceiver extends Omit<OtlpEndpoint, 'url'> {
  /** `http://collector:4318`; the signals' paths are added. */
  endpoint: string;
  plan: PlanForm;
}

/** Of a record besides its texts. */
const recordBytes = 600;
/** Points of one batch. */
const metricBytes = 6 * recordBytes;
const flushDeadline_ms = 4_000;
/** As OpenTelemetry has them. */
const [traceIdBytes, spanIdBytes] = [16, 8];

export function createOtlpExporter(options: OtlpOptions): Exporter {
  const { version, name, newId, plan } = options;
  const resource = resourceFromAttributes({
    'service.name': 'dbintel',
    'service.version': version,
    'service.instance.id': name,
  });
  const origin = { resource, scope: { name: 'dbintel', version } };
  const { logs, traces, metrics } = openSignals(options, origin);
  const signals = [logs, traces, metrics];
  const totals = new Map<string, Totals>();
  return {
    name: 'otlp',
    async export(batch) {
      for (const record of toLogs(batch, origin, plan)) logs.add(record, sizeOf(record));
      const ids = { trace: newId(traceIdBytes), span: newId(spanIdBytes) };
      traces.add(toSpan(batch, origin, ids), recordBytes);
      const total = added(totals.get(keyOf(batch.target)), batch);
      totals.set(keyOf(batch.target), total);
      metrics.add(toMetrics(batch, total), metricBytes);
    },
    async flush() {
      await Promise.all(signals.map((signal) => signal.flush(flushDeadline_ms)));
    },
    async close() {
      await Promise.all(signals.map((signal) => signal.close()));
    },
    forget: (target) => void totals.delete(keyOf(target)),
  };
}

const keyOf = ({ namespace, name }: ExportedTarget): string => `${namespace}/${name}`;

const sizeOf = ({ attributes }: LogRecord): number =>
  Object.values(attributes).reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? value.length : 16),
    recordBytes,
  );

/** How the records of one signal are written, and how many of them an answer says were rejected. */
interface Format<T> {
  signal: string;
  serialize(items: T[]): Uint8Array | undefined;
  rejected(answer: Uint8Array): number | string | null | undefined;
}

function openSignals(options: OtlpOptions, { resource, scope }: Origin) {
  const counters = openCounters(options.metrics);
  return {
    logs: openSignal<LogRecord>(options, counters, {
      signal: 'logs',
      serialize: (items) => ProtobufLogsSerializer.serializeRequest(items),
      rejected: (answer) =>
        ProtobufLogsSerializer.deserializeResponse(answer).partialSuccess?.rejectedLogRecords,
    }),
    traces: openSignal<Span>(options, counters, {
      signal: 'traces',
      serialize: (items) => ProtobufTraceSerializer.serializeRequest(items),
      rejected: (answer) =>
        ProtobufTraceSerializer.deserializeResponse(answer).partialSuccess?.rejectedSpans,
    }),
    metrics: openSignal<MetricData[]>(options, counters, {
      signal: 'metrics',
      serialize: (items) =>
        ProtobufMetricsSerializer.serializeRequest({
          resource,
          scopeMetrics: [{ scope, metrics: items.flat() }],
        }),
      rejected: (answer) =>
        ProtobufMetricsSerializer.deserializeResponse(answer).partialSuccess?.rejectedDataPoints,
    }),
  };
}

const openCounters = (metrics: Metrics): { dropped: Counter; sent: Counter } => ({
  dropped: metrics.counter(
    'dbintel_otlp_dropped_total',
    'Records that never reached the OTLP receiver, by why.',
    ['signal', 'why'],
  ),
  sent: metrics.counter('dbintel_otlp_sent_total', 'Records that the OTLP receiver took.', [
    'signal',
  ]),
});

/** Some receivers want a key in the query, which the signal's path stands before. */
export function signalUrl(endpoint: string, signal: string): URL {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${signal}`;
  return url;
}

/** A sender with a connection of its own. */
function openSignal<T>(
  { endpoint, headers, tls, clock, random, logger }: OtlpOptions,
  counters: { dropped: Counter; sent: Counter },
  { signal, serialize, rejected }: Format<T>,
): Sender<T> {
  const url = signalUrl(endpoint, signal);
  // An alert sees what is added to a series, and not one that begins with its first loss.
  for (const why of losses) counters.dropped.inc({ signal, why }, 0);
  const poster = createPoster({ url, headers, ...(tls ? { tls } : {}) }, (answer) =>
    Number(rejected(answer) ?? 0),
  );
  const sender = createSender<T>({
    ...counters,
    signal,
    serialize: (items) => serialize(items) ?? new Uint8Array(),
    post: poster.post,
    clock,
    random,
    logger,
  });
  return {
    ...sender,
    async close() {
      await sender.close();
      poster.close();
    },
  };
}
