import type { PlanNode } from '../../model/plan.ts';
import { get, getPairs, getText, isPairs, type Json } from '../json-pairs.ts';
import { above, bareNode, sum } from '../reading.ts';
import { sorted, withFlags } from './block-operations.ts';
import { type BlockContext, unknown } from './block-table.ts';

/** UNION, INTERSECT and EXCEPT: blocks side by side, and what is done with their rows. */

export function readSetOperation(value: Json, key: string, context: BlockContext): PlanNode {
  if (!isPairs(value)) return unknown(key, context);
  const specifications = get(value, 'query_specifications');
  const specified = Array.isArray(specifications) ? specifications.filter(isPairs) : [];
  const members = specified.map((each) => context.content(each));
  for (const each of members) each.parentRelation = 'member';
  const kind =
    key === 'intersect_result' ? 'Intersect' : key === 'except_result' ? 'Except' : undefined;
  if (kind) return withFlags(setOperation(kind, key, members), true);
  const operations = specified.map(
    (each) => getText(getPairs(each, 'query_block') ?? each, 'operation') ?? 'UNION',
  );
  if (operations.some((each) => each !== 'UNION')) return mixedOperations(members, operations);
  const node = appended(members, key);
  const distinct =
    get(value, 'using_temporary_table') === true ||
    (key === 'union_result' && getText(value, 'table_name') !== undefined);
  const all = distinct ? withFlags(above('Unique', key, node), true) : node;
  return get(value, 'using_filesort') === true ? sorted(all, key, 0) : all;
}

function appended(members: PlanNode[], native: string): PlanNode {
  const node = bareNode('Append', native, members);
  node.est = { ...node.est, rows: sum(members, ({ est }) => est.rows) };
  return node;
}

function setOperation(
  strategy: 'Intersect' | 'Except',
  native: string,
  members: PlanNode[],
): PlanNode {
  const node = bareNode('SetOp', native, members);
  node.group = { strategy, keys: [] };
  return node;
}

/** MariaDB prints one list in which each member says how it meets the ones before it. */
function mixedOperations([first, ...rest]: PlanNode[], [, ...operations]: string[]): PlanNode {
  return rest.reduce((before, member, i) => {
    before.parentRelation = 'member';
    const operation = operations[i] ?? 'UNION';
    if (operation.startsWith('UNION')) return appended([before, member], operation);
    return setOperation(operation.startsWith('INTERSECT') ? 'Intersect' : 'Except', operation, [
      before,
      member,
    ]);
  }, first as PlanNode);
}
