import { beforeAll, expect, it } from 'vitest';
import { isRefusal, parseStatement, ready } from './parse.ts';
import { candidateTypings, makeTemplate, withConstants } from './repair.ts';

beforeAll(() => ready);

const read = (text: string) => {
  const parsed = parseStatement(text, 10_000);
  if (isRefusal(parsed)) throw new Error(parsed.code);
  return makeTemplate(text, parsed);
};

it('asks first what was right before: literals, or as many parameters of the application’s own', () => {
  const template = read('SELECT c FROM t WHERE a = $1 AND b = $2 AND id > $3 AND id < $4 AND d = $5 AND e = $6 AND f = $7 LIMIT $8');
  const inferred = ['integer', 'integer', 'bigint', 'bigint', 'text', 'text', 'text', 'bigint'];
  const [first] = candidateTypings(inferred, template);
  expect(first?.real).toBe(0);
  expect(first && withConstants(template, first)).toBe(
    'SELECT c FROM t WHERE a = NULL::integer AND b = NULL::integer AND id > NULL::integer AND id < NULL::integer AND d = NULL::text AND e = NULL::text AND f = NULL::text LIMIT NULL::integer',
  );
  // Two of its own are among the candidates only since the last statement had as many.
  expect(candidateTypings(inferred, template).some(({ real }) => real === 2)).toBe(false);
  const [alike] = candidateTypings(inferred, template, 2);
  expect(alike && withConstants(template, alike)).toBe(
    'SELECT c FROM t WHERE a = $1 AND b = $2 AND id > NULL::integer AND id < NULL::integer AND d = NULL::text AND e = NULL::text AND f = NULL::text LIMIT NULL::integer',
  );
});
