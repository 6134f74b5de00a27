import { describe, expect, it } from 'vitest';
import { mysqlPredicate } from '../dialects/mysql-family/predicate.ts';
import { bareNode } from '../dialects/reading.ts';
import { askedOf } from './conditions.ts';
import { table, typed } from './examples.ts';

const columns = typed({
  id: 'bigint',
  a: 'int',
  b: 'int',
  email: 'varchar',
  n: 'int',
  doc: 'jsonb',
  at: 'timestamptz',
  tags: '_text',
  active: 'bool',
  'or case': 'int',
});
const node = {
  ...bareNode('SeqScan', 'Seq Scan'),
  relation: { name: 'orders', alias: 'o', kind: 'table' as const },
};
const asked = (text: string) =>
  askedOf(node, [{ text, columns: [] }], table('orders', 9, { columns }));
const words = (text: string) =>
  asked(text).conditions.map(
    ({ column, kind, wrapped, other }) =>
      `${column} ${kind}${wrapped ? ` in ${wrapped.text}` : ''}${other ? ` of ${other.text}` : ''}`,
  );

describe('what a condition asks of the table’s columns', () => {
  it.each<[string, string[]]>([
    ['(o.a = ?)', ['a equal']],
    ['((o.b > ?) and (o.a = ?))', ['b range', 'a equal']],
    ['((o.email)::text = $1)', ['email equal']],
    ['((o.n)::text = $1)', ['n equal in (o.n)::text']],
    ['((o.id)::numeric = $1)', ['id equal in (o.id)::numeric']],
    ['(c.id = o.a)', ['a equal of c.id']],
    ['(o.a = c.id)', ['a equal of c.id']],
    ['(c.id > o.a)', ['a range of c.id']],
    ['((o.email)::text = (c.email)::text)', ['email equal of c.email']],
    ['((o.n)::text = (c.id)::text)', ['n equal in (o.n)::text of c.id']],
    ['(o.a = (c.id + c.n))', ['a equal']],
    ['((- o.n) = $1)', ['n equal in - o.n']],
    ['(o.n = (- ?))', ['n equal']],
    ['(c.a = ?)', []],
    ['(o.customer = c.id)', []],
    ['(lower((o.email)::text) = ?)', ['email equal in lower((o.email)::text)']],
    ['(COALESCE(o.n, ?) = $1)', ['n equal in COALESCE(o.n, ?)']],
    ['((o.n + ?) = $1)', ['n equal in o.n + ?']],
    ['((o.at)::date = $1)', ['at equal in (o.at)::date']],
    ['((o.a || o.b) = $1)', ['a equal in o.a || o.b']],
    ['(o.a = o.b)', ['a unequal']],
    ['(o.a <> ?)', ['a unequal']],
    ['(o.email ~~ $1)', ['email pattern']],
    ['(not (o.email like ?))', ['email unequal']],
    ['(o.doc @> $1)', ['doc document']],
    ['((o.doc ->> ?) = $1)', ['doc document in o.doc ->> ?']],
    ['($1 = ANY (o.tags))', ['tags document']],
    ['($1 <<= o.a)', ['a document']],
    ['(NOT (o.a IS DISTINCT FROM $1))', ['a equal in o.a IS DISTINCT FROM $1']],
    ['(NOT (o.a IS DISTINCT FROM o.b))', ['a unequal']],
    ['(o.a IS DISTINCT FROM $1)', ['a unequal']],
    ['(o.a = ANY ($1))', ['a equal']],
    ['json_contains(o.doc, ?)', ['doc document']],
    ['o.active', ['active equal']],
    ['((NOT o.active) AND (o.n IS NULL))', ['active equal', 'n equal']],
    ['(o."or case" = ?)', ['or case equal']],
    ['((o.a = ?) or (o.a = ?))', ['a equal']],
    ['(ROW(o.at, o.id) > ROW($1, $2))', ['at range']],
  ])('%s', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });
  it('of an OR each branch', () =>
    expect(
      asked('((o.a = ?) OR ((o.b = ?) AND (c.x = ?)))').alternatives[0]?.map((branch) =>
        branch.map(({ column }) => column),
      ),
    ).toEqual([['a'], ['b']]));
  it('of one value or of several', () => {
    expect(asked('(o.a = ?)').conditions[0]?.single).toBe(true);
    expect(asked('(o.a in (?, ?))').conditions[0]?.single).toBeUndefined();
    expect(asked('(o.a = ANY ($1))').conditions[0]?.single).toBeUndefined();
  });
  it('as MySQL prints it', () => {
    const [predicate] = mysqlPredicate('((`s`.`o`.`a` = 5) and (lower(`s`.`o`.`email`) = 5))');
    expect(words(predicate?.text ?? '')).toEqual(['a equal', 'email equal in lower(o.email)']);
  });
});
