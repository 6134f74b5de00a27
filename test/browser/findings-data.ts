import type { AllFindingsAnswer } from '../../src/http/answers/findings.ts';
import { itemAt } from './fleet-data.ts';

/** Findings of a fleet, always the same ones; what /findings answers of them. */
type Finding = AllFindingsAnswer['items'][number];

const kinds: [rule: string, severity: Finding['severity'], message: string, fix: string][] = [
  [
    'full-scan',
    'critical',
    'orders is read whole (1.2 M rows) to find 40 by customer_id',
    'CREATE INDEX CONCURRENTLY ON shop.orders (customer_id);',
  ],
  [
    'misestimate',
    'warning',
    'line_items: 65 rows were expected, 68,000 came (×1,046)',
    'ANALYZE shop.line_items; then raise the statistics target of line_items.order_id.',
  ],
  [
    'sort-on-disk',
    'warning',
    'a sort of 68,000 rows goes to disk for want of memory',
    "SET work_mem = '64MB' for this role, or an index that gives the order.",
  ],
  ['large-offset', 'info', 'OFFSET 40,000 reads what it throws away', 'Go on from the last key.'],
];

export function findingAt(at: number, now: number): Finding {
  const [rule, severity, message, fix] = kinds[at % kinds.length] as (typeof kinds)[number];
  const { uid, namespace, name } = itemAt((at * 13) % 400 || 1, now);
  return {
    target: uid,
    namespace,
    name,
    fingerprint: `f${at.toString(16).padStart(15, '0')}`,
    hash: 'ph1:9c41e0',
    rule,
    severity,
    message,
    fix,
    nodes: [3],
    timeShare: 0.4 / (1 + at / 9),
    saves: 0.31 / (1 + at / 7),
    confidence: 0.9,
    category: 'index',
    also: at % 4 ? [] : [{ rule: 'misestimate', message: 'and 40 rows were expected, 2 came' }],
    firstSeen: now - 3 * 86_400_000,
    lastSeen: now - 41_000,
  };
}

export const findingsOf = (count: number, now: number): Finding[] =>
  Array.from({ length: count }, (_, at) => findingAt(at, now));

export function findingsAnswer(
  all: readonly Finding[],
  params: URLSearchParams,
): AllFindingsAnswer {
  const [sev, rule, ns] = ['sev', 'rule', 'ns'].map((name) => params.get(name)?.split(','));
  const ofSeverity = all.filter(
    (each) =>
      (sev?.includes(each.severity) ?? true) &&
      (ns?.includes(each.namespace) ?? true) &&
      (params.get('muted') === 'include' || !each.verdict || each.verdict.kind === 'accepted'),
  );
  const found = ofSeverity.filter((each) => rule?.includes(each.rule) ?? true);
  const from = Number(params.get('cursor') ?? 0);
  const to = from + Number(params.get('limit') ?? 100);
  const count = (of: readonly Finding[], severity: string) =>
    of.filter((each) => each.severity === severity).length;
  return {
    items: found.slice(from, to),
    total: found.length,
    counts: [...Map.groupBy(ofSeverity, (each) => each.rule)].map(([name, of]) => ({
      rule: name,
      critical: count(of, 'critical'),
      warning: count(of, 'warning'),
      info: count(of, 'info'),
    })),
    ...(to < found.length ? { next: String(to) } : {}),
  };
}
