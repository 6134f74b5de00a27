import { seededRandom } from '../src/base/random.ts';
import { select } from '../src/collection/selection/select.ts';
import type { Candidate } from '../src/collection/selection/strategy.ts';
import type { Section } from './harness.ts';

/**
 * A skewed workload of 500 statements: how much of its time has no plan after some cycles, with our
 * selection and with one worst query a cycle.
 */
const statements = 500;
const cycles = 30;
const weights = { impact: 100, variance: 50, regression: 100, newlySeen: 50, stale: 50 };

export function selection(): Section {
  const random = seededRandom(7);
  // Zipf's law for the calls; mean times spread over four orders of magnitude, independent of them.
  const workload = Array.from({ length: statements }, (_, i) => ({
    calls: Math.ceil(100_000 / (i + 1) ** 1.1),
    meanMs: 10 ** (4 * random.next() - 2),
  })).map(({ calls, meanMs }, i) => ({
    key: `k${i}`,
    nativeId: `${i}`,
    database: 'd',
    user: 'u',
    toplevel: true,
    calls,
    meanMs,
    totalMs: calls * meanMs,
    stddevMs: meanMs * 2 * random.next(),
    rows: 0,
    tempBlocksWritten: 0,
    isNew: false,
  }));
  const total = workload.reduce((sum, { totalMs }) => sum + totalMs, 0);
  const missing = (covered: Set<string>) =>
    workload.reduce((sum, { key, totalMs }) => sum + (covered.has(key) ? 0 : totalMs), 0) / total;

  const [ours, one] = [new Set<string>(), new Set<string>()];
  const rows: Section['rows'] = [];
  let credits: Record<string, number> = {};
  const worstFirst = workload.toSorted((a, b) => b.meanMs - a.meanMs);
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    const candidates: Candidate[] = workload.map((stats) => ({
      stats,
      sketch: undefined,
      explained: ours.has(stats.key) ? { at: 0, fingerprint: '', hash: '' } : undefined,
    }));
    const chosen = select(candidates, weights, credits, {
      now: cycle * 60_000,
      reexplainAfter_ms: 21_600_000,
      wanted: 10,
      spares: 0,
    });
    credits = chosen.credits;
    for (const { candidate } of chosen.ranked) ours.add(candidate.stats.key);
    one.add(worstFirst[cycle - 1]?.key ?? '');
    if ([1, 5, 10, cycles].includes(cycle)) {
      const [a, b] = [missing(ours), missing(one)];
      rows.push([
        `time without a plan after ${cycle} cycles: ours / one worst query`,
        `${(100 * a).toFixed(1)} % / ${(100 * b).toFixed(1)} % ` +
          `(−${Math.round(100 * (1 - a / b))} %)`,
        cycle === cycles ? '−50 % or better' : '',
      ]);
    }
  }
  return {
    title: 'Selection',
    how:
      `${statements} statements, calls by Zipf’s law, mean times over four orders of ` +
      'magnitude (seed 7), 10 a cycle; baseline: the statement with the worst mean time, ' +
      'one a cycle',
    rows,
  };
}
