import type { Token } from '../token.ts';
import { tokenize } from './lexer.ts';
import { redactSql } from './redact.ts';

/**
 * How PostgreSQL names the subplans of a plan: by their number (14–18), or by a word (19). That is
 * no literal, and all that tells two of them apart. They are declared as `InitPlan 1 (returns $0)`
 * up to 16, as `InitPlan 1` since, and used as `$0`, `(InitPlan 1).col1`, `(hashed SubPlan 2)`.
 */
const declared = /^(?:(?:InitPlan|SubPlan) \w{1,63}(?: \(returns [$\d,]+\))?|CTE [^]{1,63})$/;
const use = /\(?(?:hashed )?\b(?:InitPlan|SubPlan) \w+\)?(?:\.col\d+)?/g;

/** Whatever else stands there is no name. */
export const subplanName = (text: string): string =>
  declared.test(text) ? text : redactSql(text).slice(0, 80);

/**
 * An expression of a plan: its tokens, in which the number of a subplan is no literal; and the same
 * without the words that only name one, which are no columns.
 */
export function readExpression(text: string): { tokens: Token[]; columns: Token[] } {
  const tokens = tokenize(text);
  if (!text.includes('Plan ')) return { tokens, columns: tokens };
  for (const [i, token] of tokens.entries())
    if (token.kind === 'number' && tokens[i - 1]?.text === ' ' && isSubplan(tokens[i - 2]))
      token.kind = 'param';
  return { tokens, columns: tokenize(text.replace(use, '($0)')) };
}

const isSubplan = (token: Token | undefined): boolean =>
  token?.kind === 'word' && (token.text === 'InitPlan' || token.text === 'SubPlan');
