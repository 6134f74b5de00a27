import type { Code } from '../base/codes.ts';
import { AppError } from '../base/errors.ts';
import type { WorkloadStatement } from '../history/history-questions.ts';
import { knownCost, type Plan } from '../model/plan.ts';
import type { Trust } from '../planner/planner.ts';
import { type CheckedStatement, type SelfCheck, selfCheck } from '../planner/self-check.ts';
import { type Answer, type Asking, ask } from './asking.ts';
import { textsOf } from './ordinals.ts';

/**
 * Whether the planner elsewhere is to be believed: each statement is planned as things are, and
 * held against the plan that production had made (`planner/self-check.ts`). No advice stands on
 * one of which it says something else.
 */
export interface Known {
  statement: WorkloadStatement;
  /** As it is planned. */
  text: string;
  /** As things are. */
  cost: number;
}

export interface Compared {
  /** Those that advice may stand on. */
  known: Map<string, Known>;
  check: SelfCheck;
  /** Of all others, why not. */
  withheld: Code[];
}

export async function compareAll(
  asking: Asking,
  statements: readonly WorkloadStatement[],
  trust: Trust,
  tell: (done: number) => void,
): Promise<Compared> {
  const planned = new Map<string, Known>();
  const checked: CheckedStatement[] = [];
  const withheld: Code[] = [];
  for (const [i, statement] of statements.entries()) {
    tell(i);
    const { plan, fingerprint, latestCode = 'not_selected' } = statement;
    if (!plan) {
      withheld.push(latestCode);
      continue;
    }
    const { text, answer } = await planAs(asking, statement, plan);
    checked.push({ statement: fingerprint, ...whatIfOf(plan, answer) });
    if (answer.kind === 'planned') planned.set(fingerprint, { statement, text, cost: answer.cost });
  }
  const check = selfCheck(checked, trust);
  for (const { statement } of check.disagreeing) planned.delete(statement);
  return {
    known: planned,
    check,
    withheld: [
      ...withheld,
      ...check.unplannable.map(({ code }) => code),
      ...check.disagreeing.map((): Code => 'plan_differs'),
    ],
  };
}

const whatIfOf = (plan: Plan, answer: Answer): Omit<CheckedStatement, 'statement'> => {
  const cost = knownCost(plan);
  return {
    history: { hash: plan.hash, ...(cost === undefined ? {} : { cost }) },
    whatIf: answer.kind === 'planned' ? answer.plan : answer.code,
  };
};

/** Where parameters have to have values, with some that may have stood there. */
async function* textsFor(
  { world }: Asking,
  { database }: WorkloadStatement,
  shown: string,
): AsyncGenerator<string> {
  for (const text of textsOf(shown)) {
    if (!world.texts) yield text;
    else
      try {
        yield* await world.texts({ text, database });
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'unplannable')) throw error;
      }
  }
}

/** Of the texts that it may have been the one that has production's plan, or else the last. */
async function planAs(
  asking: Asking,
  statement: WorkloadStatement,
  before: Plan,
): Promise<{ text: string; answer: Answer }> {
  if (statement.text === undefined)
    return { text: '', answer: { kind: 'refused', code: 'text_unreadable' } };
  let last: { text: string; answer: Answer } | undefined;
  for await (const text of textsFor(asking, statement, statement.text)) {
    const answer = await ask(asking, statement, text);
    if (last === undefined || answer.kind === 'planned') last = { text, answer };
    if (answer.kind === 'planned' && answer.plan.hash.shape === before.hash.shape) break;
  }
  return last ?? { text: '', answer: { kind: 'refused', code: 'unplannable' } };
}
