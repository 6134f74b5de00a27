import { describe, expect, it } from 'vitest';
import { planOf, seq } from '../../../test/support/plans.ts';

describe('a JSON plan of PostgreSQL', () => {
  it('reads 10,000 nodes', () => {
    const members = Array.from({ length: 10_000 }, (_, i) => ({
      ...seq(`t${i}`),
      'Parent Relationship': 'Member',
    }));
    expect(planOf({ 'Node Type': 'Append', 'Total Cost': 1, Plans: members }).totals.nodes).toBe(
      10_001,
    );
  });
  it('keeps a node that it does not know, and only its numbers', () => {
    const read = planOf({ 'Node Type': 'Quantum Scan', 'Total Cost': 1, Secret: 'x', Depth: 3 });
    expect(read.root).toMatchObject({ op: 'Unknown', nativeOp: 'Quantum Scan', ext: { Depth: 3 } });
    expect(read.lossiness).toEqual(['unknown_nodes']);
    expect(JSON.stringify(read)).not.toContain('"x"');
  });
});
