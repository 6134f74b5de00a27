import { createLru } from '../../base/lru.ts';
import type { PlanSource } from '../../dialects/dialect.ts';
import { postgres } from '../../dialects/postgres/dialect.ts';
import type { Plan } from '../../model/plan.ts';

/**
 * A server prints a plan again to the letter, but for how long planning took. What a text was read
 * as is kept, whoever's it was: to read it, add it up and hash it costs ten times as much as to
 * look it up.
 */
export type PlanReader = (json: string, source: PlanSource) => Plan;

/**
 * Characters of all texts together; what they were read as takes some three times as much memory.
 */
const held = 4 * 1_048_576;
/** A longer one would drive many others out. */
const longest = 16_384;

const planningTime = /"Planning Time":\s*([0-9.]+)/;

export function createPlanReader(): PlanReader {
  const known = createLru<string, Plan>(held);
  return (json, source) => {
    if (json.length > longest) return postgres.readPlan(json, source);
    const [said, ms] = planningTime.exec(json) ?? ['', undefined];
    const text = said ? json.replace(said, '') : json;
    const before = known.get(text);
    if (before) return again(before, source, ms === undefined ? undefined : Number(ms));
    const plan = postgres.readPlan(json, source);
    known.set(text, plan, text.length);
    return plan;
  };
}

/** Only what its text says is taken over; the rest is this statement's. */
function again(before: Plan, source: PlanSource, planningMs: number | undefined): Plan {
  const { queryText: _, lossiness, totals, ...read } = before;
  const unknown = lossiness.includes('unknown_nodes') ? (['unknown_nodes'] as const) : [];
  return {
    ...read,
    ...source,
    totals: { ...totals, ...(planningMs === undefined ? {} : { planningMs }) },
    lossiness: [...(source.lossiness ?? []), ...unknown],
  };
}
