import { dictionary } from '../../base/dictionary.ts';
import type { Op } from '../../model/plan.ts';

/**
 * What SQL Server calls an operator (`PhysicalOp`, by its work in `LogicalOp` where one name stands
 * for several) → what it does. Names are those of its published schema and documentation.
 */
const physical = dictionary<Op>({
  'Table Scan': 'SeqScan',
  'Clustered Index Scan': 'SeqScan',
  'Columnstore Index Scan': 'SeqScan',
  'Index Scan': 'IndexOnlyScan',
  'Index Seek': 'IndexScan',
  'Clustered Index Seek': 'IndexScan',
  'Key Lookup': 'TidScan',
  'RID Lookup': 'TidScan',
  'Remote Query': 'ForeignScan',
  'Remote Scan': 'ForeignScan',
  'Remote Index Scan': 'ForeignScan',
  'Remote Index Seek': 'ForeignScan',
  'Table-valued function': 'FunctionScan',
  'Constant Scan': 'ValuesScan',
  'Log Row Scan': 'FunctionScan',
  'Parameter Table Scan': 'ValuesScan',
  'Deleted Scan': 'CteScan',
  'Inserted Scan': 'CteScan',
  'Nested Loops': 'NestedLoop',
  'Merge Join': 'MergeJoin',
  'Hash Match': 'HashJoin',
  'Adaptive Join': 'HashJoin',
  'Batch Hash Table Build': 'Hash',
  Bitmap: 'Hash',
  'Bitmap Create': 'Hash',
  Sort: 'Sort',
  'Stream Aggregate': 'Aggregate',
  'Window Aggregate': 'WindowAgg',
  'Sequence Project': 'WindowAgg',
  Segment: 'WindowAgg',
  Top: 'Limit',
  'Table Spool': 'Materialize',
  'Index Spool': 'Materialize',
  'Row Count Spool': 'Materialize',
  'Window Spool': 'Materialize',
  Cache: 'Materialize',
  Concatenation: 'Append',
  Sequence: 'Append',
  Switch: 'Append',
  Parallelism: 'Exchange',
  'Merge Interval': 'Unique',
  Filter: 'Filter',
  'Compute Scalar': 'Result',
  Assert: 'Filter',
  'Compute To Value': 'Result',
  Collapse: 'Result',
  Split: 'Result',
  Print: 'Result',
  UDX: 'FunctionScan',
  'Foreign Key References Check': 'Modify',
  'Foreign Key Reference Check': 'Modify',
  'Remote Insert': 'Modify',
  'Remote Update': 'Modify',
  'Remote Delete': 'Modify',
});

/** `Table Insert`, `Clustered Index Update`, `Columnstore Index Merge`, `Online Index Insert`. */
const writing = /\b(?:Insert|Update|Delete|Merge)$/;

const logical = dictionary<Op>({
  'Gather Streams': 'Gather',
  Aggregate: 'Aggregate',
  'Partial Aggregate': 'Aggregate',
  'Flow Distinct': 'Unique',
  'Distinct Sort': 'Sort',
  Union: 'SetOp',
  'Cross Join': 'NestedLoop',
});

export function opOf(physicalOp: string, logicalOp: string): Op {
  if (physicalOp === 'Hash Match' || physicalOp === 'Parallelism')
    return logical[logicalOp] ?? physical[physicalOp] ?? 'Unknown';
  const op = physical[physicalOp];
  return op ?? (writing.test(physicalOp) ? 'Modify' : 'Unknown');
}

/** As people know it: both names, where the second says more. */
export function nativeName(physicalOp: string, logicalOp: string): string {
  const name = physicalOp.slice(0, 40);
  const says = logicalOp !== '' && logicalOp !== physicalOp && /^[A-Z][A-Za-z ]*$/.test(logicalOp);
  return says ? `${name} (${logicalOp.slice(0, 40)})` : name;
}

/** `Left Outer Join` → `left`, in the words of the other servers. */
export function joinType(logicalOp: string): string | undefined {
  const kind = /^(Inner|Left|Right|Full|Cross)(?: (Outer|Semi|Anti Semi))?(?: Join)?$/.exec(
    logicalOp,
  );
  if (!kind) return undefined;
  const [, side = '', how = ''] = kind;
  if (how === 'Semi' || how === 'Anti Semi')
    return `${side === 'Right' ? 'right ' : ''}${how === 'Semi' ? 'semi' : 'anti'}`;
  return side === 'Cross' ? 'inner' : side.toLowerCase();
}
