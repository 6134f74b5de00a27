import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { canonicalExpression } from './expression.ts';
import { redactMysqlExpression } from './mysql-family/text.ts';
import { tokenize } from './postgres/lexer.ts';
import { tokenizeSpelled } from './spelled.ts';

const canonical = (text: string) => canonicalExpression(tokenize(text));

describe('canonical expressions', () => {
  it.each([
    ["(o.id = ANY ('{1,2,3}'::integer[]))", '(o.id = ANY ($1))'],
    ["((a.x)::text ~~ 'abc%'::text)", '(a.x ~~ $2)'],
    [
      "(date_trunc('day'::text, t.at) = '2026-01-01 00:00:00'::timestamp without time zone)",
      '(date_trunc($1, t.at) = $2)',
    ],
    ['((a.b = 1) OR (a.c = 2))', '((a.c = 9) OR (a.b = 8))'],
    ['(a.n = (1 + b.n))', '((b.n + 1) = a.n)'],
  ])('%s is %s', (one, two) => {
    expect(canonical(one)).toBe(canonical(two));
  });
  it.each([
    ['(a - b)', '(b - a)'],
    ['(a.x < 1)', '(a.x > 1)'],
    ['((a.b = 1) AND (a.c = 2))', '((a.b = 1) OR (a.c = 2))'],
    ['(lower(a.x) = 1)', '(upper(a.x) = 1)'],
  ])('%s is not %s', (one, two) => {
    expect(canonical(one)).not.toBe(canonical(two));
  });
});

const name = fc.constantFrom('`o`.`id`', '`s`.`o`.`my col`', '`naïve`', '`select`', 'total');
const value = fc.constantFrom('5', "'it''s'", '-1', '1.5e3', '@var', "_utf8mb4'x'", 'NULL');
const operator = fc.constantFrom('=', '<=>', '<>', '>=', 'like', '->', '&', 'and', 'or', '+');
const { tree: condition } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.tuple(name, operator, value).map(([left, sign, right]) => `(${left} ${sign} ${right})`),
    fc.tuple(tie('tree'), operator, tie('tree')).map((parts) => `(${parts.join(' ')})`),
    fc.tuple(name, tie('tree')).map(([column, inner]) => `<cache>(lower(${column}),${inner})`),
    tie('tree').map((inner) => `(!${inner} or -(${inner}) is null)`),
    name.map((column) => `(${column} in (1,2,'x'))`),
  ),
}));

describe('conditions of MySQL and MariaDB', () => {
  it('have the canonical form that PostgreSQL’s lexer gave them, so that hashes hold', () => {
    fc.assert(
      fc.property(condition, (text) => {
        const written = redactMysqlExpression(text);
        expect(canonicalExpression(tokenizeSpelled(written))).toBe(
          canonicalExpression(tokenize(written)),
        );
      }),
    );
  });
});
