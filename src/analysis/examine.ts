import { AppError } from '../base/errors.ts';
import { requireLevels } from '../dialects/bounds.ts';
import { dialectOf, dialects } from '../dialects/index.ts';
import type { Resolve } from '../dialects/reading.ts';
import { unframe } from '../dialects/unframe.ts';
import type { DialectName } from '../model/engine-name.ts';
import type { Finding } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';
import { analyse } from './analyse.ts';
import { type Need, type Rule, type RuleContext, speaksOf } from './rule.ts';

/**
 * Plans out of files, of which nothing is known but what they say: who printed them, what the rules
 * find in them, and which rules could not be asked for lack of what only a server tells.
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

/**
 * The text of one EXPLAIN, of whichever engine is the likeliest to have printed it, or of the one
 * that is named. Throws AppError: unparsable, too_large.
 */
export function readAnyPlan(
  text: string,
  named?: DialectName,
  collectedAt = 0,
  resolve?: Resolve,
): Plan {
  const plain = unframe(text);
  requireLevels(plain);
  const dialect = named ? dialectOf(named) : likeliest(plain);
  return dialect.readPlan(plain, {
    engineVersion: '',
    namespace: '',
    collectedAt,
    parameters: 'sampled',
    fingerprint: { algorithm: 'none', value: '' },
    ...(resolve ? { resolve } : {}),
  });
}

function likeliest(text: string) {
  const [best] = Object.values(dialects)
    .map((dialect) => ({ dialect, sure: dialect.sniff(text) }))
    .toSorted((a, b) => b.sure - a.sure);
  if (best && best.sure > 0) return best.dialect;
  throw new AppError('unparsable', `no plan that is known: ${known}`);
}
const known =
  'EXPLAIN of PostgreSQL in each format, of MySQL and MariaDB as JSON, tree or table is read';

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
