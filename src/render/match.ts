import type { Op, PlanNode } from '../model/plan.ts';
import { flatten, type Tree } from '../model/tree.ts';

/**
 * Which step of one plan is which of another one of the same statement. Tables are the same by
 * name and alias, and by their order where a name comes several times (branches of a UNION,
 * partitions, a table joined with itself); a step above is the same where it does the same kind of
 * work on the same tables. Places are those of preorder.
 */
export interface Pair {
  before?: number;
  after?: number;
}

/** Steps that take each other’s place: another join, another way to read a table. */
const kinds: Partial<Record<Op, string>> = {
  NestedLoop: 'join',
  HashJoin: 'join',
  MergeJoin: 'join',
  SeqScan: 'scan',
  IndexScan: 'scan',
  IndexOnlyScan: 'scan',
  BitmapHeapScan: 'scan',
  TidScan: 'scan',
  Sort: 'sort',
  IncrementalSort: 'sort',
};
const kindOf = ({ op }: PlanNode): string => kinds[op] ?? op;

/** What belongs to how a table is read, and is compared with it. */
const isAccess = ({ op, relation }: PlanNode) => relation !== undefined || op === 'BitmapIndexScan';

/** Pairs in the order of the later plan; what was only in the earlier one stands at the end. */
export function matchPlans(before: PlanNode, after: PlanNode): Pair[] {
  const [old, now] = [flatten(before), flatten(after)];
  const partner = new Map<number, number>();
  const taken = new Set<number>();
  const pair = (a: number, b: number) => {
    partner.set(b, a);
    taken.add(a);
  };
  pairInOrder(old, now, byTable, isAccess, pair);
  const marks = marksOf(old, now, partner);
  const [oldSets, newSets] = [setsBelow(old, marks.before), setsBelow(now, marks.after)];
  const isAbove = (node: PlanNode) => !isAccess(node);
  const keyed = (sets: readonly number[]) => (node: PlanNode, at: number) =>
    `${kindOf(node)} ${sets[at]}`;
  pairInOrder(old, now, [keyed(oldSets), keyed(newSets)], isAbove, pair);
  const pairs = now.nodes.map((_, at): Pair => {
    const found = partner.get(at);
    return found === undefined ? { after: at } : { before: found, after: at };
  });
  const gone = old.nodes.flatMap((_, at): Pair[] => (taken.has(at) ? [] : [{ before: at }]));
  return [...pairs, ...gone];
}

type Key = (node: PlanNode, at: number) => string;

const tableKey: Key = ({ op, relation, index }) =>
  op === 'BitmapIndexScan'
    ? `bitmap ${index?.name}`
    : `${relation?.name} ${relation?.alias ?? relation?.name}`;
const byTable: [Key, Key] = [tableKey, tableKey];

/** Nodes of one key are the same in the order in which they come. */
function pairInOrder(
  old: Tree,
  now: Tree,
  [oldKey, newKey]: readonly [Key, Key],
  isMeant: (node: PlanNode) => boolean,
  pair: (before: number, after: number) => void,
): void {
  const waiting = new Map<string, number[]>();
  for (const [at, node] of old.nodes.entries())
    if (isMeant(node)) {
      const key = oldKey(node, at);
      const same = waiting.get(key);
      if (same) same.push(at);
      else waiting.set(key, [at]);
    }
  // The first is taken from the end, which moves nothing else.
  for (const same of waiting.values()) same.reverse();
  for (const [at, node] of now.nodes.entries()) {
    const found = isMeant(node) ? waiting.get(newKey(node, at))?.pop() : undefined;
    if (found !== undefined) pair(found, at);
  }
}

/** A number for each table of both plans: the same for both of a pair, else one of its own. */
function marksOf(old: Tree, now: Tree, partner: ReadonlyMap<number, number>) {
  const isTable = ({ op, relation }: PlanNode) => relation !== undefined && op !== 'Modify';
  const before = old.nodes.map((node, at) => (isTable(node) ? scatter(at + 1) : 0));
  const after = now.nodes.map((node, at) => {
    const found = partner.get(at);
    if (!isTable(node)) return 0;
    return found === undefined ? scatter(-1 - at) : (before[found] ?? 0);
  });
  return { before, after };
}

/** Sums of such numbers are the same for the same set, and hardly ever for two. */
function scatter(value: number): number {
  let mixed = Math.imul(value ^ 0x9e37_79b9, 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Of each place, the tables at it and below, as one number. */
function setsBelow({ parents }: Tree, marks: readonly number[]): number[] {
  const sums = [...marks];
  for (let at = parents.length - 1; at > 0; at -= 1) {
    const parent = parents[at] as number;
    sums[parent] = (sums[parent] ?? 0) + (sums[at] ?? 0);
  }
  return sums;
}
