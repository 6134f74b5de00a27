import { expect, test } from 'vitest';
import type { Case } from './case.ts';
import { formOf, shareCopies } from './copies.ts';

const each = (id: string, tables: string[], sql: string, inject: string[] = []): Case => ({
  id,
  label: { kind: 'healthy' },
  tables,
  inject,
  calls: [sql],
});
const shared = (...cases: Case[]) => shareCopies(cases).map((copy) => copy.map(({ id }) => id));

test('what changes nothing shares a copy, unless its text is another’s', () => {
  expect(
    shared(
      each('a', ['orders'], 'SELECT * FROM orders WHERE id = 1'),
      each('b', ['orders'], "SELECT * FROM orders WHERE email = 'x'"),
      each('c', ['orders'], 'SELECT * FROM orders WHERE id = 99'),
    ),
  ).toEqual([['a', 'b'], ['c']]);
});

test('what is injected shares its copy with other tables only', () => {
  const drop = ['DROP INDEX i'];
  expect(
    shared(
      each('control', ['orders'], 'SELECT 1 FROM orders'),
      each('a', ['orders'], 'SELECT 2 a FROM orders', drop),
      each('b', ['customers'], 'SELECT 3 b FROM customers', drop),
      each('c', ['orders', 'customers'], 'SELECT 4 c FROM orders, customers', drop),
    ),
  ).toEqual([['control'], ['a', 'b'], ['c']]);
});

test('a statement that writes changes its copy', () => {
  expect(
    shared(
      each('read', ['orders'], 'SELECT 1 FROM orders'),
      each('write', ['orders'], 'UPDATE orders SET n = 1 WHERE id = 2'),
    ),
  ).toEqual([['read'], ['write']]);
});

test('texts are told apart as servers do', () => {
  expect(formOf("SELECT  a FROM t WHERE b = 'it''s' AND c IN (1, 2.5,3)")).toBe(
    'select a from t where b = ? and c in (?)',
  );
  expect(formOf('SELECT t1.a FROM t1')).toBe('select t1.a from t1');
});
