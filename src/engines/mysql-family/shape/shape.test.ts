import { describe, expect, it } from 'vitest';
import { workOf } from '../../../../test/support/pace.ts';
import fc from '../../../../test/support/property.ts';
import { tokenizeMysql } from '../../../dialects/mysql-family/lexer.ts';
import type { Comparison, QueryShape } from '../../../model/query-shape.ts';
import { summarizeTokens } from './shape.ts';

const shapeOf = (sql: string, kind: QueryShape['kind'] = 'select') =>
  summarizeTokens(
    tokenizeMysql(sql).filter((token) => token.kind !== 'space' && token.kind !== 'comment'),
    kind,
  );
const where = (condition: string) => shapeOf(`SELECT 1 FROM t WHERE ${condition}`).comparisons;

describe('the shape', () => {
  it('of a join', () => {
    const shape = shapeOf(
      'SELECT c.name, o.* FROM shop.orders AS o LEFT JOIN customers c ON c.id = o.customer_id ' +
        "WHERE lower(o.email) = 'x' AND o.total > 5 ORDER BY 1 LIMIT 5, 10",
    );
    expect(shape).toMatchObject({
      relations: [
        { schema: 'shop', name: 'orders', alias: 'o' },
        { name: 'customers', alias: 'c' },
      ],
      functions: ['lower'],
      joins: 1,
      outerJoin: true,
      columns: 2,
      filtered: true,
      ordered: true,
      orderBy: [{ column: 'name', qualifier: 'c' }],
      limit: true,
      offset: true,
      grouped: false,
      selectStar: true,
    });
    expect(shape.comparisons).toEqual([
      {
        column: 'id',
        qualifier: 'c',
        operator: '=',
        with: 'column',
        other: { column: 'customer_id', qualifier: 'o' },
      },
      {
        column: 'customer_id',
        qualifier: 'o',
        operator: '=',
        with: 'column',
        other: { column: 'id', qualifier: 'c' },
      },
      {
        column: 'email',
        qualifier: 'o',
        wrapped: 'function',
        function: 'lower',
        sole: true,
        operator: '=',
        with: 'value',
      },
      { column: 'total', qualifier: 'o', operator: '>', number: true, with: 'value' },
    ]);
  });

  it.each<[string, QueryShape['kind'], string[]]>([
    ['UPDATE a, b SET a.x = b.y WHERE a.id = b.id', 'update', ['a', 'b']],
    ['INSERT INTO a (x, y) SELECT 1, 2 FROM b', 'insert', ['a', 'b']],
    ['DELETE FROM a WHERE x = 1', 'delete', ['a']],
    ['DELETE FROM a USING a JOIN b USING (id)', 'delete', ['a', 'b']],
    ['WITH x AS (SELECT * FROM a) SELECT * FROM x JOIN b USING (id)', 'select', ['a', 'b']],
    ['WITH x AS (SELECT 1 FROM a) SELECT 1 FROM b AS c, x, d AS e', 'select', ['a', 'b', 'd']],
    [
      'SELECT extract(day FROM at), trim(both FROM n) FROM a WHERE id IN (SELECT a_id FROM b)',
      'select',
      ['a', 'b'],
    ],
    ['INSERT INTO a VALUES (1) ON DUPLICATE KEY UPDATE x = 2', 'insert', ['a']],
    ['SELECT * FROM (SELECT * FROM a) d, `b` AS `odd name`', 'select', ['b', 'a']],
    ['SELECT 1 FROM ((a JOIN b ON a.x = b.x) JOIN c ON c.y = a.y)', 'select', ['a', 'b', 'c']],
    [
      "SELECT * FROM a, JSON_TABLE(a.d, '$[*]' COLUMNS (x int PATH '$')) j, b",
      'select',
      ['a', 'b'],
    ],
    ['SELECT STRAIGHT_JOIN a.x FROM a PARTITION (p0, p1) z, b', 'select', ['a', 'b']],
  ])('names the tables of %s', (sql, kind, names) =>
    expect(shapeOf(sql, kind).relations.map(({ name }) => name)).toEqual(names),
  );

  it('knows what a WITH defines, and how often it is read', () =>
    expect(
      shapeOf('WITH RECURSIVE x (n) AS (SELECT 1), y AS (SELECT n FROM x) SELECT 1 FROM x, x z')
        .ctes,
    ).toEqual([
      { name: 'x', references: 3 },
      { name: 'y', references: 0 },
    ]));
});

describe('what is asked of a column', () => {
  it.each<[string, Partial<Comparison>[]]>([
    ['a = 1', [{ column: 'a', operator: '=', with: 'value' }]],
    ['a=-1', [{ column: 'a', operator: '=', with: 'value' }]],
    ['5 < t.a', [{ column: 'a', qualifier: 't', operator: '<', with: 'value' }]],
    ['a <=> NULL', [{ column: 'a', operator: '<=>', with: 'value' }]],
    ['a = ?', [{ column: 'a', operator: '=', with: 'value' }]],
    [
      'a IN (SELECT DISTINCT u.b FROM u)',
      [
        {
          column: 'a',
          operator: 'in',
          with: 'expression',
          listed: { column: 'b', qualifier: 'u' },
        },
      ],
    ],
    ['a IN (SELECT b + 1 FROM u)', [{ column: 'a', operator: 'in', with: 'expression' }]],
    ['a IN (SELECT b, c FROM u)', [{ column: 'a', operator: 'in', with: 'expression' }]],
    ['a IN ( ... )', [{ column: 'a', operator: 'in', with: 'expression' }]],
    ['a NOT IN (1, 2)', [{ column: 'a', operator: 'not in', with: 'value' }]],
    ['a BETWEEN 1 AND 2', [{ column: 'a', operator: 'between', with: 'value' }]],
    ['a IS NOT NULL', [{ column: 'a', operator: 'is not null', with: 'value' }]],
    ["a LIKE '%x'", [{ column: 'a', operator: 'like', openStart: true, with: 'value' }]],
    ["a LIKE concat('%', @x)", [{ column: 'a', operator: 'like', openStart: true, with: 'value' }]],
    ["a LIKE 'x%'", [{ column: 'a', operator: 'like', fixedStart: true, with: 'value' }]],
    ["a LIKE concat(@x, '%')", [{ column: 'a', operator: 'like', with: 'value' }]],
    ["a LIKE ''", [{ column: 'a', operator: 'like', with: 'value' }]],
    ["a NOT LIKE 'x%'", [{ column: 'a', operator: 'not like', fixedStart: true, with: 'value' }]],
    ["a REGEXP '^x'", [{ column: 'a', operator: 'regexp', with: 'value' }]],
    ["regexp_like(a, 'x')", [{ column: 'a', operator: 'regexp', with: 'value' }]],
    ["doc->>'$.a' = 'x'", [{ column: 'doc', operator: '->>', with: 'value' }]],
    ["json_contains(d.doc, '1', '$.a')", [{ column: 'doc', operator: 'json_contains' }]],
    ["17 MEMBER OF (doc->'$.t')", [{ column: 'doc', operator: 'member of' }, { operator: '->' }]],
    [
      "match (a, b) AGAINST ('x' IN BOOLEAN MODE)",
      [
        { column: 'a', operator: 'match' },
        { column: 'b', operator: 'match' },
      ],
    ],
    [
      '(a, b) IN ((1, 2), (3, 4))',
      [
        { column: 'a', operator: 'in', with: 'value' },
        { column: 'b', operator: 'in', with: 'value' },
      ],
    ],
    ['a > now() - INTERVAL 7 day', [{ column: 'a', operator: '>', with: 'value' }]],
    ["a = DATE '2020-01-01'", [{ column: 'a', operator: '=', with: 'value' }]],
    ['a = (SELECT max(b) FROM u)', [{ column: 'a', operator: '=', with: 'expression' }]],
    [
      'a = b + 1',
      [
        { column: 'a', with: 'expression' },
        { column: 'b', wrapped: 'arithmetic' },
      ],
    ],
    ["lower(a) = 'x'", [{ column: 'a', wrapped: 'function', function: 'lower', sole: true }]],
    ["left(a, 3) = 'x'", [{ column: 'a', wrapped: 'function', function: 'left' }]],
    ['cast(a AS char) = 1', [{ column: 'a', wrapped: 'cast', cast: 'cast' }]],
    ['convert(a USING utf8mb4) = 1', [{ column: 'a', wrapped: 'cast', cast: 'convert' }]],
    ["a COLLATE utf8mb4_bin = 'x'", [{ column: 'a', wrapped: 'function', function: 'collate' }]],
    ["BINARY a = 'x'", [{ column: 'a', wrapped: 'cast', cast: 'binary' }]],
    ['a + 0 = 5', [{ column: 'a', wrapped: 'arithmetic' }]],
    ['a + INTERVAL 1 DAY > now()', [{ column: 'a', wrapped: 'arithmetic', with: 'value' }]],
    ['(a * 100) DIV 3 > 5', [{ column: 'a', wrapped: 'arithmetic' }]],
    ["concat(a, 'x') = 'y'", [{ column: 'a', wrapped: 'concatenation', function: 'concat' }]],
    ['coalesce(a, 0) = 1', [{ column: 'a', wrapped: 'coalesce', function: 'coalesce' }]],
    ['IFNULL(t.a, 0) = 1', [{ column: 'a', qualifier: 't', wrapped: 'coalesce' }]],
    ["CASE a WHEN 1 THEN 'x' END = 'x'", [{ column: 'a', wrapped: 'case' }]],
    ['CASE WHEN a < 5 AND (a > 2) THEN b END = 7', [{ column: 'b', wrapped: 'case' }]],
    ['timestampdiff(day, a, now()) > 5', [{ column: 'a', wrapped: 'function' }]],
    ['extract(year FROM a) = 5', [{ column: 'a', wrapped: 'function', function: 'extract' }]],
    ["cast('2020-01-01' AS date) = a", [{ column: 'a', operator: '=', with: 'value' }]],
    ['count(*) > 5', []],
  ])('%s', (condition, wanted) => {
    const found = where(condition);
    expect(found).toHaveLength(wanted.length);
    expect(found).toMatchObject(wanted);
    const [only] = found;
    if (wanted.length === 1 && !wanted[0]?.wrapped) expect(only).not.toHaveProperty('wrapped');
  });

  it('is not what is assigned, listed or sorted by', () => {
    const updated = shapeOf('UPDATE t SET a = 1, b = lower(b) WHERE c = 2', 'update');
    expect(updated.comparisons).toMatchObject([{ column: 'c', operator: '=', with: 'value' }]);
    const listed = shapeOf('SELECT a = 1, sum(CASE WHEN b > 2 THEN 1 END) FROM t ORDER BY c = 3');
    expect(listed.comparisons).toEqual([]);
  });

  it.each([
    ['a = 5', true],
    ['-1.5 <= a', true],
    ["a IN ('x', +2)", true],
    ['a NOT BETWEEN 1 AND 2', true],
    ["a = '5'", undefined],
    ['a = 0x41', undefined],
    ['a = concat(5)', undefined],
    ['a = ?', undefined],
    ['(a, b) > (1, 2)', undefined],
    ['a LIKE 5', undefined],
  ])('is a number as it is written: %s', (condition, number) => {
    expect(where(condition)[0]?.number).toBe(number);
  });

  it('is told to stand in an OR', () => {
    const inOr = (condition: string) =>
      where(condition).flatMap(({ column, inOr }) => (inOr ? [column] : []));
    expect(inOr('(a = 1 OR b = 2) AND c = 3')).toEqual(['a', 'b']);
    expect(inOr('a = 1 AND (b = 2 AND (c = 3 OR d = 4))')).toEqual(['c', 'd']);
    expect(inOr('(a = 1 AND (b = 2)) OR c = 3')).toEqual(['a', 'b', 'c']);
    expect(inOr('a = 1 OR EXISTS (SELECT 1 FROM u WHERE b = 2)')).toEqual(['a']);
  });

  it('may be asked of several tables in one OR', () => {
    const across = (text: string) => shapeOf(`SELECT 1 FROM t JOIN u ${text}`).orAcrossTables;
    expect(across('ON t.a = u.a WHERE t.b = 1 OR u.c = 2')).toBe(true);
    expect(across('ON t.a = u.a OR t.a = u.b')).toBe(true);
    expect(
      across('ON t.a = u.a WHERE (t.b = 1 OR t.c = 2) AND (u.b = 1 OR u.c = 3)'),
    ).toBeUndefined();
    expect(across('ON t.a = u.a WHERE t.b = 1 AND u.c = 2')).toBeUndefined();
  });

  it.each([
    ['a NOT IN (SELECT b FROM u)', true],
    ['a <> ALL (SELECT b FROM u)', true],
    ['a NOT IN (1, 2)', undefined],
    ['a IN (SELECT b FROM u)', undefined],
  ])('NOT IN: %s', (condition, notIn) =>
    expect(shapeOf(`SELECT 1 FROM t WHERE ${condition}`).notIn).toBe(notIn),
  );
});

describe('what is listed, grouped and sorted by', () => {
  it.each<[string, Partial<QueryShape>]>([
    [
      'SELECT a FROM t ORDER BY t.b DESC, c ASC',
      { orderBy: [{ column: 'b', qualifier: 't', descending: true }, { column: 'c' }] },
    ],
    ['SELECT a, b AS x FROM t ORDER BY 2, x', { orderBy: [{ column: 'b' }, { column: 'b' }] }],
    [
      'SELECT a FROM t ORDER BY rand() LIMIT 1',
      { orderBy: [{ expression: 'rand' }], randomOrder: true },
    ],
    ['SELECT a FROM t ORDER BY a + 1', { orderBy: [{ expression: '' }] }],
    ['SELECT a FROM t ORDER BY -log(rand()) / a LIMIT 5', { randomOrder: true }],
    ['SELECT a, md5(rand()) AS r FROM t ORDER BY r DESC LIMIT 5', { randomOrder: true }],
    [
      'SELECT a FROM t JOIN (SELECT id FROM t ORDER BY rand() LIMIT 5) x USING (id)',
      { randomOrder: true },
    ],
    [
      'SELECT a, count(*) n FROM t GROUP BY a ORDER BY n DESC',
      {
        columns: 2,
        groupBy: [{ column: 'a' }],
        orderBy: [{ expression: 'count', descending: true }],
        aggregates: [{ function: 'count', rows: true }],
      },
    ],
    [
      'SELECT t.c FROM t JOIN (SELECT a, max(b) AS b FROM t GROUP BY a) l ON l.a = t.a',
      { columns: 1, groupBy: [{ column: 'a' }], aggregates: [{ function: 'max', column: 'b' }] },
    ],
    ['SELECT a FROM t UNION ALL (SELECT b FROM u) ORDER BY 1', { orderBy: [{ column: 'a' }] }],
    ['(SELECT a FROM t) UNION (SELECT b FROM u)', { distinctUnion: true, columns: 1 }],
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
    [
      'SELECT max(t.at), sum(DISTINCT a) FROM t',
      {
        aggregates: [
          { function: 'max', column: 'at', qualifier: 't' },
          { function: 'sum', column: 'a' },
        ],
      },
    ],
    ['SELECT count(*) FROM t', { countAll: true }],
    ['SELECT COUNT(1) AS n FROM t', { countAll: true }],
    ['WITH x AS (SELECT a, b FROM t) SELECT a FROM x', { columns: 1 }],
    ['SELECT a, count(*) FROM t GROUP BY a HAVING a > 5', { plainHaving: true }],
    ['SELECT a FROM t GROUP BY a HAVING count(*) > 2 AND a > 5', { plainHaving: true }],
  ])('%s', (sql, wanted) => expect(shapeOf(sql)).toMatchObject(wanted));

  it.each([
    ['SELECT count(a) FROM t', 'countAll'],
    ['SELECT count(*), a FROM t', 'countAll'],
    ['SELECT a, count(*) n FROM t GROUP BY a HAVING n > 5', 'plainHaving'],
    ['SELECT a FROM t GROUP BY a HAVING a > 5 OR count(*) > 2', 'plainHaving'],
    ['SELECT date(at) AS d FROM t GROUP BY d', 'groupBy'],
    ['SELECT a FROM t UNION ALL SELECT b FROM u', 'distinctUnion'],
    ['SELECT a FROM t UNION SELECT b FROM u UNION ALL SELECT c FROM v', 'distinctParts'],
    ['SELECT group_concat(a ORDER BY b) FROM t', 'orderBy'],
    ['SELECT a FROM (SELECT b FROM t WHERE c = 1 ORDER BY d) d', 'filtered'],
    ['SELECT max(a) OVER () FROM t', 'aggregates'],
    ['SELECT row_number() OVER (PARTITION BY a ORDER BY b) FROM t', 'orderBy'],
  ] as const)('%s: no %s', (sql, name) => expect(shapeOf(sql)[name]).toBeUndefined());
});

describe('whatever comes', () => {
  const pieces = (
    'SELECT,FROM,WHERE,(,),case,end,a,t.,=,<=-,->,->>,IN,NOT,or,||,AND,union,ORDER BY,GROUP BY,' +
    "with,as,x,',',IS,NULL,?,1,`q,`q`,concat(,HAVING,LIMIT,JOIN,ON,match,member of,values,update"
  ).split(',');
  it('is summarised without an error', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), (chosen) => {
        expect(shapeOf(chosen.join(' ')).kind).toBe('select');
      }),
      { numRuns: 3_000 },
    ));

  it.each([
    ['brackets', '('.repeat(30_000)],
    ['calls', `SELECT 1 FROM t WHERE ${'f(a = '.repeat(10_000)}`],
    ['closed calls', `SELECT 1 FROM t WHERE ${'f('.repeat(10_000)}a${') = 1'.repeat(10_000)}`],
    ['signs', `SELECT 1 FROM t WHERE a${' = a'.repeat(20_000)}`],
    ['sums', `SELECT 1 FROM t WHERE a${' + a'.repeat(20_000)} = 1`],
    ['from', `SELECT ${'from '.repeat(20_000)}`],
    ['calls of from', `SELECT ${'f(1 from '.repeat(10_000)}`],
    ['lists', `SELECT 1 FROM ${'t,'.repeat(20_000)}`],
    ['dots', `SELECT 1 FROM t WHERE ${"a.a->'x' = 1 or ".repeat(5_000)}`],
    ['chains', `SELECT 1 FROM t WHERE ${'a.'.repeat(20_000)}a -> 1`],
    ['queries', `SELECT 1 ${'union select 1 from t where a = 1 '.repeat(3_000)}`],
    ['cases', `SELECT ${'case '.repeat(10_000)} ${'end '.repeat(10_000)}`],
  ])('takes a time that grows with its length: %s', async (_, sql) => {
    expect(await workOf(() => shapeOf(sql), 1)).toBeLessThan(200);
  });
});
