import { analyse } from '../analysis/analyse.ts';
import { rules } from '../analysis/rules/index.ts';
import type { CycleDeps } from '../collection/step.ts';
import type { CycleMemory } from '../history/history-questions.ts';
import type { Finding } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import type { QueryContext } from '../model/statistics.ts';
import type { Stop } from '../model/stop.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import type { TargetStore } from '../targets/target-store.ts';
import type { Ports } from './ports.ts';

/** What a cycle of one target needs, from its engine to what was known of its statements. */
export interface CycleWiring extends Pick<Ports, 'engines' | 'clock' | 'random'> {
  store: Pick<TargetStore, 'credentials'>;
  /** Undefined: nothing is remembered, as for a single cycle. */
  history?: CycleMemory;
  stops(): readonly Stop[];
  holder: string;
}

export function cycleWiring(
  { engines, store, history, stops, holder, clock, random }: CycleWiring,
  target: Target,
): Omit<CycleDeps, 'epoch' | 'claimServer'> {
  return {
    engine: engines[target.spec.engine],
    target,
    holder,
    credentials: (fresh) => store.credentials(target, fresh),
    stops,
    clock,
    random,
    analyse: (plan, context) => findings(history, target, plan, context),
    recall: (fingerprints) => recall(history, target, fingerprints),
  };
}

async function recall(
  history: CycleWiring['history'],
  target: Target,
  fingerprints: Parameters<CycleDeps['recall']>[0],
): ReturnType<CycleDeps['recall']> {
  const known =
    fingerprints.length && history ? await history.recall(target.uid, fingerprints) : [];
  return new Map(
    known.map(({ fingerprint, text, latestHash, latestCost, findings }) => [
      fingerprint,
      {
        findings,
        ...(text ? { text } : {}),
        ...(latestHash ? { hash: latestHash } : {}),
        ...(latestCost === undefined ? {} : { cost: latestCost }),
      },
    ]),
  );
}

async function findings(
  history: CycleWiring['history'],
  target: Target,
  plan: Plan,
  context: QueryContext & { timeShare: number },
): Promise<Finding[]> {
  const { fingerprint, hash, parameters } = plan;
  const previous = await history?.previousPlan({
    target: target.uid,
    fingerprint: fingerprint.value,
    hash: hash.shape,
    parameters,
  });
  return analyse(
    rules,
    plan,
    { ...context, ...(previous ? { previous } : {}) },
    { mutes: target.spec.findings.mute, timeShare: context.timeShare },
  );
}
