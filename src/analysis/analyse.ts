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
  const muted = ({ id }: Rule) =>
    mutes.some(
      ({ rule, fingerprint = context.fingerprint.value }) =>
        rule === id && fingerprint === context.fingerprint.value,
    );
  const findings: Finding[] = [];
  for (const rule of rules) {
    if (!rule.engines[plan.engine] || muted(rule)) continue;
    const { id, severity } = rule;
    for (const { message, fix = rule.fix, nodes } of rule.check(plan, context))
      findings.push({ rule: id, severity, message, fix, nodes, timeShare });
  }
  return findings.sort((a, b) => order[a.severity] - order[b.severity]);
}
