import { asAppError } from '../../src/base/errors.ts';
import { habitsOf } from '../../src/dialects/habits.ts';
import { loadAndRead, loadDialect } from '../../src/dialects/load.ts';
import type { ReadText } from '../../src/dialects/read-text.ts';
import type { Plan } from '../../src/model/plan.ts';
import { isPacked, pack, unpack } from '../../src/render/pack.ts';
import type { Answer, Progress, Text } from './protocol.ts';

/**
 * Texts → what is in each: the plan and what the rules find in it, or why it cannot be read. Never
 * rejects. `tell` is called before each piece of work.
 */
export async function answerTo(
  texts: readonly Text[],
  now: number,
  tell: (progress: Progress) => void,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let before: Plan | undefined;
  for (const [at, text] of texts.entries()) {
    const answer = await attempt(async () => {
      tell({ text: at, doing: 'read' });
      const { plan, remarks } = await planIn(text, now);
      tell({ text: at, doing: 'examine' });
      const { examinePlan } = await import('./rules.ts');
      const { findings, unasked } = examinePlan(plan, before);
      const { label } = habitsOf(plan.engine);
      const packed = await packedOf(plan);
      return { kind: 'plan', label, plan, packed, findings, unasked, remarks };
    });
    before = answer.kind === 'plan' ? answer.plan : undefined;
    answers.push(answer);
  }
  return answers;
}

async function planIn({ text, statement }: Text, now: number): Promise<ReadText> {
  const read = isPacked(text)
    ? { plan: await unpack(text.trim()), remarks: [] }
    : await loadAndRead(text, now);
  const { plan, remarks } = read;
  return statement === undefined
    ? read
    : { plan: { ...plan, queryText: (await loadDialect(plan.engine)).redact(statement) }, remarks };
}

/** A plan that is too large for it is looked at all the same. */
const packedOf = (plan: Plan): Promise<string | undefined> => pack(plan).catch(() => undefined);

async function attempt(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    const { code, message, line } = asAppError(error);
    return { kind: 'refused', code, message, ...(line === undefined ? {} : { line }) };
  }
}
