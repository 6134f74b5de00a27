import type { Predicate } from '../../model/plan.ts';
import { columnsOf } from '../expression.ts';
import { tokenizeSpelled } from '../spelled.ts';
import { redactMysqlExpression } from './text.ts';

/** A condition as MySQL or MariaDB prints it → redacted, with its columns. */
export function mysqlPredicate(text: string | undefined): Predicate[] {
  if (text === undefined || text === '') return [];
  const redacted = redactMysqlExpression(unwrapOuter(text));
  return [{ text: redacted, columns: columnsOf(tokenizeSpelled(redacted)) }];
}

/**
 * The condition of an outer join comes in a wrapper that asks whether there is a row at all; the
 * condition is what is of interest.
 */
const outerWrappers = [
  /^<if>\(is_not_null_compl\([^)]*\), ([\s\S]*), true\)$/,
  /^trigcond\(([\s\S]*)\)$/,
];
export const isOuterCondition = (text: string | undefined): boolean =>
  text !== undefined && outerWrappers.some((each) => each.test(text));
export const unwrapOuter = (text: string): string =>
  outerWrappers.reduce((whole, each) => {
    const inner = each.exec(whole)?.[1];
    return inner !== undefined && isWhole(inner) ? inner : whole;
  }, text);

/** Of `trigcond(a) and trigcond(b)` the first parenthesis ends before the last does. */
function isWhole(text: string): boolean {
  let depth = 0;
  for (const char of text.replaceAll(/'(?:[^'\\]|\\.|'')*'|`[^`]*`/g, '')) {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return true;
}

/** `<derived2>` → `<derived>`: the number is that of a SELECT in the text. */
export const withoutNumber = (name: string): string => name.replace(/\d[\d,]*/g, '');
export const isTemporary = (name: string): boolean => name.startsWith('<');
