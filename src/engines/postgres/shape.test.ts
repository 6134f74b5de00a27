import { beforeAll, describe, expect, test } from 'vitest';
import type { Comparison, QueryShape } from '../../model/query-shape.ts';
import { parseStatement, ready } from './parse.ts';

beforeAll(() => ready);

function shapeOf(text: string): QueryShape {
  const parsed = parseStatement(text, 1_000_000);
  if (parsed.kind === 'refused') throw new Error(parsed.detail ?? parsed.code);
  return parsed.shape;
}

const where = (condition: string): Comparison[] =>
  shapeOf(`SELECT 1 FROM t JOIN u ON true WHERE ${condition}`).comparisons;

describe('a column and what stands around it', () => {
  test.each<[string, Partial<Comparison>]>([
    ['a = $1', { column: 'a', operator: '=', with: 'value' }],
    ['t.a = $1', { column: 'a', qualifier: 't', operator: '=', with: 'value' }],
    ['$1 < a', { column: 'a', operator: '<', with: 'value' }],
    ['a > now() - $1::interval', { column: 'a', operator: '>', with: 'value' }],
    ['a = (SELECT max(b) FROM v)', { column: 'a', operator: '=', with: 'expression' }],
    ['a IN ($1, $2)', { column: 'a', operator: '=', with: 'value' }],
    ['a = ANY ($1)', { column: 'a', operator: '=', with: 'value' }],
    ['$1 = ANY (tags)', { column: 'tags', operator: '= any', with: 'value' }],
    ['a BETWEEN $1 AND $2', { column: 'a', operator: 'BETWEEN', with: 'value' }],
    ['a LIKE $1', { column: 'a', operator: '~~', with: 'value' }],
    ['a NOT ILIKE $1', { column: 'a', operator: '!~~*', with: 'value' }],
    ['a ~ $1', { column: 'a', operator: '~', with: 'value' }],
    ['a IS NOT NULL', { column: 'a', operator: 'is not null', with: 'value' }],
    ['a IS TRUE', { column: 'a', operator: 'is true', with: 'value' }],
    ['t.active', { column: 'active', qualifier: 't', operator: 'is true', with: 'value' }],
    ['NOT active', { column: 'active', operator: 'is false', with: 'value' }],
    ['data @> $1', { column: 'data', operator: '@>', with: 'value' }],
    ['tags && $1', { column: 'tags', operator: '&&', with: 'value' }],
    ['data ? $1', { column: 'data', operator: '?', with: 'value' }],
    ['a IN (SELECT b FROM v)', { column: 'a', operator: '=', with: 'expression' }],
    ['coalesce(a, 0) = $1', { wrapped: 'coalesce', column: 'a', operator: '=', with: 'value' }],
    ['a + 0 = $1', { wrapped: 'arithmetic', column: 'a', operator: '=', with: 'value' }],
    ["a + interval '1 day' > now()", { wrapped: 'arithmetic', column: 'a', operator: '>' }],
    ['now() - a > $1', { wrapped: 'arithmetic', column: 'a', operator: '>', with: 'value' }],
    ['a || b = $1', { wrapped: 'concatenation', column: 'a', operator: '=', with: 'value' }],
    ['CASE WHEN a = 1 THEN b END = $1', { wrapped: 'case', column: 'a', operator: '=' }],
    ['nullif(a, $1) = $2', { wrapped: 'function', function: 'nullif', column: 'a' }],
    ['greatest($1, a) = $2', { wrapped: 'function', function: 'greatest', column: 'a' }],
    ['arr[1] = $1', { wrapped: 'function', function: 'subscript', column: 'arr' }],
    ['a COLLATE "C" = $1', { wrapped: 'function', function: 'collate', column: 'a' }],
    ['a::date = $1', { wrapped: 'cast', cast: 'date', column: 'a' }],
    ['lower(a) = $1', { wrapped: 'function', function: 'lower', sole: true, column: 'a' }],
    ['lower(a::text) = $1', { wrapped: 'function', function: 'lower', sole: true, cast: 'text' }],
    ['lower(a)::text = $1', { wrapped: 'function', function: 'lower', sole: true, cast: 'text' }],
    ["date_trunc('day', a) = $1", { wrapped: 'function', function: 'date_trunc', column: 'a' }],
    ['starts_with(a, $1)', { wrapped: 'function', function: 'starts_with', operator: 'is true' }],
  ])('%s', (condition, expected) => {
    expect(where(condition)).toEqual([expect.objectContaining(expected)]);
  });

  test('a call within a call is not given the column alone', () => {
    expect(where('lower(trim(a)) = $1')[0]).not.toHaveProperty('sole');
    expect(where("date_trunc('day', a) = $1")[0]).not.toHaveProperty('sole');
    expect(where('mine.lower(a) = $1')[0]).not.toHaveProperty('sole');
  });

  test('both sides, each with the other', () => {
    expect(where('t.a = u.b')).toEqual([
      {
        column: 'a',
        qualifier: 't',
        operator: '=',
        with: 'column',
        other: { column: 'b', qualifier: 'u' },
      },
      {
        column: 'b',
        qualifier: 'u',
        operator: '=',
        with: 'column',
        other: { column: 'a', qualifier: 't' },
      },
    ]);
    expect(where('t.a = u.b + 1')[0]).toMatchObject({ with: 'expression', other: { column: 'b' } });
  });

  test('rows are compared column by column', () => {
    expect(where('(a, b) > ($1, $2)')).toEqual([
      { column: 'a', operator: '>', with: 'value' },
      { column: 'b', operator: '>', with: 'value' },
    ]);
  });

  test('what is taken out of a document is told besides', () => {
    expect(where("lower(data ->> 'k') = $1")).toEqual([
      { column: 'data', wrapped: 'function', function: 'lower', operator: '=', with: 'value' },
      { column: 'data', operator: '->>', with: 'value' },
    ]);
  });

  test('only conditions compare', () => {
    const { comparisons } = shapeOf(
      'SELECT a + 1, sum(CASE WHEN b = 1 THEN 1 END) FROM t WHERE NOT (c = 1) GROUP BY a ' +
        'HAVING count(d) > 1',
    );
    expect(comparisons).toEqual([]);
  });

  test('USING compares, as do ON, the parts of a UNION and a DELETE', () => {
    const { comparisons } = shapeOf(
      'SELECT 1 FROM t JOIN u USING (id) WHERE t.x = 1 UNION SELECT 2 FROM v WHERE y = 2',
    );
    expect(comparisons.map(({ column }) => column).toSorted()).toEqual(['id', 'x', 'y']);
    expect(shapeOf('DELETE FROM t WHERE id = $1').comparisons).toHaveLength(1);
  });

  test('thousands of terms do not overflow', () => {
    const sum = Array.from({ length: 2_000 }, () => 'a').join(' + ');
    const many = Array.from({ length: 5_000 }, () => 'a = 1').join(' OR ');
    expect(where(`${sum} = 1`)).toHaveLength(1);
    expect(where(many)).toHaveLength(5_000);
  });
});

describe('OR', () => {
  test('its branches are told apart from what is always asked', () => {
    const found = where('a = 1 AND (b = 2 OR (c = 3 AND d = 4))');
    expect(found.filter(({ inOr }) => inOr).map(({ column }) => column)).toEqual(['b', 'c', 'd']);
  });

  test.each([
    ['t.a = $1 OR u.b = $1', true],
    ['t.a = $1 OR t.b = $1', undefined],
    ['t.a = u.a OR t.b = u.b', undefined],
    ['(t.a = $1 OR t.b = $1) AND u.c = $1', undefined],
    ['t.a = $1 OR EXISTS (SELECT FROM v WHERE v.id = t.id)', true],
  ])('of several tables: %s', (condition, expected) => {
    expect(shapeOf(`SELECT 1 FROM t, u WHERE ${condition}`).orAcrossTables).toBe(expected);
  });
});

describe('what a statement is', () => {
  test.each<[string, Partial<QueryShape>]>([
    ['SELECT count(*) FROM t', { countAll: true, columns: 1 }],
    ['UPDATE t SET a = 1, (b, c) = (SELECT 1, 2), a[1] = 3', { sets: ['a', 'b', 'c'] }],
    ['SELECT count($1) FROM t WHERE a = 1', { countAll: true, filtered: true }],
    ['SELECT a FROM t UNION SELECT a FROM u', { distinctUnion: true, columns: 1 }],
    [
      'SELECT a, row_number() OVER (PARTITION BY t.a ORDER BY b DESC) FROM t',
      {
        numbered: {
          groups: [{ column: 'a', qualifier: 't' }],
          orderBy: [{ column: 'b', descending: true }],
        },
      },
    ],
    [
      'SELECT DISTINCT o.a, 1 FROM t o JOIN s.u ON u.b = o.b',
      {
        distinctParts: [
          {
            columns: [{ column: 'a', qualifier: 'o' }],
            constants: [1],
            relations: [
              { name: 't', alias: 'o' },
              { schema: 's', name: 'u' },
            ],
          },
        ],
      },
    ],
    [
      "SELECT a, 'x' FROM t UNION SELECT b, 'y' FROM (SELECT 1) d",
      {
        distinctParts: [
          { columns: [{ column: 'a' }], constants: [1], relations: [{ name: 't' }] },
          { columns: [{ column: 'b' }], constants: [1] },
        ],
      },
    ],
    [
      'SELECT count(*) FROM (SELECT a FROM t WHERE b < 5 UNION SELECT a FROM t WHERE b > c) x',
      {
        distinctParts: [
          { columns: [{ column: 'a' }], constants: [], relations: [{ name: 't' }], asks: ['b'] },
          { columns: [{ column: 'a' }], constants: [], relations: [{ name: 't' }], asks: [] },
        ],
      },
    ],
    [
      'SELECT DISTINCT a, count(*) FROM t GROUP BY a',
      { distinctParts: [{ columns: [{ column: 'a' }], constants: [], listsGroups: true }] },
    ],
    ['SELECT a FROM t WHERE a NOT IN (SELECT b FROM u)', { notIn: true }],
    ['SELECT a FROM t WHERE a <> ALL (SELECT b FROM u)', { notIn: true }],
    ['SELECT a, count(*) FROM t GROUP BY a HAVING a > 1 AND count(*) > 1', { plainHaving: true }],
    [
      'SELECT a, b FROM t ORDER BY t.a, 2 DESC',
      {
        orderBy: [
          { column: 'a', qualifier: 't' },
          { column: 'b', descending: true },
        ],
      },
    ],
    ['SELECT a FROM t ORDER BY random()', { orderBy: [{ expression: 'random' }] }],
    ['SELECT a FROM t ORDER BY md5(random()::text) LIMIT 1', { randomOrder: true }],
    ['SELECT a, random() AS r FROM t ORDER BY r LIMIT 1', { randomOrder: true }],
    ['SELECT a FROM t, (SELECT b FROM u ORDER BY random() LIMIT 1) v', { randomOrder: true }],
    [
      'SELECT t.x AS a, b + 1 AS c FROM t ORDER BY a, c',
      { orderBy: [{ column: 'x', qualifier: 't' }, { expression: '' }] },
    ],
    ['SELECT a, count(*) FROM t GROUP BY 1', { groupBy: [{ column: 'a' }] }],
    [
      'WITH c AS MATERIALIZED (SELECT 1) SELECT FROM c, c d',
      {
        ctes: [{ name: 'c', materialized: true, references: 2 }],
      },
    ],
    [
      'SELECT min(t.a), max(a + 1) FROM t',
      { aggregates: [{ function: 'min', column: 'a', qualifier: 't' }, { function: 'max' }] },
    ],
    [
      'WITH d AS (DELETE FROM t WHERE a = 1 RETURNING *) SELECT * FROM d',
      {
        relations: [{ name: 'd' }, { name: 't' }],
        filtered: true,
      },
    ],
  ])('%s', (text, expected) => {
    expect(shapeOf(text)).toMatchObject(expected);
  });

  test.each<[string, keyof QueryShape]>([
    ['SELECT count(*), 1 FROM t', 'countAll'],
    ['SELECT count(a) FROM t', 'countAll'],
    ['SELECT count(*) FROM t GROUP BY a', 'countAll'],
    ['SELECT a FROM t UNION ALL SELECT a FROM u', 'distinctUnion'],
    ['SELECT DISTINCT ON (a) a, b FROM t', 'distinctParts'],
    ['SELECT a FROM t UNION SELECT b FROM u UNION ALL SELECT c FROM v', 'distinctParts'],
    ['SELECT a FROM t WHERE a IN (SELECT b FROM u)', 'notIn'],
    ['SELECT a FROM t WHERE NOT EXISTS (SELECT FROM u)', 'notIn'],
    ['SELECT a FROM t GROUP BY a HAVING count(*) > 1', 'plainHaving'],
    ["SELECT date_trunc('day', a), b FROM t GROUP BY 1, 2", 'groupBy'],
    ['SELECT a FROM t', 'filtered'],
    ['SELECT a FROM t', 'aggregates'],
    ['SELECT max(a) OVER () FROM t', 'aggregates'],
    ['SELECT row_number() OVER (ORDER BY a) FROM t', 'numbered'],
    ['SELECT row_number() OVER (PARTITION BY a % 2 ORDER BY b) FROM t', 'numbered'],
    ['SELECT rank() OVER (PARTITION BY a ORDER BY b) FROM t', 'numbered'],
  ])('%s: no %s', (text, field) => {
    expect(shapeOf(text)[field]).toBeUndefined();
  });
});
