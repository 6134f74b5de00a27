import { expect, it } from 'vitest';
import { isOuterCondition, mysqlPredicate, withoutNumber } from './predicate.ts';

it('takes a condition out of what an outer join puts around it', () => {
  const wrapped = '<if>(is_not_null_compl(o), (`s`.`o`.`id` = 5), true)';
  expect([isOuterCondition(wrapped), isOuterCondition('(`o`.`id` = 5)')]).toEqual([true, false]);
  expect(mysqlPredicate(wrapped)).toEqual([{ text: '(o.id = ?)', columns: ['o.id'] }]);
  expect(mysqlPredicate('trigcond((`o`.`id` = 5))')[0]?.text).toBe('(o.id = ?)');
});
it('leaves two of them as they are', () => {
  const two = "trigcond(`o`.`id` = ')') and trigcond((`o`.`a` = 5))";
  expect(mysqlPredicate(two)[0]?.text).toBe('trigcond(o.id = ?) and trigcond((o.a = ?))');
});
it('knows no condition where none is printed', () => {
  expect([mysqlPredicate(undefined), mysqlPredicate('')]).toEqual([[], []]);
});
it('names a temporary table without its number', () =>
  expect(withoutNumber('<union1,2>')).toBe('<union>'));
