import type { Counter, Gauge, Histogram, Labels } from '../../base/metrics.ts';
import { type BatchQuery, findingsOf, type PlanBatch } from '../../model/batch.ts';
import { isMuted } from '../../model/verdict.ts';
import type { Meters } from './meters.ts';

/** What a batch says, as figures for meters. Pure. */
export type Figure =
  /** Added to what was. */
  | { readonly kind: 'count'; readonly meter: Of<Counter>; readonly labels: Labels; by: number }
  /** Instead of what was. */
  | { readonly kind: 'set'; readonly meter: Of<Gauge>; readonly labels: Labels; value: number }
  /** Of all targets together. */
  | { readonly kind: 'observe'; readonly meter: Of<Histogram>; readonly value: number };

/** Names of the meters of one kind. */
type Of<Meter> = {
  [Name in keyof Meters]: Meters[Name] extends Meter ? Name : never;
}[keyof Meters];

/** Labels besides the target's own. */
export function figuresOf({ cycle, queries }: PlanBatch): Figure[] {
  const { outcome, safety, coverage } = cycle;
  const code =
    outcome.kind === 'failed' ? outcome.error : 'reason' in outcome ? outcome.reason : '';
  return [
    count('cycles', { outcome: outcome.kind, code }),
    count('databaseSeconds', {}, cycle.databaseMs / 1_000),
    observe('cycleSeconds', cycle.durationMs / 1_000),
    set('lastCycle', cycle.startedAt / 1_000),
    set('circuit', safety.circuit === 'open' ? 1 : 0),
    set('timeout', safety.statementTimeoutMs / 1_000),
    ...(coverage
      ? [
          set('coverage', coverage.explained, { kind: 'explained' }),
          set('coverage', coverage.accountedFor, { kind: 'reason' }),
          set('coverage', coverage.unknown ?? 0, { kind: 'unknown' }),
        ]
      : []),
    ...queries.flatMap(figuresOfQuery),
  ];
}

function figuresOfQuery(query: BatchQuery): Figure[] {
  const { result } = query;
  const findings = findingsOf(query)
    .filter((each) => !isMuted(each))
    .map(({ rule }) => count('findings', { rule }));
  return result.kind === 'refused'
    ? [count('statements', { result: result.code }), ...findings]
    : [
        count('statements', { result: 'explained' }),
        observe('explainSeconds', result.explainMs / 1_000),
        ...findings,
      ];
}

const count = (meter: Of<Counter>, labels: Labels, by = 1): Figure => ({
  kind: 'count',
  meter,
  labels,
  by,
});
const set = (meter: Of<Gauge>, value: number, labels: Labels = {}): Figure => ({
  kind: 'set',
  meter,
  labels,
  value,
});
const observe = (meter: Of<Histogram>, value: number): Figure => ({
  kind: 'observe',
  meter,
  value,
});
