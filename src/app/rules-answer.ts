import type { Rule } from '../analysis/rule.ts';
import type { RulesAnswer } from '../http/answers/rules.ts';
import { engineNames } from '../model/engine-name.ts';

/** Rules as the API tells of them: all but how they look at a plan. Pure. */
export const rulesAnswer = (rules: readonly Rule[]): RulesAnswer['items'] =>
  rules.map(({ id, title, why, fix, category, engines, thresholds }) => ({
    id,
    title,
    why,
    fix,
    category,
    engines: engineNames.filter((engine) => engines[engine]),
    thresholds: Object.entries(thresholds).map(([name, { value, unit, why }]) => ({
      name,
      value,
      unit,
      why,
    })),
  }));
