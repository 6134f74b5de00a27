import { describe, expect, it } from 'vitest';
import type { TableFacts } from '../../model/statistics.ts';
import { mariadb } from '../mariadb/variant.ts';
import { mysql } from '../mysql/variant.ts';
import { guardText } from './guarded-text.ts';
import { type Rules, refusalOf } from './refusal.ts';
import type { Rights } from './rights.ts';
import { nothingLocked } from './variant.ts';

const server = { sampleLength: 4_096, sqlMode: '', lowersNames: false };
const bytes = 65_536;

/** A text that was seen running under the server's own mode. */
const guarded = (sql: string, digestText = sql) => {
  const found = guardText({ digestText, sample: sql }, server, bytes);
  if (found.kind !== 'guarded') throw new Error(`${JSON.stringify(found)}: ${sql}`);
  return found;
};
const tableOf = (name: string) => ({ schema: 'shop', name, indexes: [] }) as unknown as TableFacts;
const tables = ['orders', 'old_orders'].map(tableOf);
const all: Rights = { has: () => true };
const direct: Rules = {
  via: 'direct',
  variant: mysql,
  standby: false,
  awaited: nothingLocked,
  rights: all,
};
const procedure: Rules = {
  ...direct,
  via: 'procedure',
  procedures: {
    homes: new Set(['shop']),
    prerequisite: { name: 'p', verdict: 'ok', observed: '' },
  },
  views: new Set(['shop.v']),
};
const judge = (sql: string, rules: Partial<Rules> = {}, from: Rules = direct, calls = ['']) =>
  refusalOf(
    guarded(sql),
    'shop',
    { facts: tables, views: [], remote: [], viewCalls: calls },
    { ...from, ...rules },
  )?.code ?? 'sent';

const select = 'SELECT a FROM orders';
const update = 'UPDATE orders SET a = 1';
const copy = 'INSERT INTO old_orders SELECT * FROM orders';
const from = (...names: string[]) => ({ ...nothingLocked, fromAll: new Set(names) });
const fromWriters = (...names: string[]) => ({ ...nothingLocked, fromWriters: new Set(names) });

describe('with our own rights', () => {
  it.each<[string, Partial<Rules>, string]>([
    [select, {}, 'sent'],
    [update, {}, 'sent'],
    // planning would queue for what someone has locked
    [select, { awaited: from('shop.orders') }, 'lock_timeout'],
    [select, { awaited: from('other.orders') }, 'sent'],
    [select, { awaited: fromWriters('shop.orders') }, 'sent'],
    [update, { awaited: fromWriters('shop.orders') }, 'lock_timeout'],
    [update, { awaited: fromWriters('*') }, 'lock_timeout'],
    [copy, { awaited: fromWriters('shop.orders') }, 'sent'],
    [copy, { awaited: fromWriters('shop.old_orders') }, 'lock_timeout'],
    // a write
    [update, { variant: mariadb }, 'not_explainable_statement'],
    [update, { standby: true }, 'not_explainable_statement'],
    [select, { standby: true }, 'sent'],
    [update, { rights: { ...all, has: () => false } }, 'insufficient_privilege'],
    [copy, { rights: { ...all, has: (right) => right === 'INSERT' } }, 'sent'],
    [
      copy,
      { rights: { ...all, has: (_, { name }) => name === 'orders' } },
      'insufficient_privilege',
    ],
    // what is no table that we see may be a view
    ['DELETE FROM unseen', {}, 'not_explainable_statement'],
    ['SELECT a FROM unseen', {}, 'sent'],
  ])('%s %o → %s', (sql, rules, code) => expect(judge(sql, rules)).toBe(code));
});

it.each([
  ['SELECT a FROM orders WHERE a < (SELECT MAX(TABLE_ROWS) FROM i.t)', mysql, [], 'refused'],
  ['SELECT a FROM v', mysql, [{ schema: 'shop', name: 'v' }], 'refused'],
  ['SELECT a FROM v', mariadb, [{ schema: 'shop', name: 'v' }], undefined],
  ['SELECT ENGINE FROM i.t', mysql, [], undefined],
])('of the catalog what planning runs is not planned: %s', (sql, variant, views, kind) => {
  const catalog = { schema: 'information_schema', name: 'TABLES' };
  const known = { facts: [], views, remote: [], catalog, viewCalls: [] };
  expect(refusalOf(guarded(sql), 'shop', known, { ...direct, variant })?.kind).toBe(kind);
});

it('what nothing ends is not run behind a view either', () =>
  expect(judge('SELECT a FROM v', {}, direct, ['kdf'])).toBe('not_explainable_statement'));

describe('through the procedure', () => {
  it.each<[string, Partial<Rules>, string]>([
    [select, {}, 'sent'],
    [update, {}, 'not_explainable_statement'],
    [
      select,
      { procedures: { ...procedure.procedures, homes: new Set() } as never },
      'insufficient_privilege',
    ],
    [select, { procedures: undefined }, 'insufficient_privilege'],
    // planning runs a query of one row, and nothing ends it there
    ['SELECT a FROM v', {}, 'not_explainable_statement'],
    ['SELECT a FROM v', { variant: mariadb }, 'sent'],
    ['SELECT (SELECT max(a) FROM orders)', {}, 'not_explainable_statement'],
  ])('%s %o → %s', (sql, rules, code) => expect(judge(sql, rules, procedure)).toBe(code));
});

describe('a text', () => {
  const code = (known: Parameters<typeof guardText>[0], limit = bytes) => {
    const found = guardText(known, server, limit);
    return found.kind === 'refused' ? found.code : found.kind;
  };
  it.each([
    ['that the server does not have', undefined, 'no_sample'],
    ['that found no room in the table', { digestText: '' }, 'digest_table_full'],
    [
      'of another kind',
      { digestText: 'SET NAMES ?', sample: 'SET NAMES x' },
      'not_explainable_statement',
    ],
    ['without values', { digestText: 'SELECT ?' }, 'no_sample'],
    ['in brackets', { digestText: '( SELECT ? )', sample: '(SELECT 1)' }, 'guarded'],
    [
      'that says less than its digest',
      { digestText: 'SELECT ? FROM t', sample: 'SELECT 1' },
      'truncated_text',
    ],
    [
      'with words in an executable comment, which its digest has',
      { digestText: 'SELECT `a` , b FROM t', sample: 'SELECT /*!80000 a, */ b FROM t' },
      'not_explainable_statement',
    ],
  ])('%s', (_, known, expected) => expect(code(known)).toBe(expected));
  it('beyond its limit, in bytes', () => {
    const known = { digestText: 'SELECT ?', sample: "SELECT '€€€€'" };
    expect([code(known, 22), code(known, 21), code(known, 20)]).toEqual([
      'guarded',
      'guarded',
      'too_large',
    ]);
  });
  it('that has no sample for a reason says which', () =>
    expect(guardText({ digestText: 'SELECT ?', missing: 'not seen' }, server, bytes)).toMatchObject(
      {
        detail: 'not seen',
      },
    ));
});

describe('a function of a library that the server has loaded', () => {
  const isLoadable = (name: string) => ['away', 'orders', '`orders`'].includes(name);
  const row = 'SELECT * FROM (SELECT away(2) AS x) AS d';
  const table = 'SELECT a FROM orders WHERE a = `Away` (1)';
  it.each([
    ['MySQL runs it where its arguments are constant', mysql, table, 'untrusted_function'],
    ['of a row of its own', mysql, row, 'untrusted_function'],
    ['MariaDB runs a row of its own', mariadb, row, 'untrusted_function'],
    [
      'or a value of a list',
      mariadb,
      'SELECT a FROM orders WHERE a IN (away(1), 2)',
      'untrusted_function',
    ],
    [
      'columns of a CTE call nothing',
      mariadb,
      'WITH away (a) AS (SELECT 1) SELECT a FROM away',
      'sent',
    ],
    ['columns of an INSERT call nothing', mysql, 'INSERT INTO shop.orders (a) VALUES (1)', 'sent'],
    ['whatever stands before', mysql, 'INSERT IGNORE `orders` (a) VALUES (1)', 'sent'],
    ['its values may', mysql, 'REPLACE orders (a) VALUES (away(1))', 'untrusted_function'],
    [
      'a word of an INSERT names no table of a SELECT',
      mysql,
      'SELECT HIGH_PRIORITY away(1)',
      'untrusted_function',
    ],
    [
      'what plans no write runs none of it',
      mariadb,
      'UPDATE orders SET a = away(1)',
      'not_explainable_statement',
    ],
    ['what it does not know is nobody’s', mysql, 'SELECT far(1) FROM orders', 'sent'],
  ])('%s', (_, variant, sql, code) => {
    expect(judge(sql, { variant, isLoadable })).toBe(code);
  });
  it('is called by a view as well', () => {
    expect(judge(select, { isLoadable }, direct, ['away'])).toBe('untrusted_function');
  });
});
