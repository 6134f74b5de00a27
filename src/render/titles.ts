import { dictionary } from '../base/dictionary.ts';
import type { Op, PlanNode } from '../model/plan.ts';
import type { IconName } from './icons.ts';

/**
 * What a node does, in words that are the same for every engine; the server’s own name stands in
 * the details.
 */
interface Title {
  title: string;
  icon: IconName;
}

export const titles = {
  SeqScan: { title: 'Full scan', icon: 'scan' },
  IndexScan: { title: 'Index lookup', icon: 'index' },
  IndexOnlyScan: { title: 'Index only', icon: 'index' },
  BitmapIndexScan: { title: 'Index to bitmap', icon: 'index' },
  BitmapHeapScan: { title: 'Rows of a bitmap', icon: 'scan' },
  TidScan: { title: 'Rows by address', icon: 'index' },
  FunctionScan: { title: 'Function', icon: 'call' },
  ValuesScan: { title: 'Values', icon: 'rows' },
  CteScan: { title: 'Common table', icon: 'rows' },
  SubqueryScan: { title: 'Subquery', icon: 'rows' },
  ForeignScan: { title: 'Foreign table', icon: 'away' },
  CustomScan: { title: 'Extension’s scan', icon: 'away' },
  NestedLoop: { title: 'Nested loop', icon: 'loop' },
  HashJoin: { title: 'Hash join', icon: 'join' },
  MergeJoin: { title: 'Merge join', icon: 'join' },
  Hash: { title: 'Hash table', icon: 'hash' },
  Sort: { title: 'Sort', icon: 'sort' },
  IncrementalSort: { title: 'Sort of groups', icon: 'sort' },
  Aggregate: { title: 'Aggregate', icon: 'sum' },
  Unique: { title: 'Remove duplicates', icon: 'filter' },
  SetOp: { title: 'Set operation', icon: 'join' },
  WindowAgg: { title: 'Window function', icon: 'sum' },
  Limit: { title: 'Limit', icon: 'filter' },
  Materialize: { title: 'Keep rows', icon: 'rows' },
  Append: { title: 'Append', icon: 'rows' },
  Gather: { title: 'Gather workers', icon: 'join' },
  Exchange: { title: 'Pass between workers', icon: 'join' },
  ForEach: { title: 'For each', icon: 'loop' },
  Filter: { title: 'Filter', icon: 'filter' },
  Modify: { title: 'Write rows', icon: 'write' },
  Result: { title: 'Result', icon: 'rows' },
  Unknown: { title: 'Unknown step', icon: 'away' },
} as const satisfies Record<Op, Title>;

const joins = dictionary<string>({
  left: 'left',
  right: 'right',
  full: 'full',
  semi: 'semi',
  anti: 'anti',
});

/** `Full scan`, `Hash join, left`, `Index scan in order`. */
export function titleOf(node: PlanNode): string {
  const { title } = titles[node.op];
  if (node.op === 'Unknown') return node.nativeOp;
  if (node.op === 'IndexScan' && node.index?.access === 'full') return 'Whole index in order';
  if (node.op === 'IndexOnlyScan' && node.predicates.index.length === 0) return 'Whole index only';
  if (node.op === 'Modify' && /^(?:insert|update|delete|merge|replace)$/i.test(node.nativeOp))
    return (
      { insert: 'Insert', update: 'Update', delete: 'Delete', merge: 'Merge' }[
        node.nativeOp.toLowerCase()
      ] ?? 'Replace'
    );
  const kind = joins[node.join?.type.replace(/^right (?=semi|anti)/, '') ?? ''];
  return kind ? `${title}, ${kind}` : title;
}

/** `orders o · orders_customer_idx`, or the keys of a sort or a group. */
export function subjectOf(node: PlanNode): string {
  const { relation, index, sort, group, join, predicates, subplanName } = node;
  const alias = relation?.alias && relation.alias !== relation.name ? ` ${relation.alias}` : '';
  const parts = [
    relation && `${relation.name}${alias}`,
    index && index.name,
    sort?.keys.length ? `by ${sort.keys.join(', ')}` : undefined,
    group?.keys.length ? `by ${group.keys.join(', ')}` : undefined,
    (join?.condition[0] ?? predicates.joinFilter[0])?.text,
    subplanName,
  ];
  return parts.filter(Boolean).join(' · ');
}
