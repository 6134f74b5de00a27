import { type Plan, type PlanNode, preorder } from '../model/plan.ts';
import { milliseconds, round } from './figures.ts';
import { matchPlans } from './match.ts';
import { isWholeIndex, nounOf } from './nouns.ts';

/**
 * What became of a plan, in a sentence: how much dearer it is, and what is done in another way.
 * `220 ms in the place of 522 ms, 2.4 times as fast: items is read whole instead of by items_pkey.`
 */
export function differenceSentence(before: Plan, after: Plan): string {
  const ways = waysOf(before.root, after.root);
  const [told, others] = [ways.slice(0, mostTold), ways.length - mostTold];
  const more =
    others > 0 ? `; ${others} more ${others === 1 ? 'step is' : 'steps are'} others` : '';
  const what =
    before.hash.shape === after.hash.shape
      ? 'the same plan'
      : told.length > 0
        ? `${told.join('; ')}${more}`
        : 'the same steps in another order';
  return `${figuresOf(before, after)}: ${what}.`;
}

/** More is a table's to say. */
const mostTold = 2;

/** Both measured: times; else what the servers expect, where they print that. */
function figuresOf(before: Plan, after: Plan): string {
  const [old, now] = [before.totals.actualMs, after.totals.actualMs];
  if (old !== undefined && now !== undefined)
    return (
      `${milliseconds(now)} in the place of ${milliseconds(old)}` +
      timesOf(old, now, 'times as fast')
    );
  if (before.engine !== after.engine) return 'Costs of two engines cannot be compared';
  if ([before, after].some(({ lossiness }) => lossiness.includes('no_costs')))
    return 'One of them has no costs to compare';
  const [cost, dearer] = [before.totals.estCost, after.totals.estCost];
  return cost === dearer
    ? `Expected cost ${round(cost)}, as before`
    : `Expected cost ${round(dearer)} in the place of ${round(cost)}` +
        timesOf(cost, dearer, 'times less');
}

/** A cost is no time: of less of it nobody knows whether it is faster. */
function timesOf(before: number, after: number, fewer: string): string {
  const [less, more] = [Math.min(before, after), Math.max(before, after)];
  const ratio = more / Math.max(less, 1e-9);
  if (ratio < leastRatio) return '';
  const times = round(Number(ratio.toPrecision(2)));
  return `, ${times} ${after < before ? fewer : 'times as much'}`;
}
/** Two runs of the same plan differ by as much. */
const leastRatio = 1.1;

interface Way {
  text: string;
  weight: number;
}

/** Steps that do something else than before, what matters most first; tables before the rest. */
function waysOf(before: PlanNode, after: PlanNode): string[] {
  const [old, now] = [preorder(before), preorder(after)];
  const ways = matchPlans(before, after).flatMap((pair): Way[] => {
    const a = pair.before === undefined ? undefined : old[pair.before];
    const b = pair.after === undefined ? undefined : now[pair.after];
    const text = wayOf(a, b);
    return text === undefined ? [] : [{ text, weight: Math.max(weightOf(a), weightOf(b)) }];
  });
  return ways.toSorted((a, b) => b.weight - a.weight).map(({ text }) => text);
}

/** Where tables are read is what people look for: it goes before the steps above. */
function weightOf(node: PlanNode | undefined): number {
  if (!node) return 0;
  const { timeShare, costShare } = node.derived;
  return (timeShare ?? costShare) + (node.relation ? 1 : 0);
}

function wayOf(before: PlanNode | undefined, after: PlanNode | undefined): string | undefined {
  if (before && after) {
    const [was, is] = [readingOf(before), readingOf(after)];
    if (was === is) return undefined;
    const table = after.relation?.name;
    return table === undefined
      ? `a ${nounOf(after)} in the place of a ${nounOf(before)}`
      : `${table} is ${is} instead of ${was}`;
  }
  // What becomes new or goes with a table is told with it.
  const lone = after ?? before;
  if (!lone?.relation) return undefined;
  return after
    ? `${lone.relation.name} is ${readingOf(after)}, too`
    : `${lone.relation.name} is left out`;
}

/** `read whole`, `looked up by orders_pkey`; of what is no table, what it is. */
function readingOf(node: PlanNode): string {
  const { op, index, relation } = node;
  if (!relation) return nounOf(node);
  const by = index ? ` by ${index.name}` : '';
  switch (op) {
    case 'SeqScan':
      return 'read whole';
    case 'IndexScan':
      return `${isWholeIndex(node) ? 'read whole in order' : 'looked up'}${by}`;
    case 'IndexOnlyScan':
      return index ? `read from ${index.name} alone` : 'read from an index alone';
    case 'BitmapHeapScan':
      return 'looked up by a bitmap';
    default:
      return `read as a ${nounOf(node)}`;
  }
}
