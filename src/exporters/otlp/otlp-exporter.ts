import {
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Random } from '../../base/random.ts';
import type { Exporter } from '../exporter.ts';
import { createPoster, type OtlpEndpoint } from './post.ts';
import {
  type LogRecord,
  type MetricData,
  type Span,
  toLogs,
  toMetrics,
  toSpan,
} from './records.ts';
import { createSender } from './sender.ts';

/**
 * Batches → an OpenTelemetry receiver: plans and top statements as log events, figures as metrics,
 * cycles as spans.
 */
export interface OtlpOptions extends Omit<OtlpEndpoint, 'url'> {
  /** `http://collector:4318`; the signals' paths are added. */
  endpoint: string;
  version: string;
  instance: string;
  /** Hex digits, as many as asked for. */
  randomHex(digits: number): string;
  clock: Clock;
  random: Random;
  metrics: Metrics;
  logger: Logger;
}

/** Of a record besides its texts. */
const recordBytes = 600;

export function createOtlpExporter({
  endpoint,
  version,
  instance,
  randomHex,
  clock,
  random,
  metrics,
  logger,
  ...connection
}: OtlpOptions): Exporter {
  const resource = resourceFromAttributes({
    'service.name': 'dbintel',
    'service.version': version,
    'service.instance.id': instance,
  });
  const scope = { name: 'dbintel', version };
  const origin = { resource, scope };
  const dropped = metrics.counter(
    'dbintel_otlp_dropped_total',
    'Records that never reached the OTLP receiver, by why.',
    ['signal', 'why'],
  );
  const sent = metrics.counter('dbintel_otlp_sent_total', 'Records that the OTLP receiver took.', [
    'signal',
  ]);
  const urlOf = (signal: string) => new URL(`${endpoint.replace(/\/$/, '')}/v1/${signal}`);
  const posters = {
    logs: createPoster({ ...connection, url: urlOf('logs') }, (body) =>
      Number(
        ProtobufLogsSerializer.deserializeResponse(body).partialSuccess?.rejectedLogRecords ?? 0,
      ),
    ),
    traces: createPoster({ ...connection, url: urlOf('traces') }, (body) =>
      Number(ProtobufTraceSerializer.deserializeResponse(body).partialSuccess?.rejectedSpans ?? 0),
    ),
    metrics: createPoster({ ...connection, url: urlOf('metrics') }, (body) =>
      Number(
        ProtobufMetricsSerializer.deserializeResponse(body).partialSuccess?.rejectedDataPoints ?? 0,
      ),
    ),
  };
  const common = { clock, random, logger, dropped, sent };
  const bytes = (made: Uint8Array | undefined) => made ?? new Uint8Array();
  const logs = createSender<LogRecord>({
    ...common,
    signal: 'logs',
    post: posters.logs.post,
    serialize: (items) => bytes(ProtobufLogsSerializer.serializeRequest(items)),
  });
  const traces = createSender<Span>({
    ...common,
    signal: 'traces',
    post: posters.traces.post,
    serialize: (items) => bytes(ProtobufTraceSerializer.serializeRequest(items)),
  });
  const figures = createSender<MetricData[]>({
    ...common,
    signal: 'metrics',
    post: posters.metrics.post,
    serialize: (items) =>
      bytes(
        ProtobufMetricsSerializer.serializeRequest({
          resource,
          scopeMetrics: [{ scope, metrics: items.flat() }],
        }),
      ),
  });
  return {
    name: 'otlp',
    async export(batch) {
      for (const record of toLogs(batch, origin)) logs.add(record, sizeOf(record));
      traces.add(toSpan(batch, origin, { trace: randomHex(32), span: randomHex(16) }), recordBytes);
      figures.add(toMetrics(batch), 6 * recordBytes);
    },
    async flush() {
      await Promise.all([logs, traces, figures].map((sender) => sender.flush(flushDeadline_ms)));
    },
    async close() {
      await Promise.all([logs, traces, figures].map((sender) => sender.close()));
      for (const { close } of Object.values(posters)) close();
    },
  };
}

const flushDeadline_ms = 4_000;

const sizeOf = ({ attributes }: LogRecord): number =>
  Object.values(attributes).reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? value.length : 16),
    recordBytes,
  );
