import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeDiff, diffPlans } from '../model/diff.ts';
import { preorder } from '../model/plan.ts';
import { canonicalExpression } from './expression.ts';
import { dialects } from './index.ts';
import { tokenize } from './postgres/lexer.ts';
import { redactSql, summarizeSql } from './redact.ts';

const source = {
  engineVersion: '18',
  namespace: 'd',
  collectedAt: 0,
  parameters: 'generic' as const,
  fingerprint: { algorithm: 't', value: 'f' },
};
const plan = (root: object, top: object = {}) =>
  dialects.postgres.readPlan(JSON.stringify([{ Plan: root, ...top }]), source);
const seq = (name: string, extra: object = {}) => ({
  'Node Type': 'Seq Scan',
  Schema: 's',
  'Relation Name': name,
  Alias: name,
  'Startup Cost': 0,
  'Total Cost': 10,
  'Plan Rows': 5,
  'Plan Width': 8,
  ...extra,
});
const join = (type: string, outer: object, inner: object, extra: object = {}) => ({
  'Node Type': type,
  'Join Type': 'Inner',
  'Startup Cost': 0,
  'Total Cost': 100,
  'Plan Rows': 5,
  ...extra,
  Plans: [
    { ...outer, 'Parent Relationship': 'Outer' },
    { ...inner, 'Parent Relationship': 'Inner' },
  ],
});

describe('the hash', () => {
  const base = join(
    'Hash Join',
    seq('a', { Filter: "((a.status = 'open'::text) AND (a.n > 5))" }),
    { 'Node Type': 'Hash', Plans: [{ ...seq('b'), 'Parent Relationship': 'Outer' }] },
    { 'Hash Cond': '(a.id = b.a_id)' },
  );
  const shape = (node: object) => plan(node).hash.shape;

  it.each([
    [
      'other literals',
      JSON.parse(JSON.stringify(base).replaceAll("'open'", "'closed'").replace('n > 5', 'n > 77')),
    ],
    ['a parameter', JSON.parse(JSON.stringify(base).replaceAll("'open'::text", '$1'))],
    [
      'a grown table',
      JSON.parse(
        JSON.stringify(base)
          .replaceAll('"Plan Rows":5', '"Plan Rows":50000')
          .replaceAll('"Total Cost":10,', '"Total Cost":990,'),
      ),
    ],
    [
      'sides swapped',
      JSON.parse(JSON.stringify(base).replace('(a.id = b.a_id)', '(b.a_id = a.id)')),
    ],
    [
      'terms in another order',
      JSON.parse(
        JSON.stringify(base).replace(
          "((a.status = 'open'::text) AND (a.n > 5))",
          "((a.n > 5) AND (a.status = 'open'::text))",
        ),
      ),
    ],
    ['mirrored comparison', JSON.parse(JSON.stringify(base).replace('a.n > 5', '5 < a.n'))],
    [
      'measured',
      JSON.parse(
        JSON.stringify(base).replaceAll(
          '"Plan Rows":5',
          '"Plan Rows":5,"Actual Rows":7,"Actual Loops":1,"Actual Total Time":3,"Actual Startup Time":1,"Shared Hit Blocks":4',
        ),
      ),
    ],
  ])('is the same with %s', (_, other) => {
    expect(shape(other)).toBe(shape(base));
  });

  it.each([
    [
      'another algorithm',
      JSON.parse(
        JSON.stringify(base).replace('Hash Join', 'Merge Join').replace('Hash Cond', 'Merge Cond'),
      ),
    ],
    [
      'another join order',
      join(
        'Hash Join',
        seq('b'),
        {
          'Node Type': 'Hash',
          Plans: [
            {
              ...seq('a', { Filter: "((a.status = 'open'::text) AND (a.n > 5))" }),
              'Parent Relationship': 'Outer',
            },
          ],
        },
        { 'Hash Cond': '(a.id = b.a_id)' },
      ),
    ],
    ['another operator', JSON.parse(JSON.stringify(base).replace('a.n > 5', 'a.n >= 5'))],
    ['another column', JSON.parse(JSON.stringify(base).replace('a.n > 5', 'a.m > 5'))],
    ['a condition less', JSON.parse(JSON.stringify(base).replace(' AND (a.n > 5)', ''))],
    [
      'an index',
      JSON.parse(JSON.stringify(base).replace('"Seq Scan"', '"Index Scan","Index Name":"a_i"')),
    ],
    ['another schema', JSON.parse(JSON.stringify(base).replace('"Schema":"s"', '"Schema":"t"'))],
  ])('differs with %s', (_, other) => {
    expect(shape(other)).not.toBe(shape(base));
  });

  it('tells the two sides of a self-join apart', () => {
    const employee = (alias: string) => ({ ...seq('employees'), Alias: alias });
    const one = join('Hash Join', employee('e'), employee('m'), {
      'Hash Cond': '(e.manager_id = m.id)',
    });
    const two = join('Hash Join', employee('m'), employee('e'), {
      'Hash Cond': '(e.manager_id = m.id)',
    });
    expect(shape(one)).not.toBe(shape(two));
  });

  it('takes partitions as one in shape, apart in full', () => {
    const part = (n: number) => ({
      ...seq(`orders_2026_0${n}`, { Filter: `(orders_${n}.id = $1)` }),
      Alias: `orders_${n}`,
      'Parent Relationship': 'Member',
    });
    const append = (...parts: object[]) =>
      plan({ 'Node Type': 'Append', 'Total Cost': 30, Plans: parts }).hash;
    expect(append(part(1), part(2)).shape).toBe(append(part(1), part(2), part(3)).shape);
    expect(append(part(1), part(2)).full).not.toBe(append(part(1), part(2), part(3)).full);
  });

  it('does not mind planned workers in shape', () => {
    const gather = (workers: number) =>
      plan({
        'Node Type': 'Gather',
        'Workers Planned': workers,
        'Total Cost': 50,
        Plans: [{ ...seq('a'), 'Parent Relationship': 'Outer' }],
      }).hash;
    expect(gather(2).shape).toBe(gather(4).shape);
    expect(gather(2).full).not.toBe(gather(4).full);
  });

  it('never sees a literal, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
        expect(shape(seq('a', { Filter: `(a.x = ${quote(a)}::text)` }))).toBe(
          shape(seq('a', { Filter: `(a.x = ${quote(b)}::text)` })),
        );
      }),
    );
  });
});

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
    expect(canonicalExpression(one)).toBe(canonicalExpression(two));
  });
  it.each([
    ['(a - b)', '(b - a)'],
    ['(a.x < 1)', '(a.x > 1)'],
    ['((a.b = 1) AND (a.c = 2))', '((a.b = 1) OR (a.c = 2))'],
    ['(lower(a.x) = 1)', '(upper(a.x) = 1)'],
  ])('%s is not %s', (one, two) => {
    expect(canonicalExpression(one)).not.toBe(canonicalExpression(two));
  });
});

describe('totals', () => {
  const timed = (rows: number, ms: number, loops = 1) => ({
    'Actual Rows': rows,
    'Actual Loops': loops,
    'Actual Total Time': ms,
    'Actual Startup Time': 0,
  });
  it('multiplies by loops and takes children out', () => {
    const { root, totals } = plan(
      join('Nested Loop', seq('a', timed(10, 2)), seq('b', timed(3, 1, 10)), timed(30, 14)),
    );
    expect(totals.actualMs).toBe(14);
    expect([...preorder(root)].map(({ derived }) => Math.round(derived.exclusiveMs ?? -1))).toEqual(
      [2, 2, 10],
    );
    expect(root.children[1]?.derived.rowsTotal).toBe(30);
  });
  it('exclusive times are never negative and sum to the root', () => {
    interface Tree {
      ms: number;
      loops: number;
      children: Tree[];
    }
    const figures = {
      ms: fc.double({ min: 0, max: 50, noNaN: true }),
      loops: fc.integer({ min: 0, max: 5 }),
    };
    const leaf: fc.Arbitrary<Tree> = fc.record({ ...figures, children: fc.constant<Tree[]>([]) });
    const above = (child: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> =>
      fc.record({ ...figures, children: fc.array(child, { maxLength: 3 }) });
    const node = above(above(above(leaf)));
    const toPlan = ({ ms, loops, children }: Tree): object => ({
      ...seq('t'),
      'Node Type': 'Append',
      ...timed(1, ms, loops),
      Plans: children.map((child) => ({ ...toPlan(child), 'Parent Relationship': 'Member' })),
    });
    fc.assert(
      fc.property(node, (tree) => {
        const { root, totals } = plan(toPlan({ ...tree, loops: 1 }));
        const times = [...preorder(root)].map(({ derived }) => derived.exclusiveMs ?? -1);
        expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
        const sum = times.reduce((a, b) => a + b, 0);
        if (sum > 0)
          expect(Math.abs(sum - (totals.actualMs ?? 0))).toBeLessThanOrEqual(
            0.01 * (totals.actualMs ?? 0) + 1e-9,
          );
      }),
    );
  });
  it('reads 10,000 nodes', () => {
    const members = Array.from({ length: 10_000 }, (_, i) => ({
      ...seq(`t${i}`),
      'Parent Relationship': 'Member',
    }));
    expect(plan({ 'Node Type': 'Append', 'Total Cost': 1, Plans: members }).totals.nodes).toBe(
      10_001,
    );
  });
  it('keeps int8 exact and what it does not know as Unknown', () => {
    const read = plan(
      { 'Node Type': 'Quantum Scan', 'Total Cost': 1, Secret: 'x', Depth: 3 },
      { 'Query Identifier': 1 },
    );
    expect(read.root).toMatchObject({ op: 'Unknown', nativeOp: 'Quantum Scan', ext: { Depth: 3 } });
    expect(read.lossiness).toEqual(['unknown_nodes']);
    expect(JSON.stringify(read)).not.toContain('"x"');
  });
});

describe('diff', () => {
  it('is empty for the same plan and says what changed otherwise', () => {
    const before = plan(
      seq('t', { 'Node Type': 'Index Scan', 'Index Name': 't_i', 'Index Cond': '(id = 1)' }),
    );
    const after = plan(seq('t', { 'Total Cost': 100 }));
    expect(diffPlans(before, before)).toEqual({ same: true, costRatio: 1, changes: [] });
    expect(describeDiff(diffPlans(before, after))).toBe(
      't: SeqScan instead of IndexScan t_i; SeqScan added; IndexScan removed',
    );
    expect(diffPlans(before, after).costRatio).toBe(10);
  });
});

describe('redaction', () => {
  it.each([
    ["SELECT * FROM t WHERE a = 'secret' AND b = 42", 'SELECT * FROM t WHERE a = ? AND b = ?'],
    [
      "SELECT E'it\\'s secret', $$secret$$, $tag$ secret $tag$, U&'secret', B'101', 1.5e10",
      'SELECT ?, ?, ?, ?, ?, ?',
    ],
    ['SELECT 1 -- secret\n/* secret /* nested */ */ FROM "T"', 'SELECT ? FROM "T"'],
    ["SELECT 'unterminated secret", 'SELECT ?'],
    ['SELECT $1::int, a.b FROM "My Table"', 'SELECT $1::int, a.b FROM "My Table"'],
    ['SELECT 0xdeadbeef, 1_000_000', 'SELECT ?, ?'],
  ])('%s', (text, expected) => {
    expect(redactSql(text)).toBe(expected);
  });
  it('loses every planted literal', () => {
    const literal = fc.oneof(
      fc.string().map((s) => `'${s.replaceAll("'", "''")}CANARY'`),
      fc.string().map((s) => `E'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}CANARY'`),
      fc
        .string({ unit: fc.constantFrom(...'abc $\'"\n') })
        .map((s) => `$q$${s.replaceAll('$q$', '')}CANARY$q$`),
      fc.constant('/* CANARY */ 1'),
    );
    fc.assert(
      fc.property(fc.array(literal, { minLength: 1, maxLength: 5 }), (literals) => {
        expect(
          redactSql(`SELECT ${literals.join(', ')} FROM t WHERE x IN (${literals.join(', ')})`),
        ).not.toContain('CANARY');
      }),
    );
  });
  it('tokens are the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'abc\'"$1.5-*/() \n=E\\') }), (text) => {
        expect(
          tokenize(text)
            .map((token) => token.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });
  it('is done once and for all', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(redactSql(redactSql(text))).toBe(redactSql(text));
      }),
    );
  });
  it('summaries fit', () => {
    expect(
      summarizeSql(
        'SELECT a, b, c, d, e, f, g, h, i, j, k, l, m, n FROM t WHERE id IN ($1, $2, $3, $4)',
        80,
      ),
    ).toBe('SELECT … FROM t WHERE id IN ($1, …)');
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 10, max: 200 }), (text, width) => {
        expect(summarizeSql(text, width).length).toBeLessThanOrEqual(width);
      }),
    );
  });
});
