import { createLru } from '../../base/lru.ts';
import type { PlanSource } from '../../dialects/dialect.ts';
import { postgres } from '../../dialects/postgres/dialect.ts';
import type { Plan } from '../../model/plan.ts';

/**
 * A server prints a plan again to the letter, but for how long planning took. What a text was read
 * as is kept, whoever's it was: to read it, add it up and hash it costs ten times as much as to
 * look it up, and that twice as much as to see that it is the one that `statement` had last.
 */
export type PlanReader = (json: string, source: PlanSource, statement: object) => Plan;

/**
 * Characters of all texts together; what they were read as takes some three times as much memory.
 */
const held = 4 * 1_048_576;
/** A longer one would drive many others out. */
const longest = 16_384;

interface Shown {
  /** Before and after the number of milliseconds. */
  head: string;
  tail: string;
  planningMs?: number;
}

interface Kept extends Pick<Shown, 'head' | 'tail'> {
  /** Both: under this it is kept. */
  text: string;
  plan: Plan;
}

const label = '"Planning Time":';
const number = /\s*([0-9.]+)/y;

function split(json: string): Shown {
  const at = json.lastIndexOf(label);
  number.lastIndex = at + label.length;
  const found = at < 0 ? null : number.exec(json);
  if (!found) return { head: json, tail: '' };
  const [said, ms] = found;
  const end = at + label.length;
  return { head: json.slice(0, end), tail: json.slice(end + said.length), planningMs: Number(ms) };
}

export function createPlanReader(): PlanReader {
  const known = createLru<string, Kept>(held);
  // Weakly: what is not among the known is not kept for it either.
  const last = new WeakMap<object, WeakRef<Kept>>();
  return (json, source, statement) => {
    if (json.length > longest) return postgres.readPlan(json, source);
    const shown = split(json);
    const before = last.get(statement)?.deref();
    const same = before?.head === shown.head && before.tail === shown.tail;
    const text = same ? before.text : shown.head + shown.tail;
    const kept = known.get(text);
    if (kept && !same) last.set(statement, new WeakRef(kept));
    if (kept) return again(kept.plan, source, shown.planningMs);
    const plan = postgres.readPlan(json, source);
    const read = { head: shown.head, tail: shown.tail, text, plan };
    known.set(text, read, text.length);
    last.set(statement, new WeakRef(read));
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
