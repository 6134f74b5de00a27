import type { SourceFormat } from '../../model/plan.ts';
import { withBackticks } from '../mysql-family/ansi-names.ts';
import type { Reading, Resolve } from '../reading.ts';
import { readMysqlJson, sniffMysqlJson } from './plan-json.ts';
import { readMysqlTree } from './plan-json-v2.ts';
import { readPlanTree, sniffPlanTree } from './plan-tree.ts';

/** What EXPLAIN of MySQL prints: either JSON format, or the tree as text. */
export const sniffMysqlPlan = (text: string): number =>
  Math.max(sniffPlanTree(text), sniffMysqlJson(text));

/** Throws AppError: unparsable, too_large. */
export function readMysqlPlan(
  text: string,
  resolve?: Resolve,
  ansiQuotes = false,
): Reading & { format: SourceFormat } {
  if (sniffPlanTree(text) === 0) return readMysqlJson(text, resolve, ansiQuotes);
  const tree = readPlanTree(text);
  const reading = readMysqlTree(ansiQuotes ? withBackticks(tree) : tree, resolve);
  return { ...reading, settings: {}, format: 'mysql-tree' };
}
