import { sqlOf } from '../dialects/habits.ts';
import { type PlanNode, preorder } from '../model/plan.ts';
import type { IndexFacts, TableFacts } from '../model/statistics.ts';
import { type Outline, type RuleContext, tableOf } from './rule.ts';
import { pagesACall, rowsACall } from './work.ts';

/**
 * Tables that a statement writes, with what their indexes cost it: each of them is written for
 * each row, but for an UPDATE of PostgreSQL that changes no indexed column (HOT).
 */
export interface Written {
  node: PlanNode;
  facts: TableFacts;
  /** Share of the statement's work that one index is, 0..1. */
  eachIndex: number;
}

/** Updates that write no index; above, the indexes are hardly written. */
const mostlyHot = 0.9;
/** Pages of an index that one row goes through, and of the table: root, branch, leaf. */
const pagesEach = 3;

export function tablesWritten({ root }: Outline, context: RuleContext): Written[] {
  const { kind } = context.shape ?? {};
  if (kind === undefined || kind === 'select' || kind === 'values') return [];
  const seen = new Set<TableFacts>();
  return preorder(root).flatMap((node) => {
    const facts = node.op === 'Modify' ? tableOf(node, context) : undefined;
    if (!facts || seen.has(facts) || (kind === 'update' && isHot(facts))) return [];
    seen.add(facts);
    return [{ node, facts, eachIndex: shareOfIndex(facts, context) }];
  });
}

const isHot = ({ writes }: TableFacts): boolean =>
  writes?.hotUpdated !== undefined &&
  writes.updated > 0 &&
  writes.hotUpdated >= writes.updated * mostlyHot;

/** Of what the server did; where it does not count that, of the table and its indexes alike. */
function shareOfIndex(facts: TableFacts, context: RuleContext): number {
  const all = allIndexes(facts).length + 1;
  const pages = pagesACall(context);
  const rows = rowsACall(context) ?? 0;
  const writing = pages ? Math.min(1, (rows * all * pagesEach) / pages) : 1;
  return writing / all;
}

export const allIndexes = ({ indexes, invalidIndexes = [] }: TableFacts): IndexFacts[] => [
  ...indexes,
  ...invalidIndexes,
];

/** With what makes it again, where that can be said, behind it. */
export function dropIndex({ engine }: Outline, table: TableFacts, index: IndexFacts): string {
  const { createIndex, dropIndex } = sqlOf(engine);
  const plain =
    !index.partial &&
    index.method === undefined &&
    !index.include?.length &&
    !index.prefixed?.length &&
    !index.otherOrder;
  const again = plain
    ? createIndex(
        table,
        index.keys.map((column) => ({ column })),
        { unique: index.unique },
      )
    : undefined;
  return `${dropIndex(table, index.name)} -- undone by: ${again ?? 'its definition, kept before;'}`;
}
