import { describe, expect, it } from 'vitest';
import { readTitle } from './text-title.ts';

describe('the first line of a node', () => {
  it.each([
    [
      'Parallel Index Scan Backward using "my on index" on public."Or""ders" o',
      {
        'Node Type': 'Index Scan',
        'Parallel Aware': true,
        'Scan Direction': 'Backward',
        'Index Name': 'my on index',
        Schema: 'public',
        'Relation Name': 'Or"ders',
        Alias: 'o',
      },
    ],
    ['Seq Scan on orders', { 'Node Type': 'Seq Scan', 'Relation Name': 'orders', Alias: 'orders' }],
    ['Bitmap Index Scan on i', { 'Node Type': 'Bitmap Index Scan', 'Index Name': 'i' }],
    ['Nested Loop', { 'Node Type': 'Nested Loop', 'Join Type': 'Inner' }],
    ['Nested Loop Anti Join', { 'Node Type': 'Nested Loop', 'Join Type': 'Anti' }],
    ['Hash Right Semi Join', { 'Node Type': 'Hash Join', 'Join Type': 'Right Semi' }],
    ['Merge Join', { 'Node Type': 'Merge Join', 'Join Type': 'Inner' }],
    [
      'Partial HashAggregate',
      { 'Node Type': 'Aggregate', 'Partial Mode': 'Partial', Strategy: 'Hashed' },
    ],
    ['HashSetOp Except All', { 'Node Type': 'SetOp', Strategy: 'Hashed', Command: 'Except All' }],
    [
      'Update on public.t t_1',
      {
        'Node Type': 'ModifyTable',
        Operation: 'Update',
        Schema: 'public',
        'Relation Name': 't',
        Alias: 't_1',
      },
    ],
    ['CTE Scan on w x', { 'Node Type': 'CTE Scan', 'CTE Name': 'w', Alias: 'x' }],
    ['Values Scan on "*VALUES*"', { 'Node Type': 'Values Scan', Alias: '*VALUES*' }],
    ['Custom Scan (Citus Adaptive)', expect.objectContaining({ 'Node Type': 'Custom Scan' })],
    ['Something New on t', expect.objectContaining({ 'Node Type': 'Something New' })],
  ])('%s', (title, fields) => {
    expect(readTitle(title)).toEqual(fields);
  });
});
