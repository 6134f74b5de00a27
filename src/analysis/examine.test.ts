import { describe, expect, it } from 'vitest';
import { examine, readAnyPlan, readPlanText } from './examine.ts';
import {
  indexScan,
  inner,
  loop,
  mariadbTable,
  mysqlTable,
  node,
  outer,
  seqScan,
} from './examples.ts';
import { rules } from './rules/index.ts';

const printed = (root: object) => JSON.stringify([{ Plan: root }]);
const joined = (right: object, cost: number) =>
  printed(
    node('Nested Loop', { 'Join Type': 'Inner', rows: 50_000, cost }, [
      outer(seqScan('a', { rows: 50_000, cost: 900 })),
      inner(right),
    ]),
  );
const bad = joined(seqScan('b', { filter: '(b.a = a.id)', cost: 180 }), 900_000);
const good = joined(indexScan('b', 'b_a', { condition: '(b.a = a.id)', cost: 0.4 }), 3_000);

describe('whose plan it is', () => {
  it.each([
    ['postgres', bad],
    ['mysql', JSON.stringify(loop(mysqlTable('a', {}), mysqlTable('b', {})))],
    ['mariadb', JSON.stringify(loop(mariadbTable('a', {}), mariadbTable('b', {})))],
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
    ['what is this', 1, 'no plan that is known'],
  ])('where nothing is a plan, %j, line %s says %s', (text, line, says) => {
    expect(() => readPlanText(text)).toThrow(
      expect.objectContaining({ code: 'unparsable', line, message: expect.stringContaining(says) }),
    );
  });
});

describe('what the rules say', () => {
  it('finds what the plan alone tells, and names the rules that have to know more', () => {
    const { findings, unasked } = examine(rules, readAnyPlan(bad));
    expect(findings.map(({ rule }) => rule)).toEqual(['nested-loop']);
    const missing = Object.fromEntries(unasked.map((each) => [each.rule, each.missing]));
    expect(missing).toMatchObject({
      'full-scan': ['tables'],
      spill: ['counters'],
      'plan-changed': ['previous'],
      'heap-fetches': [],
    });
    expect(missing).not.toHaveProperty('nested-loop');
    expect(missing).not.toHaveProperty('join-buffer'); // MySQL's and MariaDB's
  });
  it('tells why the plan is worse than the one before, and that it is', () => {
    const { findings, unasked } = examine(rules, readAnyPlan(bad), readAnyPlan(good));
    expect(findings.map(({ rule, also }) => [rule, also?.map((each) => each.rule)])).toEqual([
      ['nested-loop', ['plan-changed', 'scan-for-few']],
    ]);
    expect(unasked.map(({ rule }) => rule)).not.toContain('plan-changed');
  });
});
