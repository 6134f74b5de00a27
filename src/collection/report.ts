import type { Code } from '../base/codes.ts';
import { summarizeSql } from '../dialects/summarize-sql.ts';
import type { Prerequisite } from '../engines/engine.ts';
import {
  type BatchQuery,
  type CycleOutcome,
  type CycleReport,
  isExplained,
  type TopQuery,
} from '../model/batch.ts';
import { knownCost } from '../model/plan.ts';
import type { QueryStats } from '../model/statistics.ts';
import { currentTimeout } from '../safety/adaptive-timeout.ts';
import { breakerVerdict } from '../safety/circuit-breaker.ts';
import { computeCoverage } from './coverage.ts';
import type { Window } from './delta.ts';
import type { CycleSettings } from './settings.ts';
import type { TargetState } from './target-state.ts';

/**
 * What a cycle has got so far; kept outside, so that a failure in the middle loses nothing of it.
 */
export interface Work {
  queries: BatchQuery[];
  databaseMs: number;
  server?: { version: string; role: 'primary' | 'standby' };
  prerequisites?: Prerequisite[];
  window?: Window;
  covers?: (database: string) => boolean;
  brake?: Code;
  reasons?: Map<string, Code>;
  /** Redacted texts of heavy statements that were not asked about, by key. */
  texts?: ReadonlyMap<string, string>;
}

export interface Recalled {
  text?: string;
  hash?: string;
  cost?: number;
  findings: { rule: string; message: string }[];
}

/** By fingerprint; what nothing is known of is absent. */
export type Recall = (fingerprints: readonly string[]) => Promise<ReadonlyMap<string, Recalled>>;

export interface ReportFacts {
  state: TargetState;
  work: Work;
  settings: CycleSettings;
  outcome: CycleOutcome;
  startedAt: number;
  durationMs: number;
  now: number;
}

/** What a cycle did, in figures. Pure but for recalling what earlier cycles found. */
export async function makeReport(
  { state, work, settings, outcome, startedAt, durationMs, now }: ReportFacts,
  recall: Recall,
): Promise<CycleReport> {
  const unexplained: CycleReport['unexplained'] = {};
  for (const { result } of work.queries)
    if (result.kind === 'refused') unexplained[result.code] = (unexplained[result.code] ?? 0) + 1;
  const current = (key: string) =>
    now - (state.explained.get(key)?.at ?? 0) < 2 * settings.reexplainAfter_ms;
  const covers = work.covers ?? (() => true);
  const coverage =
    work.window &&
    computeCoverage(work.window, {
      covers,
      hasPlan: current,
      reasonOf: (key) => work.reasons?.get(key),
    });
  const burst = settings.databaseTime.burst;
  return {
    number: state.cycle,
    startedAt,
    durationMs,
    databaseMs: work.databaseMs,
    outcome,
    ...(work.server ? { server: work.server } : {}),
    ...(work.window ? { window: windowOf(work.window) } : {}),
    selected: work.queries.length,
    explained: work.queries.filter(isExplained).length,
    unexplained,
    ...(coverage ? { coverage } : {}),
    safety: {
      statementTimeoutMs: currentTimeout(state.timeout, settings.timeout),
      ...circuit(state, now),
      ...(work.brake ? { brake: work.brake } : {}),
      databaseTimeUsed:
        burst > 0
          ? Math.max(0, 1 - state.databaseTime.tokens / burst) *
            (settings.databaseTime.perSecond / 1_000)
          : 0,
    },
    top: work.window ? await topQueries(state, work, recall) : [],
  };
}

const windowOf = ({ sinceStatisticsBegan, began, ms }: Window) => ({
  sinceStatisticsBegan,
  ...(began ? { began } : {}),
  ms,
});

function circuit(
  { breaker }: TargetState,
  now: number,
): Pick<CycleReport['safety'], 'circuit' | 'open'> {
  const { circuit, until, cause } = breakerVerdict(breaker, now);
  return {
    circuit,
    ...(until === undefined ? {} : { open: { until, ...(cause ? { cause } : {}) } }),
  };
}

const topCount = 15;
const topWidth = 120;

const coveredStats = (stats: readonly QueryStats[], covers: (database: string) => boolean) =>
  stats.filter(({ toplevel, database }) => toplevel && covers(database));
const heaviestOf = (stats: readonly QueryStats[]) =>
  stats.toSorted((a, b) => b.totalMs - a.totalMs).slice(0, topCount);

/**
 * Those that will be shown, and of which neither this cycle nor an earlier one has read the text.
 */
export function shownWithoutText(
  { window, covers = () => true, queries }: Work,
  { explained, failures }: Pick<TargetState, 'explained' | 'failures'>,
): QueryStats[] {
  const asked = new Set(queries.map(({ stats }) => stats.key));
  return heaviestOf(coveredStats(window?.stats ?? [], covers)).filter(
    ({ key }) => !asked.has(key) && !explained.has(key) && !failures.has(key),
  );
}

/**
 * The heaviest statements of the interval in the target's databases, with what is known of each:
 * from this cycle, or from an earlier one.
 */
async function topQueries(
  state: TargetState,
  { window, covers = () => true, queries, reasons, texts }: Work,
  recall: Recall,
): Promise<TopQuery[]> {
  const stats = coveredStats(window?.stats ?? [], covers);
  const total = stats.reduce((sum, { totalMs }) => sum + totalMs, 0);
  const fresh = new Map(queries.map((query) => [query.stats.key, query]));
  const heaviest = heaviestOf(stats);
  const fingerprintOf = ({ key, nativeId }: QueryStats) =>
    fresh.get(key)?.fingerprint.value ??
    state.explained.get(key)?.fingerprint ??
    state.failures.get(key)?.fingerprint ??
    `q${nativeId}`;
  const known = await recall(heaviest.filter(({ key }) => !fresh.has(key)).map(fingerprintOf));
  return heaviest.map((each): TopQuery => {
    const { key, totalMs, meanMs } = each;
    const query = fresh.get(key);
    const fingerprint = fingerprintOf(each);
    const recalled = query ? fromQuery(query) : known.get(fingerprint);
    // A former owner explained it: its plan is in that one's history, its hash came along.
    const text = recalled?.text ?? texts?.get(key);
    const plan = recalled?.hash ?? (query ? undefined : state.explained.get(key)?.hash);
    return {
      fingerprint,
      timeShare: total > 0 ? totalMs / total : 0,
      text: text ? summarizeSql(text, topWidth) : '',
      meanMs,
      ...(plan ? { plan } : {}),
      ...(recalled?.cost === undefined ? {} : { cost: recalled.cost }),
      ...(plan ? {} : { code: reasons?.get(key) ?? 'not_selected' }),
      findings: recalled?.findings ?? [],
    };
  });
}

function fromQuery({ text, result }: BatchQuery): Recalled {
  const known = text === undefined ? {} : { text };
  if (result.kind === 'refused') return { ...known, findings: [] };
  const cost = knownCost(result.plan);
  return {
    ...known,
    hash: result.plan.hash.shape,
    ...(cost === undefined ? {} : { cost }),
    findings: result.findings.map(({ rule, message }) => ({ rule, message })),
  };
}
