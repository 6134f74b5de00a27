import type { Code } from '../base/codes.ts';
import { AppError, asAppError } from '../base/errors.ts';
import type { WorkloadStatement } from '../history/history-questions.ts';
import { knownCost, type Plan } from '../model/plan.ts';
import type { WorldExport } from '../model/world.ts';
import type { PlannableStatement, World } from '../planner/planner.ts';

/**
 * Questions to a planner elsewhere, counted: one plan each, with a limit, and an answer whatever
 * becomes of it. A statement that cannot be planned is an answer; a planner that is gone is not.
 */
export interface Asking {
  world: World;
  /** Of the statements: search paths and settings. */
  roles: WorldExport['roles'];
  /** Of the world: which tables have partitions. */
  relations: WorldExport['relations'];
  signal: AbortSignal;
  /** How often a plan was asked for. */
  calls: number;
}

export type Answer =
  | { kind: 'planned'; plan: Plan; cost: number }
  | { kind: 'refused'; code: Code };

/** A second on an idle machine is a thousand plans; one that takes longer is given up. */
const planLimit_ms = 5_000;
/** What is wrong with the statement, and not with whoever was asked. */
const itsOwn: readonly Code[] = ['unplannable', 'unparsable', 'too_large'];

/** `text`: as it is planned, where that is not as it is shown. */
export async function ask(
  asking: Asking,
  statement: WorkloadStatement,
  text: string,
): Promise<Answer> {
  const { signal, roles, world } = asking;
  if (signal.aborted) throw signal.reason;
  asking.calls += 1;
  try {
    const plan = await world.plan(plannable(statement, text, roles), planLimit_ms);
    const cost = knownCost(plan);
    return cost === undefined
      ? { kind: 'refused', code: 'unplannable' }
      : { kind: 'planned', plan, cost };
  } catch (error) {
    const { code } = asAppError(error);
    if (!(error instanceof AppError) || !itsOwn.includes(code)) throw error;
    return { kind: 'refused', code };
  }
}

function plannable(
  { database, user = '' }: WorkloadStatement,
  text: string,
  roles: Asking['roles'],
): PlannableStatement {
  const role = Object.hasOwn(roles, user) ? roles[user] : undefined;
  return { text, database, ...role };
}
