import type { RuleContext } from '../analysis/rule.ts';
import { columnsTogether } from '../analysis/rules/correlated-columns.ts';
import { staleTables } from '../analysis/rules/stale-statistics.ts';
import { habitsOf } from '../dialects/habits.ts';
import type { Plan } from '../model/plan.ts';
import type { Change } from '../model/proposal.ts';
import { statisticsName } from './identity.ts';

/**
 * What would tell a planner the truth about a statement's tables, where the findings
 * `correlated-columns` and `stale-statistics` hold: statistics of columns together, and those of a
 * table made anew. Each change once.
 */
export function statisticsChanges(plan: Plan, context: RuleContext): Change[] {
  const has = habitsOf(plan.engine).sql?.columnsTogether !== undefined;
  const together = has ? columnsTogether(plan, context) : [];
  const changes: Change[] = [
    ...together.map(({ facts: { schema, name }, names }): Change => {
      const columns = [...new Set(names)].slice(0, mostColumns);
      const called = statisticsName({ schema, name, columns });
      return { kind: 'create-statistics', name: called, schema, table: name, columns };
    }),
    ...staleTables(plan, context).map(
      ({ facts }): Change => ({ kind: 'analyze', schema: facts.schema, table: facts.name }),
    ),
  ];
  return [...new Map(changes.map((each) => [JSON.stringify(each), each])).values()];
}

/** As many as one object of statistics may have. */
const mostColumns = 8;
