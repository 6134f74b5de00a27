import { priorOf } from '../analysis/analyse.ts';
import { confidence, type Said } from '../analysis/confidence.ts';
import type { Rule } from '../analysis/rule.ts';
import type { Metrics } from '../base/metrics.ts';
import type { CycleMemory } from '../history/history-questions.ts';
import { type VerdictCount, verdictKinds } from '../model/verdict.ts';

/**
 * What people said of all targets' findings, by rule: as metrics, and as the confidence with which
 * a rule speaks from then on.
 */
export interface Learning {
  /** Undefined: nobody has said anything of the rule yet. */
  confidenceOf(rule: string): number | undefined;
  /** Counts anew. Where the history is away, what was known stays. */
  look(): Promise<void>;
}

export function createLearning({
  history,
  metrics,
  rules,
}: {
  history: Pick<CycleMemory, 'verdictCounts'>;
  metrics: Metrics;
  rules: readonly Rule[];
}): Learning {
  const gauge = metrics.gauge(
    'dbintel_finding_verdicts',
    'What people said of findings and did not take back; of all targets in the history.',
    ['rule', 'verdict'],
  );
  let known: ReadonlyMap<string, number> = new Map();
  return {
    confidenceOf: (rule) => known.get(rule),
    async look() {
      const counts = await history.verdictCounts();
      if (!counts) return;
      for (const { id: rule } of rules)
        for (const verdict of verdictKinds)
          gauge.set(countOf(counts, rule, verdict), { rule, verdict });
      known = confidences(rules, counts);
    },
  };
}

/** Of rules that there are, and of whose findings somebody has said whether they are right. */
function confidences(
  rules: readonly Rule[],
  counts: readonly VerdictCount[],
): ReadonlyMap<string, number> {
  return new Map(
    rules.flatMap((rule): [string, number][] => {
      const said: Said = {
        accepted: countOf(counts, rule.id, 'accepted'),
        dismissed: countOf(counts, rule.id, 'dismissed'),
      };
      return said.accepted + said.dismissed > 0 ? [[rule.id, confidence(priorOf(rule), said)]] : [];
    }),
  );
}

const countOf = (
  counts: readonly VerdictCount[],
  rule: string,
  kind: VerdictCount['kind'],
): number => counts.find((each) => each.rule === rule && each.kind === kind)?.count ?? 0;
