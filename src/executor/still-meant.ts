import type { Failed, GateSeen, LoopCommand, Observed } from '../advice/machine-state.ts';
import { asAppError } from '../base/errors.ts';
import type { ProposalPhase } from '../model/proposal.ts';
import { closed, gateNow } from './gate-now.ts';
import type { ExecutorPorts, Recommendation } from './ports.ts';
import { within } from './within.ts';

/**
 * Asked immediately before the server is told to begin: recommendations were read up to a minute
 * ago, and whoever takes an approval back, or deletes, is heard until this moment.
 */
export type StillMeant =
  | 'yes'
  /** Somebody has written it since, or it is gone. */
  | 'written'
  /** To be decided anew, on this. */
  | { around: Observed; failed: Failed | undefined };

/** Longer than a healthy API server ever takes for it; what is not known is not begun. */
const mostAsking_ms = 10_000;

/** What goes on was approved under the policy of its time; `from`: the phase that it comes from. */
const begins: ReadonlySet<ProposalPhase> = new Set(['Approved', 'Deferred']);

export async function stillMeant(
  recommendation: Recommendation,
  from: ProposalPhase,
  around: Observed,
  ports: ExecutorPorts,
  signal: AbortSignal,
): Promise<StillMeant> {
  const { store, clock, logger } = ports;
  let now: Recommendation | undefined;
  try {
    now = await within(mostAsking_ms, clock, signal, (until) =>
      store.read(recommendation, { signal: until, begins: begins.has(from) }),
    );
  } catch (error) {
    if (signal.aborted) return ended(around, closed('program_ending'));
    const { code } = asAppError(error);
    logger.warn({ recommendation: recommendation.label, code }, 'not begun: approval not seen');
    return ended(around, closed('cluster_failed'));
  }
  if (now?.version !== recommendation.version) return 'written';
  const gate = gateNow(recommendation, around, ports, signal);
  if (gate.kind === 'closed' && (gate.stop || signal.aborted)) return ended(around, gate);
  if (isSame(now, around)) return 'yes';
  const { approval: _, ...rest } = around;
  const { approval, deleted } = now;
  return { around: { ...rest, deleted, ...(approval ? { approval } : {}) }, failed: undefined };
}

const ended = (around: Observed, gate: Extract<GateSeen, { kind: 'closed' }>): StillMeant => ({
  around: { ...around, gate },
  failed: { reason: gate.reason, final: false },
});

const isSame = (now: Recommendation, { approval, deleted }: Observed): boolean =>
  now.deleted === deleted &&
  now.approval?.contentHash === approval?.contentHash &&
  now.approval?.rejects === approval?.rejects;

/** The first that the server hears of a change; what takes it back is never kept waiting. */
export const isBeginning = (
  { kind }: LoopCommand,
  { state }: Pick<Recommendation, 'state'>,
): boolean =>
  state.phase === 'Applying' && (kind === 'build' || kind === 'hide' || kind === 'drop');
