import type { Code } from '../base/codes.ts';
import { AppError } from '../base/errors.ts';
import type { MaybeTexts, Returned } from '../engines/engine.ts';
import type { WorkloadStatement } from '../history/history-questions.ts';
import { knownCost, type Plan } from '../model/plan.ts';
import type { TableFacts } from '../model/statistics.ts';
import type { Trust } from '../planner/planner.ts';
import { sameRows } from '../planner/same-rows.ts';
import {
  type CheckedStatement,
  type SelfCheck,
  samePlan,
  selfCheck,
} from '../planner/self-check.ts';
import { type Answer, type Asking, ask, type Others, type Valued } from './asking.ts';
import { textsOf } from './ordinals.ts';

/**
 * Whether the planner elsewhere is to be believed: each statement is planned as things are, and
 * held against the plan that production had made (`planner/self-check.ts`). No advice stands on
 * one of which it says something else.
 */
export interface Known extends Valued, Others {
  statement: WorkloadStatement;
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
    const { text, answer, others, otherRows } = await planAs(asking, statement, plan);
    checked.push({ statement: fingerprint, ...whatIfOf(plan, answer), otherRows });
    if (answer.kind === 'planned')
      planned.set(fingerprint, { statement, text, cost: answer.cost, others });
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
  statement: WorkloadStatement,
  shown: string,
): AsyncGenerator<MaybeTexts> {
  const { database } = statement;
  for (const text of textsOf(shown)) {
    if (!world.texts) yield { texts: [text], facts: [] };
    else
      try {
        yield await world.texts({ text, database }, returnedBy(statement));
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'unplannable')) throw error;
      }
  }
}

function returnedBy({ weight, facts = [] }: WorkloadStatement): Returned {
  const rows = weight.rows / Math.max(1, weight.calls);
  const [only, another] = facts;
  return { rows, ...(only && !another ? { of: only.rows } : {}) };
}

interface PlannedAs {
  text: string;
  answer: Answer;
  others: readonly Valued[];
  otherRows: boolean;
}

/** Of the texts that it may have been all that have production's plan, or else the last. */
async function planAs(
  asking: Asking,
  statement: WorkloadStatement,
  before: Plan,
): Promise<PlannedAs> {
  const none = { text: '', others: [], otherRows: false };
  if (statement.text === undefined)
    return { ...none, answer: { kind: 'refused', code: 'text_unreadable' } };
  let last: PlannedAs | undefined;
  for await (const { texts, facts } of textsFor(asking, statement, statement.text)) {
    const alike: (Valued & { answer: Answer })[] = [];
    for (const text of texts) {
      const answer = await ask(asking, statement, text);
      const same = answer.kind === 'planned' && samePlan(before.hash, answer.plan);
      const otherRows = same && !alikeInRows(statement, before, answer.plan, facts);
      if (same && !otherRows) alike.push({ text, cost: answer.cost, answer });
      else if (!last || answer.kind === 'planned') last = { ...none, text, answer, otherRows };
    }
    const [first, ...others] = alike;
    if (first) return { ...first, others, otherRows: false };
  }
  return last ?? { ...none, answer: { kind: 'refused', code: 'unplannable' } };
}

const alikeInRows = (
  { facts = [] }: WorkloadStatement,
  before: Plan,
  here: Plan,
  tables: readonly TableFacts[],
): boolean =>
  tables.length === 0 || sameRows({ plan: before, facts }, { plan: here, facts: tables });
