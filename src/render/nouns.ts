import type { Op, PlanNode } from '../model/plan.ts';
import { titles } from './titles.ts';

/** What a node is called in a sentence, where its title would make none. */
const nouns: Partial<Record<Op, string>> = {
  IndexOnlyScan: 'index-only scan',
  BitmapIndexScan: 'bitmap of an index',
  BitmapHeapScan: 'read of a bitmap’s rows',
  TidScan: 'read by address',
  ValuesScan: 'list of values',
  CustomScan: 'scan by an extension',
  IncrementalSort: 'sort in groups',
  Unique: 'removal of duplicates',
  Materialize: 'copy kept in memory',
  Append: 'concatenation',
  Gather: 'gathering of workers',
  Exchange: 'exchange between workers',
  ForEach: 'repetition',
  Modify: 'write',
  Result: 'computation',
};

/** In its order, as its title says, which is no lookup. */
export const isWholeIndex = ({ op, index }: PlanNode): boolean =>
  op === 'IndexScan' && index?.access === 'full';

/** `full scan`, `index-only scan`. */
export const nounOf = (node: PlanNode): string =>
  isWholeIndex(node)
    ? 'read of a whole index'
    : (nouns[node.op] ?? titles[node.op].title.toLowerCase());
