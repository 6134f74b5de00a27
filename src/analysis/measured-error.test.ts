import { describe, expect, it } from 'vitest';
import { planOf } from '../../test/support/plans.ts';
import { node, outer, ran, seqScan } from './examples.ts';
import { measuredErrors } from './measured-error.ts';

const limits = { error: 10, rows: 1_000 };
const tablesOf = (root: object) =>
  measuredErrors(planOf(root).root, limits).map(({ node: { nativeOp, relation } }) =>
    relation ? relation.name : nativeOp,
  );

describe('where estimates began to be wrong', () => {
  const wrong = seqScan('customers', { rows: 100, ...ran(4_000) });
  it('is the lowest node that is wrong, not each above it', () => {
    const sort = node('Sort', { rows: 100, ...ran(4_000) }, [outer(wrong)]);
    expect(tablesOf(node('Result', { rows: 100, ...ran(4_000) }, [outer(sort)]))).toEqual([
      'customers',
    ]);
  });
  it('is also a node that makes it much worse', () => {
    const group = node('Aggregate', { rows: 10, ...ran(40_000) }, [outer(wrong)]);
    expect(tablesOf(group)).toEqual(['Aggregate', 'customers']);
  });
  it('is none that a limit has stopped', () => {
    const stopped = seqScan('orders', { rows: 90_000, ...ran(20) });
    expect(tablesOf(node('Limit', { rows: 20, ...ran(20) }, [outer(stopped)]))).toEqual([]);
    const sorted = node('Sort', { rows: 2_000, ...ran(20) }, [outer(wrong)]);
    expect(tablesOf(node('Limit', { rows: 20, ...ran(20) }, [outer(sorted)]))).toEqual([
      'customers',
    ]);
  });
  it('is none of which few rows are expected and few come', () => {
    expect(tablesOf(seqScan('t', { rows: 1, ...ran(300) }))).toEqual([]);
  });
});
