import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalExpression } from '../expression.ts';
import { tokenize } from '../postgres/lexer.ts';
import { tokenizeSpelled } from './spelling.ts';
import { redactMysqlExpression } from './text.ts';

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

describe('the spelling of conditions', () => {
  it('is the text, token by token', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const tokens = tokenizeSpelled(text);
        expect(tokens.map((token) => token.text).join('')).toBe(text);
      }),
    );
  });
  it('gives the hashes that PostgreSQL’s lexer gave', () => {
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
