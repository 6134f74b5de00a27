import type { TargetAnswer, TargetStatus } from '../../data/target-answers.ts';
import type { Tone } from '../../parts/mark.tsx';

/** How a target is, as the first sentence of its page: what holds, since when, and why. Pure. */
export interface TargetVerdict {
  tone: Tone;
  headline: string;
  /** In the program's own words; where to go on from. */
  why?: string;
  code?: string;
  since?: number;
  nextTry?: number;
}

type Condition = NonNullable<TargetStatus['conditions']>[number];

/** Somebody wanted it so: nothing is wrong. */
const wanted: Readonly<Record<string, { tone: Tone; headline: string }>> = {
  EmergencyStop: { tone: 'stopped', headline: 'Stopped by an emergency stop' },
  Suspended: { tone: 'wait', headline: 'Paused: spec.suspend is set' },
  Blackout: { tone: 'wait', headline: 'Waiting: a blackout window is open' },
};

/** What the fleet knows and the target's last status does not: that nothing comes any more. */
const beyondStatus: Partial<
  Record<NonNullable<TargetAnswer['state']>, { tone: Tone; headline: string }>
> = {
  silent: { tone: 'silent', headline: 'Silent: nothing has been heard of it for too long' },
  stopped: { tone: 'stopped', headline: 'Stopped by an emergency stop' },
  paused: { tone: 'wait', headline: 'Paused: spec.suspend is set' },
};

type Told = Pick<TargetAnswer, 'status' | 'state' | 'kind' | 'why'>;

export function verdictOf({ status, state, kind, why }: Told): TargetVerdict {
  const known = state && beyondStatus[state];
  const verdict = byStatus(status);
  // It goes on by itself: nobody is alarmed, here no more than in the fleet.
  if (kind === 'waits' && verdict.tone === 'critical')
    return { ...verdict, tone: 'wait', headline: why ? `Waits: ${why}` : 'Waits' };
  return known && verdict.tone !== known.tone ? { ...known, ...(why ? { why } : {}) } : verdict;
}

function byStatus(status: TargetStatus | undefined): TargetVerdict {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (!ready) return { tone: 'wait', headline: 'Waiting for its first cycle' };
  const since = Date.parse(ready.lastTransitionTime);
  const nextTry = Date.parse(status?.safety?.nextTry ?? '');
  const told = {
    ...(Number.isNaN(since) ? {} : { since }),
    ...(Number.isNaN(nextTry) ? {} : { nextTry }),
  };
  if (ready.status === 'True') return { tone: 'calm', headline: coverageWords(status), ...told };
  return { ...notReady(ready), ...told };
}

function notReady({ status, reason, message }: Condition): Omit<TargetVerdict, 'since'> {
  const known = wanted[reason];
  const code = codeOf(reason);
  if (known) return { ...known, why: message, code };
  const headline = status === 'Unknown' ? 'Waiting for its turn' : 'Not collecting';
  const tone = status === 'Unknown' ? 'wait' : reason === 'CircuitOpen' ? 'warning' : 'critical';
  return { tone, headline, why: message, code };
}

function coverageWords(status: TargetStatus | undefined): string {
  const { explained, accountedFor } = status?.coverage ?? {};
  if (!explained) return 'Collecting';
  const more =
    accountedFor && accountedFor !== explained ? `, ${accountedFor} a plan or a reason` : '';
  return `Collecting: ${explained} of database time has a plan${more}`;
}

/** `CircuitOpen` → `circuit_open`. */
export const codeOf = (reason: string): string =>
  reason.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
