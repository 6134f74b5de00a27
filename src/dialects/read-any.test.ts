import { describe, expect, it } from 'vitest';
import { preorder } from '../model/plan.ts';
import { readAnyPlan, readPlanText } from './read-any.ts';

const scan = { 'Node Type': 'Seq Scan', 'Relation Name': 'a', 'Total Cost': 9, 'Plan Rows': 5 };
const bad = JSON.stringify([{ Plan: { 'Startup Cost': 0, 'Plan Width': 4, ...scan } }]);
const block = (table: object) =>
  JSON.stringify({ query_block: { select_id: 1, table: { table_name: 'a', ...table } } });

describe('whose plan it is', () => {
  it.each([
    ['postgres', bad],
    ['mysql', block({ access_type: 'ALL', rows_examined_per_scan: 9 })],
    ['mariadb', block({ access_type: 'ALL', rows: 9 })],
  ])('%s', (engine, text) => {
    expect(readAnyPlan(text).engine).toBe(engine);
  });
  it.each(['', '{}', '[]', 'root:x:0:0', 'null', '[{"Plan":7}]'])('nobody’s: %j', (text) => {
    expect(() => readAnyPlan(text)).toThrow(expect.objectContaining({ code: 'unparsable' }));
  });
  it('the one that is named', () => {
    expect(() => readAnyPlan(bad, 'mysql')).toThrow(
      expect.objectContaining({ code: 'unparsable' }),
    );
  });
});

describe.each(['constructor', '__proto__', 'toString'])('%s, which every object has', (word) => {
  const spelled = (text: string) => text.replaceAll('WORD', word);
  it.each([
    '[{"Plan":{"Node Type":"WORD","Parent Relationship":"WORD","Total Cost":1}}]',
    'WORD on a  (cost=0.00..1.00 rows=1 width=4)\n  WORD: b',
    '{"query_block":{"select_id":1,"WORD":{"table":{"table_name":"a","access_type":"WORD"}}}}',
    '{"query_plan":{"operation":"x","access_type":"WORD","join_type":"WORD"},"json_schema_version":"2.0"}',
    '<ShowPlanXML xmlns="http://schemas.microsoft.com/sqlserver/2004/07/showplan"><BatchSequence>' +
      '<Batch><Statements><StmtSimple><QueryPlan><RelOp NodeId="0" PhysicalOp="WORD" ' +
      'LogicalOp="WORD" EstimateRows="1"/></QueryPlan></StmtSimple></Statements></Batch>' +
      '</BatchSequence></ShowPlanXML>',
  ])('is no word of any server: %s', (text) => {
    const { root } = readAnyPlan(spelled(text));
    expect(root.op).toBe('Unknown');
    expect(typeof (root.parentRelation ?? '')).toBe('string');
  });
});

it.each([
  ['PostgreSQL', 'Nested Loop\n-> Seq Scan on a\n-> Hash Join\n-> Seq Scan on b\n-> Seq Scan on c'],
  ['MySQL', '-> Limit: 1 row(s)\n-> Sort: t.a\n-> Table scan on t'],
])('a plan of %s that has lost its indentation is refused', (_, text) => {
  expect(() => readAnyPlan(text)).toThrow(/lost the blanks/);
});

it.each([
  [
    'Limit  (cost=0.00..1.00 rows=1 width=4)\n-> Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)',
    2,
  ],
  [
    '-> Rows fetched before execution  (cost=0..0 rows=1)\n' +
      '-> Select #2 (subquery in projection; run only once)\n' +
      '    -> Table scan on t  (cost=1 rows=3)',
    2,
  ],
])('one that needs none is read: %s', (text, steps) => {
  expect(preorder(readAnyPlan(text).root).length).toBeGreaterThanOrEqual(steps);
});

it('what a statement takes out of JSON is no step that has lost its indentation', () => {
  const text =
    "Query Text: SELECT d\n->'a'\n->'b'\nFROM t\n" +
    'Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)';
  expect(() => readAnyPlan(text)).not.toThrow(/lost the blanks/);
});

describe('what is not understood', () => {
  it('is told with its line in the text as it was pasted', () => {
    const text = ` QUERY PLAN\n------------\n Quantum Scan on a  (cost=0.00..1.00 rows=1 width=4)
   New Thing: 'a secret'\n(2 rows)\n`;
    expect(readPlanText(text).remarks).toEqual([
      { line: 3, text: 'Quantum Scan' },
      { line: 4, text: 'New Thing' },
    ]);
    expect(readPlanText(bad).remarks).toEqual([]);
  });
  it.each([
    ['', 1, 'the text is empty'],
    ['\nSELECT 1', 2, 'a statement'],
    ['{"a":\n[1,\n}', 3, 'line 3: not JSON'],
    ['{"a": 1}', 1, 'holds no plan'],
    ['\n<ShowPlanXML>\n<a>\n</ShowPlanXML>', 4, 'line 4: not well-formed'],
    ['\nERROR:  relation "t" does not exist', 2, 'line 2 is an error of the server'],
    ['what is this', 1, 'no plan that is known'],
  ])('where nothing is a plan, %j, line %s says %s', (text, line, says) => {
    expect(() => readPlanText(text)).toThrow(
      expect.objectContaining({ code: 'unparsable', line, message: expect.stringContaining(says) }),
    );
  });
});
