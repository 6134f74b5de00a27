import { AppError } from '../../base/errors.ts';
import { type ParsedStatement, parseStatement } from '../../engines/postgres/parse.ts';
import { makeTemplate, type Typing, withParams } from '../../engines/postgres/repair.ts';
import { guessCasts, subjectOf, type TypeError } from '../../engines/postgres/typing.ts';

/**
 * A text of the history, with `$1` for what was a value, as one that can be planned: some are not
 * what a server reads back, and a parameter of which nothing is said needs a type, which is found
 * by trying.
 */
export interface Attempts<T> {
  fingerprint: string;
  /** `params`: how many it has. */
  plan(ask: (text: string, params: number) => Promise<T>): Promise<T>;
}

/** A text beyond it stands in no history: it was refused when it was seen. */
const textLimit = 1_048_576;
const rounds = 4;
const typeErrors = new Set(['42P18', '42725', '42883', '42804', '42P08', '22P02', '22007']);

/** Throws AppError: unplannable. `asTypeError`: what a planner said, if it is about types. */
export function attempts<T>(
  text: string,
  asTypeError: (error: unknown) => TypeError | undefined,
): Attempts<T> {
  const parsed = parseStatement(text, textLimit);
  if (parsed.kind === 'refused') throw new AppError('unplannable', `its text: ${parsed.code}`);
  return {
    fingerprint: parsed.fingerprint,
    plan: (ask) => planTyped(text, parsed, ask, asTypeError),
  };
}

async function planTyped<T>(
  text: string,
  parsed: ParsedStatement,
  ask: (text: string, params: number) => Promise<T>,
  asTypeError: (error: unknown) => TypeError | undefined,
): Promise<T> {
  const template = makeTemplate(text, parsed);
  const tried = async (typing: Typing): Promise<{ answer: T } | { error: TypeError }> => {
    try {
      return { answer: await ask(withParams(template, typing), template.paramCount) };
    } catch (thrown) {
      const error = asTypeError(thrown);
      if (!error || !typeErrors.has(error.state) || template.paramCount === 0) throw thrown;
      return { error };
    }
  };
  let typing: Typing = Array.from({ length: template.paramCount });
  let result = await tried(typing);
  for (let round = 0; round < rounds && 'error' in result; round += 1) {
    const { error } = result;
    const before = subjectOf(error, template);
    let better: { typing: Typing; result: typeof result } | undefined;
    for (const guess of guessCasts(template, typing, error)) {
      const next = await tried(guess);
      if ('answer' in next) return next.answer;
      if (!better && subjectOf(next.error, template) !== before)
        better = { typing: guess, result: next };
    }
    if (!better) break;
    typing = better.typing;
    result = better.result;
  }
  if ('answer' in result) return result.answer;
  throw new AppError('unplannable', `no type fits a parameter (SQLSTATE ${result.error.state})`);
}
