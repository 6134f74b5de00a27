import { examine, readAnyPlan } from '../../src/analysis/examine.ts';
import { rulesOfPlan } from '../../src/analysis/rules-of-plan.ts';
import { asAppError } from '../../src/base/errors.ts';
import { dialectOf } from '../../src/dialects/index.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Answer, Progress } from './protocol.ts';

/**
 * Texts → what is in each: the plan and what the rules find in it, or why it cannot be read. Never
 * throws. `tell` is called before each piece of work.
 */
export function answerTo(
  texts: readonly string[],
  now: number,
  tell: (progress: Progress) => void,
): Answer[] {
  const answers: Answer[] = [];
  let before: Plan | undefined;
  for (const [at, text] of texts.entries()) {
    const answer = attempt(() => {
      tell({ text: at, doing: 'read' });
      const plan = readAnyPlan(text, undefined, now);
      tell({ text: at, doing: 'examine' });
      const { findings, unasked } = examine(rulesOfPlan, plan, before);
      const { label } = dialectOf(plan.engine);
      return { kind: 'plan', label, plan, findings, unasked, remarks: [] };
    });
    before = answer.kind === 'plan' ? answer.plan : undefined;
    answers.push(answer);
  }
  return answers;
}

function attempt(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    const { code, message } = asAppError(error);
    return { kind: 'refused', code, message };
  }
}
