import { describe, expect, it } from 'vitest';
import { spell, spelledPredicate } from './spell.ts';

describe('a condition in this project’s spelling', () => {
  it.each([
    ["[shop].[dbo].[o].[id] as [x].[id]=(1) AND [x].[n]>'a'", 'x.id = (?) AND x.n > ?'],
    ['[o].[a]=[@p1] OR [o].[b]=@b', 'o.a = ? OR o.b = ?'],
    ['CONVERT_IMPLICIT(nvarchar(20),[c].[code],0)', 'CONVERT_IMPLICIT(nvarchar(?), c.code, ?)'],
    ['"X"."ID"(+)=:B1', 'X.ID = ?'],
    [`"my col"='O''Brien' /* x */`, '"my col" = ?'],
    ["q'[it's a secret]'", '?'],
    ["UPPER(NAME)='cut off in the mid", 'UPPER(NAME) = ?'],
    ['db..t.c', 't.c'],
  ])('%s is %s', (text, wanted) => {
    expect(spell(text)).toBe(wanted);
  });
  it('names its columns', () => {
    expect(spelledPredicate('"O"."STATE"=1 AND UPPER("C"."NAME") LIKE :1').columns).toEqual([
      'o.state',
      'c.name',
    ]);
  });
});
