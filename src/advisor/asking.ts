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

/** `best`: what it costs with the value that gains most, where that is not known. */
export type Answer =
  | { kind: 'planned'; plan: Plan; cost: number; best?: number }
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

/** A text as it is planned, with what that costs as things are. */
export interface Valued {
  text: string;
  cost: number;
}

/**
 * What may have been said in several ways gains what the one gains that gains least: no more is
 * known. The cost is that of the first, as this gain makes it.
 */
export async function askLeast(
  asking: Asking,
  { statement, text, cost, others = [] }: Valued & { statement: WorkloadStatement } & Others,
): Promise<Answer> {
  let least = await ask(asking, statement, text);
  if (least.kind === 'refused') return least;
  let best = least.cost;
  for (const other of others) {
    const answer = await ask(asking, statement, other.text);
    if (answer.kind === 'refused') return answer;
    const costs = answer.cost * (other.cost > 0 ? cost / other.cost : 1);
    best = Math.min(best, costs);
    if (costs > least.cost) least = { ...answer, cost: costs };
  }
  return { ...least, best };
}

export interface Others {
  /** What it may have been as well. */
  others?: readonly Valued[];
}

function plannable(
  { database, user = '' }: WorkloadStatement,
  text: string,
  roles: Asking['roles'],
): PlannableStatement {
  const role = Object.hasOwn(roles, user) ? roles[user] : undefined;
  return { text, database, ...role };
}
