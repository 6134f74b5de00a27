import type { Code } from '../base/codes.ts';
import { summarizeSql } from '../dialects/summarize-sql.ts';
import type { Session } from '../engines/engine.ts';
import { type BatchQuery, findingsOf, type TopQuery } from '../model/batch.ts';
import { knownCost } from '../model/plan.ts';
import type { QueryStats } from '../model/statistics.ts';
import { isMuted } from '../model/verdict.ts';
import { coveredStats } from './coverage.ts';
import type { Window } from './delta.ts';
import type { CycleContext, Progress, Recall, Recalled } from './step.ts';

/** The heaviest statements of the interval: as many as fit on a screen, each in a line. */
const topCount = 15;
const topWidth = 120;

const heaviestOf = (stats: readonly QueryStats[]) =>
  stats.toSorted((a, b) => b.totalMs - a.totalMs).slice(0, topCount);

/** Of those that will be shown, and whose text no cycle has read. */
export async function* texts(
  cycle: Progress,
  session: Session,
  { covers }: Pick<CycleContext, 'covers'>,
): AsyncGenerator<Progress> {
  const { explained, failures } = cycle.state;
  const answered = new Set(cycle.answers.map(({ query }) => query.stats.key));
  const wanted = heaviestOf(coveredStats(cycle.window, covers)).filter(
    ({ key }) => !answered.has(key) && !explained.has(key) && !failures.has(key),
  );
  yield { ...cycle, texts: await session.texts(wanted) };
}

export interface TopFacts {
  covers(database: string): boolean;
  recall: Recall;
  reasonOf(key: string): Code | undefined;
}

/** In the target's databases, with what this cycle or an earlier one knows of each. */
export async function topQueries(
  window: Window,
  { state: { explained, failures }, answers, texts: readTexts }: Progress,
  { covers, recall, reasonOf }: TopFacts,
): Promise<TopQuery[]> {
  const stats = coveredStats(window, covers);
  const total = stats.reduce((sum, { totalMs }) => sum + totalMs, 0);
  const fresh = new Map(answers.map(({ query }) => [query.stats.key, query]));
  const heaviest = heaviestOf(stats);
  const fingerprintOf = ({ key, nativeId }: QueryStats) =>
    fresh.get(key)?.fingerprint.value ??
    explained.get(key)?.fingerprint ??
    failures.get(key)?.fingerprint ??
    `q${nativeId}`;
  const known = await recall(heaviest.filter(({ key }) => !fresh.has(key)).map(fingerprintOf));
  return heaviest.map((each): TopQuery => {
    const { key, totalMs, meanMs } = each;
    const query = fresh.get(key);
    const fingerprint = fingerprintOf(each);
    const recalled = query ? fromQuery(query) : known.get(fingerprint);
    // A former owner explained it: its plan is in that one's history, its hash came along.
    const text = recalled?.text ?? readTexts.get(key);
    const plan = recalled?.hash ?? (query ? undefined : explained.get(key)?.hash);
    return {
      fingerprint,
      timeShare: total > 0 ? totalMs / total : 0,
      text: text ? summarizeSql(text, topWidth) : '',
      meanMs,
      ...(plan ? { plan } : {}),
      ...(recalled?.cost === undefined ? {} : { cost: recalled.cost }),
      ...(plan ? {} : { code: reasonOf(key) ?? 'not_selected' }),
      findings: (recalled?.findings ?? []).filter((each) => !isMuted(each)),
    };
  });
}

function fromQuery(query: BatchQuery): Recalled {
  const { text, result } = query;
  const known = {
    ...(text === undefined ? {} : { text }),
    findings: findingsOf(query).map(({ rule, message, verdict }) => ({
      rule,
      message,
      ...(verdict ? { verdict } : {}),
    })),
  };
  if (result.kind === 'refused') return known;
  const cost = knownCost(result.plan);
  return {
    ...known,
    hash: result.plan.hash.shape,
    ...(cost === undefined ? {} : { cost }),
  };
}
