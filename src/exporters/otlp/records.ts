import { deflateRawSync } from 'node:zlib';
import {
  type Attributes,
  type HrTime,
  SpanKind,
  SpanStatusCode,
  ValueType,
} from '@opentelemetry/api';
import type {
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import type { Telemetry } from '../../dialects/dialect.ts';
import { dialectOf } from '../../dialects/index.ts';
import { summarizeSql } from '../../dialects/summarize-sql.ts';
import {
  type BatchQuery,
  type ExplainedQuery,
  findingsOf,
  isExplained,
  type PlanBatch,
} from '../../model/batch.ts';
import { knownCost } from '../../model/plan.ts';
import { isMuted } from '../../model/verdict.ts';
import { packedOf, plainOf } from '../../render/pack.ts';
import type { Totals } from './totals.ts';

/**
 * One cycle's batch → OpenTelemetry's records. Names in use today where there are any;
 * `db.query.plan.*` is this project's proposal, since the semantic conventions have none. Pure.
 */
export type LogRecord = NonNullable<
  Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0]
>[number];
export type Span = NonNullable<
  Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0]
>[number];
export type MetricData = NonNullable<
  Parameters<typeof ProtobufMetricsSerializer.serializeRequest>[0]
>['scopeMetrics'][number]['metrics'][number];

export interface Origin {
  resource: LogRecord['resource'];
  scope: LogRecord['instrumentationScope'];
}

/** As JSON, whole; packed, a tenth of it and for programs; or both. */
export const planForms = ['json', 'packed', 'both'] as const;
export type PlanForm = (typeof planForms)[number];

const time = (ms: number): HrTime => [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];
const summaryWidth = 255;
const severityInfo = 9;

const targetAttributes = ({ target }: PlanBatch): Attributes => ({
  'db.system.name': dialectOf(target.engine).telemetry.system,
  'dbintel.target.namespace': target.namespace,
  'dbintel.target.name': target.name,
  'dbintel.epoch': target.epoch,
});

/** `db.server.top_query` for each selected statement, `db.server.query_plan` for each plan. */
export function toLogs(batch: PlanBatch, origin: Origin, form: PlanForm): LogRecord[] {
  const at = time(batch.cycle.startedAt + batch.cycle.durationMs);
  const record = (eventName: string, attributes: Attributes): LogRecord => ({
    hrTime: at,
    hrTimeObserved: at,
    severityNumber: severityInfo,
    severityText: 'INFO',
    eventName,
    resource: origin.resource,
    instrumentationScope: origin.scope,
    attributes: { ...targetAttributes(batch), 'dbintel.cycle': batch.cycle.number, ...attributes },
    droppedAttributesCount: 0,
  });
  const { telemetry } = dialectOf(batch.target.engine);
  return batch.queries.flatMap((query) => {
    const statement = statementAttributes(query, telemetry);
    const top = record('db.server.top_query', {
      ...statement,
      ...countAttributes(query, telemetry),
    });
    return isExplained(query)
      ? [
          top,
          record('db.server.query_plan', {
            ...statement,
            ...planAttributes(query, telemetry, form),
          }),
        ]
      : [top];
  });
}

function statementAttributes(
  { stats, text, fingerprint }: BatchQuery,
  telemetry: Telemetry,
): Attributes {
  return {
    'db.namespace': stats.database,
    ...(text === undefined
      ? {}
      : { 'db.query.text': text, 'db.query.summary': summarizeSql(text, summaryWidth) }),
    'dbintel.fingerprint': fingerprint.value,
    ...telemetry.statement(stats),
  };
}

function countAttributes(query: BatchQuery, telemetry: Telemetry): Attributes {
  const { stats, strategy, timeShare, result } = query;
  const why =
    result.kind === 'refused'
      ? { 'dbintel.code': result.code, ...findingAttributes(query) }
      : { 'db.query.plan.hash': result.plan.hash.shape };
  return {
    ...telemetry.counts(stats),
    ...why,
    'dbintel.strategy': strategy,
    'dbintel.time_share': timeShare,
  };
}

function findingAttributes(query: BatchQuery): Attributes {
  const told = findingsOf(query).filter((each) => !isMuted(each));
  return told.length ? { 'dbintel.findings': [...new Set(told.map(({ rule }) => rule))] } : {};
}

function planAttributes(query: ExplainedQuery, telemetry: Telemetry, form: PlanForm): Attributes {
  const { plan } = query.result;
  const cost = knownCost(plan);
  return {
    'db.query.plan.hash': plan.hash.shape,
    ...(cost === undefined ? {} : { 'db.query.plan.cost.total': cost }),
    'db.query.plan.nodes.count': plan.totals.nodes,
    'db.query.plan.dominant_operation': plan.dominantOp,
    'db.query.plan.estimated_rows': plan.totals.estRows,
    'db.query.plan.parameters': plan.parameters,
    ...(plan.root.act
      ? { 'db.query.plan.actual_rows': plan.root.act.rows * plan.root.act.loops }
      : {}),
    ...findingAttributes(query),
    ...telemetry.plan(form === 'packed' ? undefined : JSON.stringify(plan.root), plan.hash.shape),
    ...(form === 'json' ? {} : { 'db.query.plan.packed': packedOf(deflateRawSync(plainOf(plan))) }),
  };
}

/** The cycle itself. `ids` are random bytes as hex: 32 characters and 16. */
export function toSpan(
  batch: PlanBatch,
  origin: Origin,
  ids: { trace: string; span: string },
): Span {
  const { cycle } = batch;
  const { outcome } = cycle;
  const code =
    outcome.kind === 'failed' ? outcome.error : 'reason' in outcome ? outcome.reason : undefined;
  return {
    name: 'dbintel.cycle',
    kind: SpanKind.INTERNAL,
    spanContext: () => ({ traceId: ids.trace, spanId: ids.span, traceFlags: 1 }),
    startTime: time(cycle.startedAt),
    endTime: time(cycle.startedAt + cycle.durationMs),
    duration: time(cycle.durationMs),
    status:
      outcome.kind === 'failed'
        ? { code: SpanStatusCode.ERROR, message: outcome.error }
        : { code: SpanStatusCode.UNSET },
    attributes: {
      ...targetAttributes(batch),
      'dbintel.cycle': cycle.number,
      'dbintel.outcome': outcome.kind,
      ...(code ? { 'dbintel.code': code } : {}),
      'dbintel.selected': cycle.selected,
      'dbintel.explained': cycle.explained,
      'dbintel.database_time': cycle.databaseMs / 1_000,
    },
    links: [],
    events: [],
    ended: true,
    resource: origin.resource,
    instrumentationScope: origin.scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/**
 * `DataPointType` and `AggregationTemporality` of the metrics SDK, which nothing else of is needed.
 */
const [gaugeType, sumType, cumulative] = [2, 3, 1];

/** The figures that /metrics shows too; `totals` with this cycle. */
export function toMetrics(batch: PlanBatch, totals: Totals): MetricData[] {
  const { cycle } = batch;
  const [startTime, endTime] = [time(totals.since), time(cycle.startedAt + cycle.durationMs)];
  const metric = (
    name: string,
    unit: string,
    description: string,
    points: [value: number, attributes: Attributes][],
    sum = false,
  ) =>
    ({
      descriptor: { name, unit, description, valueType: ValueType.DOUBLE },
      aggregationTemporality: cumulative,
      dataPointType: sum ? sumType : gaugeType,
      ...(sum ? { isMonotonic: true } : {}),
      dataPoints: points.map(([value, attributes]) => ({
        startTime,
        endTime,
        value,
        attributes: { ...targetAttributes(batch), ...attributes },
      })),
    }) as unknown as MetricData;
  const { coverage, safety } = cycle;
  return [
    metric(
      'dbintel.cycles',
      '{cycle}',
      'Collection cycles by outcome.',
      [...totals.cycles].map(([kind, count]) => [count, { 'dbintel.outcome': kind }]),
      true,
    ),
    metric(
      'dbintel.database_time',
      's',
      'Time our own statements took on the server.',
      [[totals.databaseMs / 1_000, {}]],
      true,
    ),
    metric('dbintel.cycle.duration', 's', 'Duration of a cycle.', [[cycle.durationMs / 1_000, {}]]),
    metric('dbintel.circuit.open', '1', '1 while the circuit breaker is open.', [
      [safety.circuit === 'open' ? 1 : 0, {}],
    ]),
    metric('dbintel.statement_timeout', 's', 'The statement timeout, as adapted.', [
      [safety.statementTimeoutMs / 1_000, {}],
    ]),
    ...(coverage
      ? [
          metric('dbintel.coverage', '1', 'Share of the interval’s database time.', [
            [coverage.explained, { 'dbintel.coverage.kind': 'explained' }],
            [coverage.accountedFor, { 'dbintel.coverage.kind': 'reason' }],
            [coverage.unknown ?? 0, { 'dbintel.coverage.kind': 'unknown' }],
          ]),
        ]
      : []),
  ];
}
