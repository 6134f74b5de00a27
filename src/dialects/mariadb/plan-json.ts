import type { PlanNode } from '../../model/plan.ts';
import { getNumber, getPairs, type Pairs } from '../json-pairs.ts';
import { withBackticks } from '../mysql-family/ansi-names.ts';
import { readBlocks } from '../mysql-family/block-json.ts';
import type { BlockDialect } from '../mysql-family/block-table.ts';
import { sniffBlock } from '../mysql-family/sniff.ts';
import { withUnread } from '../mysql-family/unread-keys.ts';
import type { Reading, Resolve } from '../reading.ts';
import { parseMariadb } from './plan-text.ts';

/**
 * `EXPLAIN FORMAT=JSON` and `ANALYZE FORMAT=JSON` of MariaDB 10.6–11. Keys repeat within one
 * object. Costs are there from 11 on, each table's own over all its loops. `r_rows` is the average
 * of a loop, but times are of all loops together.
 */
const mariadb: BlockDialect = {
  tableCost: (table) => getNumber(table, 'cost') ?? 0,
  rowsRead: (table) => getNumber(table, 'rows') ?? 0,
  actual: readActual,
};

function readActual(table: Pairs): PlanNode['act'] {
  const loops = getNumber(table, 'r_loops');
  if (loops === undefined) return undefined;
  const totalMs =
    (getNumber(table, 'r_table_time_ms') ?? getNumber(table, 'r_total_time_ms') ?? 0) +
    (getNumber(table, 'r_other_time_ms') ?? 0);
  const read = getNumber(table, 'r_rows') ?? 0;
  const kept = (read * (getNumber(table, 'r_filtered') ?? 100)) / 100;
  return {
    startupMs: 0,
    totalMs: loops ? totalMs / loops : 0,
    rows: kept,
    loops,
    rowsRemovedByFilter: read - kept,
  };
}

/** Throws AppError('unparsable') for what is no JSON. */
export const readMariadbJson = (json: string, resolve?: Resolve, ansiQuotes = false): Reading => {
  const parsed = parseMariadb(json);
  const reading = readMariadbBlocks(ansiQuotes ? withBackticks(parsed) : parsed, resolve);
  return withUnread(parsed, reading);
};

export const readMariadbBlocks = (top: Pairs, resolve?: Resolve): Reading => ({
  ...readBlocks(top, mariadb, resolve),
  settings: {},
});

/** Its blocks could be MySQL's. */
export function sniffMariadbJson(text: string): number {
  try {
    const block = getPairs(parseMariadb(text), 'query_block');
    return block ? sniffBlock(block, 'mariadb') : 0;
  } catch {
    return 0;
  }
}
