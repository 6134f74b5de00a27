import { AppError } from '../../base/errors.ts';
import type { SourceFormat } from '../../model/plan.ts';
import { getNumber, getPairs, getText, type Pairs, parsePairs } from '../json-pairs.ts';
import { withBackticks } from '../mysql-family/ansi-names.ts';
import { readBlocks } from '../mysql-family/block-json.ts';
import type { BlockDialect } from '../mysql-family/block-table.ts';
import { sniffBlock } from '../mysql-family/sniff.ts';
import { withUnread } from '../mysql-family/unread-keys.ts';
import type { Reading, Resolve } from '../reading.ts';
import { readMysqlTree } from './plan-json-v2.ts';

/**
 * `EXPLAIN FORMAT=JSON` of MySQL 8–9, in either format. Format 1 prints prefix costs: what the join
 * costs up to and with this table; a table's own is the difference to the one before it. Format 2
 * is the tree of iterators that runs.
 */
const format1: BlockDialect = {
  tableCost: (table, before) => {
    const own = prefixCost(table);
    if (own === undefined) return 0;
    return Math.max(0, own - ((before && prefixCost(before)) ?? 0));
  },
  rowsRead: (table) => getNumber(table, 'rows_examined_per_scan') ?? 0,
};

const prefixCost = (table: Pairs) => {
  const info = getPairs(table, 'cost_info');
  return info && getNumber(info, 'prefix_cost');
};

/** Throws AppError('unparsable') for what is neither format. */
export function readMysqlJson(
  json: string,
  resolve?: Resolve,
  ansiQuotes = false,
): Reading & { format: SourceFormat } {
  const parsed = parsePairs(json);
  const top = ansiQuotes ? withBackticks(parsed) : parsed;
  if (getPairs(top, 'query_block'))
    return withUnread(parsed, { ...readMysqlBlocks(top, resolve), format: 'mysql-json-v1' });
  const plan = treeOf(top);
  if (!plan) throw new AppError('unparsable', 'not a JSON plan of MySQL');
  const reading = { ...readMysqlTree(plan), settings: {}, format: 'mysql-json-v2' as const };
  return withUnread(parsed, reading);
}

export const readMysqlBlocks = (top: Pairs, resolve?: Resolve): Reading => ({
  ...readBlocks(top, format1, resolve),
  settings: {},
});

/** Format 2 stands in an object of its own or, up to 9.0, by itself. */
const treeOf = (top: Pairs): Pairs | undefined =>
  getPairs(top, 'query_plan') ?? (getText(top, 'operation') === undefined ? undefined : top);

/** Its trees are nobody else's; its blocks could be MariaDB's. */
export function sniffMysqlJson(text: string): number {
  try {
    const top = parsePairs(text);
    const block = getPairs(top, 'query_block');
    return block ? sniffBlock(block, 'mysql') : Number(treeOf(top) !== undefined);
  } catch {
    return 0;
  }
}
