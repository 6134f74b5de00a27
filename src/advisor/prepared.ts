import type { WorkloadStatement } from '../history/history-questions.ts';
import type { IndexDef } from '../model/index-def.ts';
import { samePlan } from '../planner/self-check.ts';
import { type Asking, ask, type Valued } from './asking.ts';
import type { Known } from './compare.ts';

/**
 * MySQL counts how often a value is there by indexes that are hidden, too: what a plan costs as
 * things are is then another than with all that is tried standing there unseen. So all is made
 * first, and what is asked later is held against plans that were made beside it.
 */
export async function prepared(
  asking: Asking,
  indexes: readonly { index: IndexDef; name: string }[],
  known: ReadonlyMap<string, Known>,
): Promise<Map<string, Known>> {
  const { world, signal } = asking;
  if (!world.prepare) return new Map(known);
  for (const { index, name } of indexes) {
    if (signal.aborted) throw signal.reason;
    await world.prepare(index, name);
  }
  const again = new Map<string, Known>();
  for (const [fingerprint, { statement, text, cost, others = [] }] of known) {
    const valued: Valued[] = [];
    for (const each of [{ text, cost }, ...others])
      valued.push(...(await measured(asking, statement, each)));
    const [first, ...rest] = valued;
    if (first) again.set(fingerprint, { statement, ...first, others: rest });
  }
  return again;
}

/** With a value by which it is planned as before. */
async function measured(
  asking: Asking,
  statement: WorkloadStatement,
  { text, cost }: Valued,
): Promise<Valued[]> {
  const answer = await ask(asking, statement, text);
  const same =
    answer.kind === 'planned' && statement.plan && samePlan(statement.plan.hash, answer.plan);
  return same ? [{ text, cost: Math.min(cost, answer.cost) }] : [];
}
