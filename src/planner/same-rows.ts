import { type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { TableFacts } from '../model/statistics.ts';

/**
 * Whether two plans that read alike find as many rows by their indexes: of a value that is common
 * here and rare there no gain can be told. Tables need not have one size: as large a share will do.
 * Pure.
 */
export interface OnTables {
  plan: Plan;
  facts: readonly TableFacts[];
}

const mostTimes = 2;

export function sameRows(there: OnTables, here: OnTables): boolean {
  const [a, b] = [there, here].map(({ plan }) => preorder(plan.root)) as [PlanNode[], PlanNode[]];
  // Of one shape they differ where partitions do.
  if (a.length !== b.length) return true;
  return a.every((node, i) => {
    const other = b[i] as PlanNode;
    if (!found(node) || !found(other)) return true;
    const [rows, otherRows] = [rowsRead(node), rowsRead(other)];
    if (near(rows, otherRows)) return true;
    const [size, otherSize] = [sizeOf(node, there), sizeOf(other, here)];
    return !size || !otherSize || near(rows, (otherRows * size) / otherSize);
  });
}

const found = ({ index }: PlanNode): boolean =>
  index?.access === 'seek' || index?.access === 'bitmap';

const rowsRead = ({ est: { rows, filteredPct = 100 } }: PlanNode): number =>
  filteredPct > 0 ? (rows * 100) / filteredPct : rows;

/** A few more are no others. */
const near = (a: number, b: number): boolean =>
  (Math.max(a, b) + 1) / (Math.min(a, b) + 1) <= mostTimes;

const sizeOf = ({ relation }: PlanNode, { facts }: OnTables): number | undefined =>
  facts.find(({ name }) => name === relation?.name)?.rows;
