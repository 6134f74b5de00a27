import type { LoopReason } from '../advice/machine-state.ts';
import type { Lifecycle } from '../base/lifecycle.ts';
import { regularly } from '../base/regularly.ts';
import type { RunningTarget } from '../controller/controller.ts';
import { explain } from '../executor/cluster-status.ts';
import type { AdviceQuestions, AdviceWriter } from '../history/advice.ts';
import {
  isUndecided,
  type ProposalState,
  proposalPhases,
  type StoredProposal,
} from '../model/proposal.ts';
import type { Decision, DecisionStore } from '../targets/kubernetes/decisions.ts';
import type { Ports } from './ports.ts';

/**
 * What becomes of advice in a cluster is written by the executor into its IndexRecommendation; here
 * the owner of a target copies that into the history, where API, pages and commands read it.
 */
export interface PhasesDuty {
  /** Copies what is new; to be called now and then. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

export interface PhasesDeps {
  /** Begins to follow them: not before a target that runs here wants advice. */
  open(): DecisionStore;
  running(): Iterable<RunningTarget>;
  history: Pick<AdviceQuestions, 'proposal'> & Pick<AdviceWriter, 'moveProposal'>;
}

export interface PhasePorts {
  /** Begins to follow what becomes of advice; undefined: nothing is recommended. */
  decisions?(): DecisionStore;
}

/** Phases change within minutes; who approves wants to see it. */
const look_ms = 2_000;

/** Only where somebody can ask the history. */
export function addPhases(
  parts: Lifecycle,
  { clock, logger, listen, decisions }: Ports & PhasePorts,
  running: PhasesDeps['running'],
): void {
  if (!decisions || !listen) return;
  const phases = createPhasesDuty({ open: decisions, running, history: listen.history });
  const unlook = regularly(clock, look_ms, logger, phases.look);
  parts.add('phases', async () => {
    await unlook();
    await phases.stop();
  });
}

/** In one look: after a restart all of them are looked at, and others write to the history, too. */
const mostLooked = 50;

export function createPhasesDuty({ open, running, history }: PhasesDeps): PhasesDuty {
  /** Version that has been copied, by uid. */
  let copied = new Map<string, string>();
  let store: DecisionStore | undefined;
  return {
    async look() {
      const own = new Map(advised(running()));
      if (own.size === 0) return;
      store ??= open();
      const all = store.list();
      copied = new Map(
        all.flatMap(({ uid }) => {
          const version = copied.get(uid);
          return version === undefined ? [] : [[uid, version] as const];
        }),
      );
      const fresh = all.filter(
        ({ uid, resourceVersion, target, namespace }) =>
          own.get(target) === namespace && copied.get(uid) !== resourceVersion,
      );
      for (const decision of fresh.slice(0, mostLooked)) {
        const state = stateOf(decision, await history.proposal(decision.id));
        if (state) await history.moveProposal(state, proposalPhases);
        copied.set(decision.uid, decision.resourceVersion);
      }
    },
    stop: async () => store?.stop(),
  };
}

/** Uid and namespace of those that run here and are advised. */
const advised = (running: Iterable<RunningTarget>) =>
  Iterator.from(running)
    .filter(
      ({ target, collector }) =>
        target.spec.advice.mode !== 'disabled' && collector.epoch !== undefined,
    )
    .map(({ target: { uid, namespace } }) => [uid, namespace] as const);

/**
 * Undefined: there is nothing to say of the proposal that the history has under that id, since it
 * is so already, is of another target or content, or was advised anew after it lapsed. Pure.
 */
export function stateOf(
  { id, target, contentHash, phase, since, reason, detail, approvedBy }: Decision,
  known: StoredProposal | undefined,
): ProposalState | undefined {
  if (known?.target.uid !== target || known.contentHash !== contentHash) return undefined;
  if (isUndecided(phase) && since < known.state.since) return undefined;
  const outcome = reason === undefined ? undefined : explain(reason as LoopReason, detail);
  const state = {
    id,
    phase,
    since,
    ...(approvedBy === undefined ? {} : { by: approvedBy }),
    ...(outcome === undefined ? {} : { outcome }),
  };
  return isSame(state, known.state) ? undefined : state;
}

const isSame = (a: ProposalState, b: ProposalState): boolean =>
  a.phase === b.phase && a.since === b.since && a.by === b.by && a.outcome === b.outcome;
