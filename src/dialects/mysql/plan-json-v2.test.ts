import { describe, expect, it } from 'vitest';
import { AppError } from '../../base/errors.ts';
import { parsePairs } from '../json-pairs.ts';
import { readMysqlTree } from './plan-json-v2.ts';

const scan = (name: string, more: object = {}) => ({
  operation: `Table scan on ${name}`,
  access_type: 'table',
  table_name: name,
  estimated_rows: 10,
  estimated_total_cost: 5,
  ...more,
});
const read = (plan: object) => readMysqlTree(parsePairs(JSON.stringify(plan)));

describe('the tree of iterators', () => {
  it('makes a filter a condition of what it filters', () => {
    const { root } = read({
      operation: 'Filter: (o.id > 5)',
      access_type: 'filter',
      condition: '(`o`.`id` > 5)',
      inputs: [scan('o')],
    });
    expect(root).toMatchObject({ op: 'SeqScan', predicates: { filter: [{ text: '(o.id > ?)' }] } });
  });
  it('tells a subquery that depends on a row from one that does not', () => {
    const subquery = (heading: string) =>
      read(scan('o', { inputs: [scan('s', { heading })] })).root.children[0]?.parentRelation;
    expect(subquery('Select #2 (subquery in condition; dependent)')).toBe('subplan');
    expect(subquery('Select #2 (subquery in condition; run only once)')).toBe('initplan');
  });
  it('knows what is no plan, and counts what it does not know', () => {
    expect(() => read({ operation: '<not executable by iterator executor>' })).toThrow(AppError);
    expect(read({ operation: 'Quantum', access_type: 'quantum' })).toMatchObject({
      root: { op: 'Unknown' },
      unknownNodes: 1,
      mode: 'estimate',
    });
  });
});
