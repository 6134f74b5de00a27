import { expect, it } from 'vitest';
import { joinType, nativeName, opOf } from './operations.ts';

it.each([
  ['Hash Match', 'Inner Join', 'HashJoin'],
  ['Hash Match', 'Aggregate', 'Aggregate'],
  ['Hash Match', 'Flow Distinct', 'Unique'],
  ['Parallelism', 'Gather Streams', 'Gather'],
  ['Parallelism', 'Repartition Streams', 'Exchange'],
  ['Clustered Index Update', 'Update', 'Modify'],
  ['Index Spool', 'Eager Spool', 'Materialize'],
  ['Quantum Scan', '', 'Unknown'],
])('%s (%s) is %s', (physical, logical, op) => expect(opOf(physical, logical)).toBe(op));

it('says both names where the second says more', () => {
  expect(nativeName('Index Spool', 'Eager Spool')).toBe('Index Spool (Eager Spool)');
  expect(nativeName('Top', 'Top')).toBe('Top');
});

it.each([
  ['Inner Join', 'inner'],
  ['Left Outer Join', 'left'],
  ['Right Anti Semi Join', 'right anti'],
  ['Left Semi Join', 'semi'],
  ['Aggregate', undefined],
])('%s is %s', (logical, type) => expect(joinType(logical)).toBe(type));
