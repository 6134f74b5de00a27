import { impact } from './impact.ts';
import { newlySeen } from './newly-seen.ts';
import { regression } from './regression.ts';
import { stale } from './stale.ts';
import type { Candidate, SelectionContext, SelectionStrategy, StrategyName } from './strategy.ts';
import { variance } from './variance.ts';

export const strategies = { impact, variance, regression, newlySeen, stale } satisfies Record<
  StrategyName,
  SelectionStrategy
>;

export interface Selected {
  candidate: Candidate;
  strategy: StrategyName;
}

export interface Selection {
  /**
   * In the order to explain them; as many as wanted, plus spares for those that turn out to have no
   * plan.
   */
  ranked: Selected[];
  /** What each strategy is owed next time. */
  credits: Record<string, number>;
}

/**
 * Merges the strategies' rankings by weight: each place goes to the strategy that is owed most
 * (smooth weighted round robin), which gives its best candidate not yet taken. Debts are kept
 * between cycles, so that a strategy with a small weight gets its turn even where a cycle has one
 * place.
 */
export function select(
  candidates: readonly Candidate[],
  weights: Record<StrategyName, number>,
  owed: Readonly<Record<string, number>>,
  { wanted, spares, ...context }: SelectionContext & { wanted: number; spares: number },
): Selection {
  const rankings = Object.values(strategies)
    .filter(({ name }) => weights[name] > 0)
    .map((strategy) => ({
      name: strategy.name,
      weight: weights[strategy.name],
      queue: rank(candidates, strategy, context),
    }));
  const taken = new Set<Candidate>();
  const credits = new Map(rankings.map(({ name }) => [name, owed[name] ?? 0]));
  const ranked: Selected[] = [];
  let settled: Map<StrategyName, number> | undefined;
  while (ranked.length < wanted + spares) {
    for (const { queue } of rankings) while (queue[0] && taken.has(queue[0])) queue.shift();
    const live = rankings.filter(({ queue }) => queue.length);
    const [first, ...rest] = live;
    if (!first) break;
    for (const { name, weight } of live) credits.set(name, (credits.get(name) ?? 0) + weight);
    const winner = rest.reduce(
      (best, each) => ((credits.get(each.name) ?? 0) > (credits.get(best.name) ?? 0) ? each : best),
      first,
    );
    credits.set(
      winner.name,
      (credits.get(winner.name) ?? 0) - live.reduce((sum, { weight }) => sum + weight, 0),
    );
    const candidate = winner.queue.shift();
    if (!candidate) break;
    taken.add(candidate);
    ranked.push({ candidate, strategy: winner.name });
    if (ranked.length === wanted) settled = new Map(credits);
  }
  return {
    ranked,
    credits: Object.fromEntries(
      [...(settled ?? credits)].map(([name, credit]) => [name, clamp(credit, weights[name])]),
    ),
  };
}

/** A strategy that had no candidates for a week must not own the next hour. */
const clamp = (credit: number, weight: number) =>
  Math.max(-10 * weight, Math.min(10 * weight, credit));

function rank(
  candidates: readonly Candidate[],
  strategy: SelectionStrategy,
  context: SelectionContext,
): Candidate[] {
  return candidates
    .map((candidate) => ({ candidate, score: strategy.score(candidate, context) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || (a.candidate.stats.key < b.candidate.stats.key ? -1 : 1))
    .map(({ candidate }) => candidate);
}
