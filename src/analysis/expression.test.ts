import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { canonical, columnsIn, conjuncts, type Expression, readExpression } from './expression.ts';

/** A tree as one line. */
const show = (each: Expression): string => {
  const below = 'of' in each ? each.of.map(show).join(', ') : '';
  switch (each.kind) {
    case 'column':
      return each.qualifier ? `${each.qualifier}.${each.name}` : each.name;
    case 'operation':
      return `[${each.operator}: ${below}]`;
    case 'call':
      return `${each.name}(${below})`;
    case 'cast':
      return `cast(${below} ${each.type})`;
    case 'value':
      return '?';
    default:
      return `${each.kind}(${below})`;
  }
};

describe('a condition as a tree', () => {
  it.each([
    ['((o.status)::text = ?)', '[=: cast(o.status text), ?]'],
    ['(lower((email)::text) = $1)', '[=: lower(cast(email text)), ?]'],
    ['((a = $1) AND (b > ?) AND c)', 'and([=: a, ?], [>: b, ?], c)'],
    ['a = ? or b = ? and c = ?', 'or([=: a, ?], and([=: b, ?], [=: c, ?]))'],
    ['o.a + ? = ? and o.b like ?', 'and([=: [+: o.a, ?], ?], [like: o.b, ?])'],
    ['(a * b + c > ?)', '[>: [+: [*: a, b], c], ?]'],
    ['(not ((a.b like ?)))', 'not([like: a.b, ?])'],
    ['(o.c between ? and ?)', '[between: o.c, ?, ?]'],
    ['(o.c not in (?, ?))', '[not in: o.c, list(?, ?)]'],
    ['(id = ANY ($1))', '[=: id, any(?)]'],
    ["('x' = ANY (tags))", '[=: ?, any(tags)]'],
    ['(deleted_at IS NULL)', '[is null: deleted_at]'],
    ['(a IS NOT DISTINCT FROM $1)', '[<=>: a, ?]'],
    ['((doc ->> ?) = $1)', '[=: [->>: doc, ?], ?]'],
    ['(doc @> $1::jsonb)', '[@>: doc, cast(? jsonb)]'],
    ['(doc ? $1)', '[?: doc, ?]'],
    ['(doc ?| $1)', '[?|: doc, ?]'],
    ['(cast(o.at as date) = DATE ?)', '[=: cast(o.at date), ?]'],
    ['(at > (now() - interval ? day))', '[>: at, [-: now(), ?]]'],
    ['((at)::date >= (CURRENT_DATE - $1))', '[>=: cast(at date), [-: ?, ?]]'],
    ['(date_trunc(?, (at AT TIME ZONE ?)) = ?)', '[=: date_trunc(?, timezone(at, ?)), ?]'],
    ['(EXTRACT(year FROM o.at) = $1)', '[=: extract(o.at), ?]'],
    ['(convert(c.label using utf8mb4) = ?)', '[=: cast(c.label utf8mb4), ?]'],
    ['(CASE WHEN (a = ?) THEN b ELSE ? END = ?)', '[=: case([=: a, ?], b, ?), ?]'],
    ['(NOT (hashed SubPlan ?))', 'not(subplan())'],
    ['(a = (InitPlan ?).col1)', '[=: a, subplan()]'],
    ['((at)::timestamp without time zone < $1)', '[<: cast(at timestamp without time zone), ?]'],
    ['((n)::numeric(10,?) = ?)', '[=: cast(n numeric), ?]'],
    ['("Order"."user id" = 5)', '[=: Order.user id, ?]'],
    ['(ROW(a, b) > ROW($1, $2))', '[>: list(a, b), list(?, ?)]'],
    ['((a)::text ~~ ANY (?::text[]))', '[~~: cast(a text), any(cast(? text))]'],
    ['(x COLLATE "C" = ?)', '[=: x, ?]'],
    ['pg_catalog.lower(a) = ?', '[=: lower(a), ?]'],
    ['json_value(o.doc, ? returning char(?)) = ?', '[=: json_value(o.doc, ?), ?]'],
    ['exists subquery()', 'other(exists, subquery())'],
  ])('%s', (text, tree) => {
    expect(show(readExpression(text))).toBe(tree);
  });
  it('keeps the text of each part', () => {
    const [left] = conjuncts(readExpression('((lower(o.email) = $1) AND (o.a + ? > ?))')).map(
      (each) => ('of' in each ? each.of[0]?.text : ''),
    );
    expect(left).toBe('lower(o.email)');
  });
  it('loses no column and throws nothing, whatever the text', () => {
    expect(columnsIn(readExpression('match o.a against(? in boolean mode)'))).toContainEqual(
      expect.objectContaining({ name: 'a', qualifier: 'o' }),
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(...'( ) [ ] a . "b" ? $1 = and or not is :: case end in , -'.split(' ')),
        ),
        (words) => {
          readExpression(words.join(' '));
        },
      ),
    );
    expect(readExpression('('.repeat(1e5)).kind).toBe('other');
  });
});

it('an index’s expression and the statement’s are the same but for what does not count', () => {
  const same = (a: string, b: string) =>
    canonical(readExpression(a)) === canonical(readExpression(b));
  expect(same('lower((email)::text)', '(lower(u.email))')).toBe(true);
  expect(same("(data ->> 'k'::text)", '(d.data ->> $1)')).toBe(true);
  expect(same('lower(email)', 'upper(email)')).toBe(false);
  expect(same('(at)::date', 'at')).toBe(false);
  expect(same('(a + b)', '(a - b)')).toBe(false);
});

it.each([
  ['trigcond(o.id is null) and trigcond(o.a = c.id and o.b = ?)', 3],
  [
    '(if(found_match(o), (o.id is null), true) and if(is_not_null_compl(o), (o.a = c.id), true))',
    2,
  ],
  ['if(o.a, o.b, true)', 1],
])('what asks whether an outer row is there guards conditions: %s', (text, count) =>
  expect(conjuncts(readExpression(text)).filter(({ kind }) => kind !== 'value')).toHaveLength(
    count,
  ),
);
