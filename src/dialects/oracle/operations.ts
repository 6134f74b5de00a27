import type { Op } from '../../model/plan.ts';

/**
 * What Oracle calls an operation and its options, one behind the other (`TABLE ACCESS BY INDEX
 * ROWID BATCHED`) → what it does; the first that begins so. Names are those of the documentation
 * of V$SQL_PLAN and of DBMS_XPLAN.
 */
const beginnings: readonly (readonly [string, Op])[] = [
  ['TABLE ACCESS BY', 'TidScan'],
  ['TABLE ACCESS CLUSTER', 'IndexScan'],
  ['TABLE ACCESS HASH', 'IndexScan'],
  ['TABLE ACCESS', 'SeqScan'],
  ['MAT_VIEW ACCESS BY', 'TidScan'],
  ['MAT_VIEW', 'SeqScan'],
  ['EXTERNAL TABLE', 'ForeignScan'],
  ['INDEX FAST FULL SCAN', 'IndexOnlyScan'],
  ['INDEX SAMPLE FAST FULL SCAN', 'IndexOnlyScan'],
  ['INDEX', 'IndexScan'],
  ['DOMAIN INDEX', 'IndexScan'],
  ['BITMAP INDEX', 'BitmapIndexScan'],
  ['BITMAP CONVERSION', 'BitmapIndexScan'],
  ['BITMAP', 'BitmapIndexScan'],
  ['REMOTE', 'ForeignScan'],
  ['FIXED TABLE', 'FunctionScan'],
  ['COLLECTION ITERATOR', 'FunctionScan'],
  ['XMLTABLE', 'FunctionScan'],
  ['XPATH', 'FunctionScan'],
  ['JSONTABLE', 'FunctionScan'],
  ['FAST DUAL', 'ValuesScan'],
  ['VALUES SCAN', 'ValuesScan'],
  ['VIEW', 'SubqueryScan'],
  ['NESTED LOOPS', 'NestedLoop'],
  ['HASH JOIN', 'HashJoin'],
  ['MERGE JOIN', 'MergeJoin'],
  ['SORT JOIN', 'Sort'],
  ['SORT ORDER BY', 'Sort'],
  ['SORT UNIQUE', 'Unique'],
  ['SORT CREATE INDEX', 'Sort'],
  ['SORT PARTITION JOIN', 'Sort'],
  ['SORT', 'Aggregate'],
  ['HASH GROUP BY', 'Aggregate'],
  ['HASH UNIQUE', 'Unique'],
  ['VECTOR GROUP BY', 'Aggregate'],
  ['HASH', 'Hash'],
  ['WINDOW', 'WindowAgg'],
  ['COUNT STOPKEY', 'Limit'],
  ['FIRST ROW', 'Limit'],
  ['COUNT', 'Result'],
  ['BUFFER SORT', 'Materialize'],
  ['BUFFER', 'Materialize'],
  ['RESULT CACHE', 'Materialize'],
  ['CACHE', 'Materialize'],
  ['UNION-ALL', 'Append'],
  ['UNION ALL', 'Append'],
  ['CONCATENATION', 'Append'],
  ['TEMP TABLE TRANSFORMATION', 'Append'],
  ['UNION', 'SetOp'],
  ['INTERSECT', 'SetOp'],
  ['MINUS', 'SetOp'],
  ['EXCEPT', 'SetOp'],
  ['CONNECT BY', 'Append'],
  ['FILTER', 'Filter'],
  ['JOIN FILTER', 'Filter'],
  ['PART JOIN FILTER', 'Filter'],
  ['STATISTICS COLLECTOR', 'Result'],
  ['OPTIMIZER STATISTICS GATHERING', 'Result'],
  ['APPROXIMATE', 'Result'],
  ['PX COORDINATOR', 'Gather'],
  ['PX SEND', 'Exchange'],
  ['PX RECEIVE', 'Exchange'],
  ['PX BLOCK ITERATOR', 'ForEach'],
  ['PX PARTITION', 'ForEach'],
  ['PX SELECTOR', 'ForEach'],
  ['PARTITION', 'ForEach'],
  ['INLIST ITERATOR', 'ForEach'],
  ['LOAD', 'Modify'],
  ['INSERT', 'Modify'],
  ['MULTI-TABLE INSERT', 'Modify'],
  ['UPDATE', 'Modify'],
  ['DELETE', 'Modify'],
  ['MERGE', 'Modify'],
  ['FOR UPDATE', 'Modify'],
  ['DDL', 'Modify'],
  ['INDEX MAINTENANCE', 'Modify'],
  ['SEQUENCE', 'Result'],
  ['MODEL', 'Result'],
  ['SQL MODEL', 'Result'],
  ['PIVOT', 'Result'],
  ['UNPIVOT', 'Result'],
  ['TRANSPOSE', 'Result'],
  ['EXPRESSION EVALUATION', 'Result'],
  ['KEY VECTOR', 'Hash'],
  ['RECURSIVE', 'Append'],
];

/** What only stands above a statement. */
const statement = /^(?:[A-Z -]+ )?STATEMENT$/;

export function opOf(operation: string): Op {
  if (statement.test(operation)) return 'Result';
  return beginnings.find(([beginning]) => operation.startsWith(beginning))?.[1] ?? 'Unknown';
}

export const isStatement = (operation: string): boolean => statement.test(operation);

/** `HASH JOIN RIGHT OUTER BUFFERED` → `right`, in the words of the other servers. */
export function joinTypeOf(operation: string): string {
  const side = operation.includes(' RIGHT ') ? 'right ' : '';
  if (/ (?:SEMI|SNA SEMI|SEMI NA)\b/.test(operation)) return `${side}semi`;
  if (/ ANTI\b/.test(operation)) return `${side}anti`;
  if (/ FULL OUTER\b/.test(operation)) return 'full';
  return / OUTER\b/.test(operation) ? side.trim() || 'left' : 'inner';
}
