import type { DialectName } from '../model/engine-name.ts';
import type { PlanNode } from '../model/plan.ts';
import type { QueryShape } from '../model/query-shape.ts';
import type { Outline } from './rule.ts';

/**
 * A statement of which the server gives no plan (the account may not write, the text was lost, an
 * EXPLAIN might run a part of it) is sure to do one thing all the same: it writes the tables that
 * its text names. Undefined: it writes none.
 */
export function outlineOf(engine: DialectName, shape: QueryShape | undefined): Outline | undefined {
  const written = shape?.writes ?? [];
  const [root, ...others] = written.map((table, id) => writing(table, id));
  return root && { engine, root: { ...root, children: others } };
}

const writing = (table: { schema?: string; name: string }, id: number): PlanNode => ({
  id,
  op: 'Modify',
  nativeOp: '',
  relation: { ...table, kind: 'table' },
  predicates: { index: [], filter: [], recheck: [], joinFilter: [] },
  est: { startupCost: 0, totalCost: 0, rows: 0, width: 0 },
  derived: { exclusiveCost: 0, costShare: 1 },
  children: [],
  ext: {},
});
