import { describe, expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import fc from '../../test/support/property.ts';

describe('the hash', () => {
  const base = joined(
    'Hash Join',
    seq('a', { Filter: "((a.status = 'open'::text) AND (a.n > 5))" }),
    { 'Node Type': 'Hash', Plans: [{ ...seq('b'), 'Parent Relationship': 'Outer' }] },
    { 'Hash Cond': '(a.id = b.a_id)' },
  );
  const shape = (node: object) => planOf(node).hash.shape;

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
          [
            '"Plan Rows":5,"Actual Rows":7,"Actual Loops":1,"Actual Total Time":3',
            '"Actual Startup Time":1,"Shared Hit Blocks":4',
          ].join(','),
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
      joined(
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

  const above = (type: string, more: object = {}, child: object = seq('a')) => ({
    'Node Type': type,
    'Total Cost': 50,
    ...more,
    Plans: [{ ...child, 'Parent Relationship': 'Outer' }],
  });
  const byIndex = (more: object = {}) =>
    seq('a', { 'Node Type': 'Index Scan', 'Index Name': 'i', ...more });
  it.each([
    ['Gather and Gather Merge', above('Gather'), above('Gather Merge')],
    ['Append and Merge Append', above('Append'), above('Merge Append')],
    ['Append and Recursive Union', above('Append'), above('Recursive Union')],
    ['Materialize and Memoize', above('Materialize'), above('Memoize')],
    ['BitmapAnd and BitmapOr', above('BitmapAnd'), above('BitmapOr')],
    [
      'UPDATE and DELETE',
      above('ModifyTable', { Operation: 'Update' }),
      above('ModifyTable', { Operation: 'Delete' }),
    ],
    [
      'INTERSECT and EXCEPT',
      above('SetOp', { Command: 'Intersect' }),
      above('SetOp', { Command: 'Except' }),
    ],
    [
      'EXCEPT and EXCEPT ALL',
      above('SetOp', { Command: 'Except' }),
      above('SetOp', { Command: 'Except All' }),
    ],
    [
      'directions of an index',
      byIndex({ 'Scan Direction': 'Forward' }),
      byIndex({ 'Scan Direction': 'Backward' }),
    ],
    ['a scan that workers share', seq('a'), seq('a', { 'Parallel Aware': true })],
    ['operations that nobody knows', above('Quantum Scan'), above('Neural Scan')],
    [
      'what is sorted already',
      above('Incremental Sort', { 'Sort Key': ['a', 'b', 'c'], 'Presorted Key': ['a'] }),
      above('Incremental Sort', { 'Sort Key': ['a', 'b', 'c'], 'Presorted Key': ['a', 'b'] }),
    ],
  ])('tells %s apart', (_, one, other) => expect(shape(one)).not.toBe(shape(other)));

  it('is the same from a server that names the value of an InitPlan in another way', () => {
    const by = (value: string) => shape(seq('a', { Filter: `(a.x > ${value})` }));
    expect(by('(InitPlan 1).col1')).toBe(by('$0'));
  });

  it('is of a form of its own, beside the one of earlier versions', () => {
    expect(planOf(base).hash).toEqual({
      shape: expect.stringMatching(/^ph2:[0-9a-f]{32}$/),
      full: expect.stringMatching(/^ph2:[0-9a-f]{32}$/),
      before: expect.stringMatching(/^ph1:[0-9a-f]{32}$/),
    });
  });

  it('tells the two sides of a self-join apart', () => {
    const employee = (alias: string) => ({ ...seq('employees'), Alias: alias });
    const one = joined('Hash Join', employee('e'), employee('m'), {
      'Hash Cond': '(e.manager_id = m.id)',
    });
    const two = joined('Hash Join', employee('m'), employee('e'), {
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
      planOf({ 'Node Type': 'Append', 'Total Cost': 30, Plans: parts }).hash;
    expect(append(part(1), part(2)).shape).toBe(append(part(1), part(2), part(3)).shape);
    expect(append(part(1), part(2)).full).not.toBe(append(part(1), part(2), part(3)).full);
  });

  it('does not mind planned workers in shape', () => {
    const gather = (workers: number) =>
      planOf({
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
