import { AppError } from '../../base/errors.ts';
import { type Refusal, refused } from '../../model/refusal.ts';

/** How often a cycle may still find that a question about statements takes too long. */
export interface Patience {
  left: number;
}
/** Each costs the server a whole timeout; three find the one that is to blame. */
export const freshPatience = (): Patience => ({ left: 4 });

/**
 * What several ask together; where that takes too long, some ask together, then each alone: what is
 * too large to be looked at in time is so for its own statement.
 */
export async function inTime<Of, Answer>(
  all: readonly Of[],
  patience: Patience,
  ask: (some: readonly Of[]) => Promise<Answer[]>,
  part = Math.floor(Math.sqrt(all.length)),
): Promise<(Answer | Refusal)[]> {
  if (patience.left === 0) return all.map(() => spent);
  try {
    return await ask(all);
  } catch (error) {
    if (!isLate(error)) throw error;
    patience.left -= 1;
    if (all.length <= 1) return all.map(() => refused('statement_timeout', tooLarge));
  }
  const answers: (Answer | Refusal)[] = [];
  for (let at = 0; at < all.length; at += part)
    answers.push(...(await inTime(all.slice(at, at + part), patience, ask, 1)));
  return answers;
}

const tooLarge = 'what it touches is too large to be looked at in time, before planning';
const spent = refused('budget_spent', 'others took too long before planning');

const isLate = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'statement_timeout';
