import type { Finding } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import { analyse } from './analyse.ts';
import { type Need, type Rule, type RuleContext, speaksOf } from './rule.ts';

/**
 * What the rules find in a plan of which nothing is known but what it says, and which of them could
 * not be asked for lack of what only a server tells.
 */
export interface Examined {
  plan: Plan;
  findings: Finding[];
  unasked: Unasked[];
}

export interface Unasked {
  rule: string;
  /** What it would have to know; empty: it has nothing to say of a plan without actual figures. */
  missing: Need[];
}

export function examine(rules: readonly Rule[], plan: Plan, previous?: Plan): Examined {
  const context: RuleContext = {
    stats: uncounted,
    fingerprint: plan.fingerprint,
    facts: [],
    ...(previous ? { previous } : {}),
  };
  const ofEngine = rules.filter((rule) => speaksOf(rule, plan.engine));
  const unasked = ofEngine.flatMap((rule) => whyUnasked(rule, plan, previous !== undefined));
  return { plan, findings: analyse(rules, plan, context, { mutes: [], timeShare: 1 }), unasked };
}

function whyUnasked({ id, needs }: Rule, { mode }: Plan, compared: boolean): Unasked[] {
  const missing = needs[mode]?.filter((need) => !(need === 'previous' && compared));
  return missing?.length === 0 ? [] : [{ rule: id, missing: missing ?? [] }];
}

/** Nothing was counted for it. */
export const uncounted: RuleContext['stats'] = {
  key: '',
  nativeId: '',
  database: '',
  user: '',
  toplevel: true,
  calls: 0,
  totalMs: 0,
  meanMs: 0,
  rows: 0,
  tempBlocksWritten: 0,
  isNew: false,
};
