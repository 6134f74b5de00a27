import { analyse, analyseUnplanned } from '../analysis/analyse.ts';
import { rules } from '../analysis/rules/index.ts';
import { createTextHomes } from '../collection/own-fingerprint.ts';
import type { CycleDeps, TextHomes } from '../collection/step.ts';
import type { CycleMemory } from '../history/history-questions.ts';
import type { HistoryWriter } from '../history/history-writer.ts';
import type { Finding } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import type { QueryContext } from '../model/statistics.ts';
import type { Stop } from '../model/stop.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import type { TargetStore } from '../targets/target-store.ts';
import type { Ports } from './ports.ts';
import { createTargetVerdicts, type TargetVerdicts } from './target-verdicts.ts';

/** What a cycle of one target needs, from its engine to what was known of its statements. */
export interface CycleWiring extends Pick<Ports, 'engines' | 'clock' | 'random'> {
  store: Pick<TargetStore, 'credentials'>;
  /** Undefined: nothing is remembered, as for a single cycle. */
  history?: CycleMemory & Pick<HistoryWriter, 'judge'>;
  /** What is said of the target's findings, as it stands on it now. */
  annotation(): string | undefined;
  /** What is wrong in the annotation. */
  onMistakes?(mistakes: readonly string[]): void;
  /** Undefined: as much as the rule claims. */
  confidenceOf?(rule: string): number | undefined;
  stops(): readonly Stop[];
  holder: string;
  /** Of all targets that are wired with it. */
  homes?: TextHomes;
}

export function cycleWiring(
  wiring: CycleWiring,
  target: Target,
): Omit<CycleDeps, 'epoch' | 'claimServer'> {
  const { engines, store, history, stops, holder, clock, random } = wiring;
  const verdicts = createTargetVerdicts({
    ...wiring,
    uid: target.uid,
    history,
    rules: ruleIds,
    onMistakes: (mistakes) => wiring.onMistakes?.(mistakes),
  });
  const judging = { ...wiring, target, history, verdicts };
  return {
    engine: engines[target.spec.engine],
    target,
    holder,
    credentials: (fresh) => store.credentials(target, fresh),
    stops,
    clock,
    random,
    analyse: (plan, context) => findings(judging, plan, context),
    analyseUnplanned: (context) => findings(judging, undefined, context),
    recall: (fingerprints) => recall(judging, fingerprints),
    homes: wiring.homes ?? createTextHomes(),
    ...(history && target.spec.advice.mode !== 'disabled'
      ? { changes: () => changesOf(target, history) }
      : {}),
  };
}

/** What is in force, or was taken back; one list, and only where there is advice. */
async function changesOf(
  { uid }: Target,
  history: Pick<CycleMemory, 'proposals'>,
): Promise<ReadonlyMap<string, number>> {
  const of = { target: uid, phases: changedPhases, limit: mostChanges };
  const changes = ((await history.proposals(of)) ?? []).flatMap(({ state, evidence }) =>
    evidence.statements.map(({ fingerprint }) => [fingerprint, state.since] as const),
  );
  return new Map(changes.toSorted(([, a], [, b]) => a - b));
}
const changedPhases = ['Observing', 'RolledBack'] as const;
const mostChanges = 100;

const ruleIds = rules.map(({ id }) => id);

interface Judging extends Pick<CycleWiring, 'confidenceOf'> {
  target: Target;
  history: CycleWiring['history'];
  verdicts: TargetVerdicts;
}

async function recall(
  { history, target, verdicts }: Judging,
  fingerprints: Parameters<CycleDeps['recall']>[0],
): ReturnType<CycleDeps['recall']> {
  const mark = await verdicts.read();
  const known =
    fingerprints.length && history ? await history.recall(target.uid, fingerprints) : [];
  return new Map(
    known.map(({ fingerprint, database, text, latestHash, latestCost, findings }) => [
      fingerprint,
      {
        database,
        findings: mark(fingerprint, findings),
        ...(text ? { text } : {}),
        ...(latestHash ? { hash: latestHash } : {}),
        ...(latestCost === undefined ? {} : { cost: latestCost }),
      },
    ]),
  );
}

async function findings(
  { history, target, verdicts, confidenceOf }: Judging,
  plan: Plan | undefined,
  context: QueryContext & { timeShare: number },
): Promise<Finding[]> {
  const mark = await verdicts.read();
  const by = {
    mutes: target.spec.findings.mute,
    timeShare: context.timeShare,
    ...(confidenceOf ? { confidenceOf } : {}),
  };
  const previous = plan && (await planBefore(plan, target, history));
  const found = plan
    ? analyse(rules, plan, { ...context, ...(previous ? { previous } : {}) }, by)
    : analyseUnplanned(rules, target.spec.engine, context, by);
  return mark(context.fingerprint.value, found);
}

const planBefore = (
  { fingerprint, hash, parameters }: Plan,
  target: Target,
  history: CycleWiring['history'],
) =>
  history?.previousPlan({
    target: target.uid,
    fingerprint: fingerprint.value,
    hash: hash.shape,
    before: hash.before,
    parameters,
  });
