import { describe, expect, it } from 'vitest';
import { planSource } from '../../../test/support/plans.ts';
import { goldenText } from '../../../test/support/read-only-plans.ts';
import { preorder } from '../../model/plan.ts';
import { unframe } from '../unframe.ts';
import { readXplan } from './dbms-xplan.ts';
import { oracle } from './dialect.ts';

const golden = (file: string) => goldenText(`oracle/${file}.txt`);
const read = (text: string) => oracle.readPlan(text, planSource);

describe('TYPICAL', () => {
  const plan = read(golden('typical'));
  const nodes = preorder(plan.root);

  it('is operations in the words of the common plan', () => {
    expect(nodes.map(({ op, parentRelation }) => [op, parentRelation])).toEqual([
      ['Sort', undefined],
      ['HashJoin', 'outer'],
      ['IndexOnlyScan', 'inner'],
      ['NestedLoop', 'outer'],
      ['SeqScan', 'outer'],
      ['TidScan', 'inner'],
      ['IndexScan', 'outer'],
    ]);
  });
  it('has the conditions below the table, over several lines, and the aliases', () => {
    expect(nodes[1]?.join).toMatchObject({
      type: 'right',
      condition: [{ text: 'R.ID = C.REGION_ID' }],
    });
    expect(nodes[4]).toMatchObject({
      relation: { name: 'CUSTOMERS', alias: 'C' },
      predicates: { filter: [{ text: 'UPPER(C.EMAIL) = ? AND C.SINCE > TO_DATE(?, ?)' }] },
    });
    expect(nodes[6]).toMatchObject({
      index: { name: 'ORDERS_CUSTOMER', access: 'seek', backward: true },
      predicates: { filter: [{ text: 'O.STATE <> ?' }] },
    });
  });
  it('gives each operation its own cost', () => {
    const own = nodes.map(({ derived }) => derived.exclusiveCost);
    expect(own).toEqual([1, 1, 2, 0, 6_811, 12, 3]);
  });
  it('shows no literal', () => {
    expect(JSON.stringify(plan)).not.toMatch(/SOMEONE|Brien|2026/i);
  });
});

describe('ALLSTATS LAST', () => {
  const plan = read(golden('allstats'));
  const nodes = preorder(plan.root);

  it('has rows of one start, times of its own, and pages', () => {
    expect(nodes.map(({ act }) => [act?.rows, act?.loops])).toEqual([
      [190, 1],
      [1_500, 1],
      [1_500, 1],
      [1, 1_500],
    ]);
    expect(nodes.map(({ derived }) => derived.exclusiveMs)).toEqual([900, 50, 3_000, 150]);
    expect(nodes[2]).toMatchObject({ io: { hit: 195_000, read: 55_000 }, derived: { qError: 25 } });
  });
  it('says what went to disk, and what was run', () => {
    expect(nodes[0]?.act).toMatchObject({ sortOnDisk: true, sortSpaceKb: 10_240 });
    expect(plan.queryText).toMatch(/^select c\.country, .* LIKE|^select c\.country/i);
    expect(plan.totals).toMatchObject({ estCost: 9_120, actualMs: 4_100 });
  });
});

describe('frames', () => {
  it('SQL*Plus breaks lines, puts tabs, and begins pages', () => {
    const nodes = preorder(read(unframe(golden('sqlplus-80'))).root);
    expect(nodes.map(({ op, est }) => [op, est.rows, est.totalCost])).toEqual([
      ['Filter', 7, 12],
      ['SeqScan', 7, 12],
    ]);
    expect(nodes[1]?.predicates.filter[0]?.text).toBe('NOTE = ? AND QTY > ?');
  });
  it.each([
    ['Windows’ line ends', (text: string) => text.replaceAll('\n', '\r\n')],
    ['indented', (text: string) => text.replaceAll(/^/gm, '    ')],
    ['a comment around it', (text: string) => `select 1;\n/*\n${text}*/\nselect 2;\n`],
    ['without lines of dashes', (text: string) => text.replaceAll(/^-+\n/gm, '')],
  ])('%s', (_, frame) => {
    const text = golden('typical');
    expect(read(unframe(frame(text))).hash).toEqual(read(text).hash);
  });
});

const table = (...rows: string[]) =>
  ['| Id  | Operation | Name | Starts | A-Rows | A-Time |', ...rows].join('\n');

describe('what is not as usual', () => {
  it('leaves out what an adaptive plan did not run', () => {
    const plan = read(
      table(
        '|     0 | SELECT STATEMENT | | 1 | 5 |00:00:00.10 |',
        '|   * 1 |  HASH JOIN | | 1 | 5 |00:00:00.10 |',
        '|-    2 |   NESTED LOOPS | | 1 | 5 |00:00:00.10 |',
        '|     3 |    TABLE ACCESS FULL | A | 1 | 5 |00:00:00.01 |',
        '|-  * 4 |    INDEX RANGE SCAN | B_I | 0 | 0 |00:00:00.00 |',
        '|     5 |   TABLE ACCESS FULL | B | 1 | 5 |00:00:00.01 |',
      ),
    );
    expect(preorder(plan.root).map(({ nativeOp }) => nativeOp)).toEqual([
      'HASH JOIN',
      'TABLE ACCESS FULL',
      'TABLE ACCESS FULL',
    ]);
    expect(plan.lossiness).toEqual(['no_costs']);
  });
  it('keeps subqueries of the select list beside what is selected', () => {
    const { root } = read(
      table(
        '| 0 | SELECT STATEMENT | | 1 | 5 |00:00:00.10 |',
        '| 1 |  TABLE ACCESS FULL | A | 5 | 5 |00:00:00.04 |',
        '| 2 |  TABLE ACCESS FULL | B | 1 | 5 |00:00:00.05 |',
      ),
    );
    expect(root.children.map(({ parentRelation }) => parentRelation)).toEqual(['subplan', 'outer']);
  });
  it('tells of operations and lines that nobody knows, and of a second plan', () => {
    const text = `${table('| 0 | QUANTUM LEAP | X | 1 | 1 |00:00:00.01 |', '| ? |')}
Elapsed: 00:00:01.25
Plan hash value: 7
${table('| 0 | SELECT STATEMENT | | 1 | 1 |00:00:00.01 |')}`;
    const { unread, unknownNodes } = readXplan(text);
    expect(unknownNodes).toBe(1);
    expect(unread?.map(({ says, piece }) => says ?? piece)).toEqual([
      'QUANTUM LEAP',
      '| ? |',
      'Elapsed: 00:00:01.25',
      'another plan: only the first is read',
    ]);
  });
  it('is no plan without a row', () => {
    expect(() => read(table())).toThrow(expect.objectContaining({ code: 'unparsable' }));
  });
});
