import type { GateSeen, LoopReason, Observed } from '../advice/machine-state.ts';
import type { ExecutorPorts, Recommendation } from './ports.ts';

export const closed = (reason: LoopReason): Extract<GateSeen, { kind: 'closed' }> => ({
  kind: 'closed',
  reason,
  stop: false,
});

/** A pass lasts for hours: what its gate says at this moment, our own end included. */
export function gateNow(
  recommendation: Recommendation,
  { gate }: Observed,
  ports: Pick<ExecutorPorts, 'gate'>,
  { aborted }: AbortSignal,
): GateSeen {
  const now = gate.kind === 'closed' ? gate : ports.gate(recommendation);
  return aborted && now.kind === 'open' ? closed('program_ending') : now;
}
