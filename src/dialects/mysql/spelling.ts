import type { SourceFormat } from '../../model/plan.ts';
import { withBackticks } from '../mysql-family/ansi-names.ts';
import { blocksOfRows } from '../mysql-family/plan-table.ts';
import { sniffRows, tableRows } from '../mysql-family/table-rows.ts';
import type { Reading, Resolve } from '../reading.ts';
import { readMysqlBlocks, readMysqlJson, sniffMysqlJson } from './plan-json.ts';
import { readMysqlTree } from './plan-json-v2.ts';
import { readPlanTree, sniffPlanTree } from './plan-tree.ts';

/** What EXPLAIN of MySQL prints: either JSON format, the tree as text, or a table of rows. */
export const sniffMysqlPlan = (text: string): number =>
  Math.max(sniffPlanTree(text), sniffMysqlJson(text), sniffRows(text, 'mysql'));

/** Throws AppError: unparsable, too_large. */
export function readMysqlPlan(
  text: string,
  resolve?: Resolve,
  ansiQuotes = false,
): Reading & { format: SourceFormat } {
  if (sniffPlanTree(text) > 0) {
    const tree = readPlanTree(text);
    const reading = readMysqlTree(ansiQuotes ? withBackticks(tree) : tree, resolve);
    return { ...reading, settings: {}, format: 'mysql-tree' };
  }
  const rows = tableRows(text);
  return rows
    ? { ...readMysqlBlocks(blocksOfRows(rows), resolve), format: 'mysql-table' }
    : readMysqlJson(text, resolve, ansiQuotes);
}
