import type { Finding, Severity } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import type { Rule, RuleContext } from './rule.ts';

export interface Mute {
  rule: string;
  fingerprint?: string | undefined;
}

const order: Record<Severity, number> = { critical: 0, warning: 1, info: 2 };

/** Every rule over one plan; muted ones left out, worst first. */
export function analyse(
  rules: readonly Rule[],
  plan: Plan,
  context: RuleContext,
  mutes: readonly Mute[],
  timeShare: number,
): Finding[] {
  return rules
    .filter(({ engines }) => engines[plan.engine])
    .filter(
      ({ id }) =>
        !mutes.some(
          (mute) =>
            mute.rule === id &&
            (mute.fingerprint === undefined || mute.fingerprint === context.fingerprint.value),
        ),
    )
    .flatMap((rule) =>
      rule.check(plan, context).map(({ message, fix = rule.fix, nodes }) => ({
        rule: rule.id,
        severity: rule.severity,
        message,
        fix,
        nodes,
        timeShare,
      })),
    )
    .sort((a, b) => order[a.severity] - order[b.severity]);
}
