import { describeDiff, diffPlans } from '../../../src/model/diff.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { milliseconds, round } from '../../../src/render/figures.ts';

/** What became of a plan, in a sentence: how much dearer it is, and what is done in another way. */
export function differenceOf(before: Plan, after: Plan): string {
  return `${figuresOf(before, after)}; ${describeDiff(diffPlans(before, after))}.`;
}

/** Both measured: times; else what the servers expect, where they print that. */
function figuresOf(before: Plan, after: Plan): string {
  const [old, now] = [before.totals.actualMs, after.totals.actualMs];
  if (old !== undefined && now !== undefined)
    return `${milliseconds(now)} in the place of ${milliseconds(old)}${timesOf(old, now)}`;
  if ([before, after].some(({ lossiness }) => lossiness.includes('no_costs')))
    return 'One of them has no costs to compare';
  if (before.engine !== after.engine) return 'Costs of two engines cannot be compared';
  const [cost, dearer] = [before.totals.estCost, after.totals.estCost];
  return `Expected cost ${round(dearer)} in the place of ${round(cost)}${timesOf(cost, dearer)}`;
}

function timesOf(before: number, after: number): string {
  const [less, more] = [Math.min(before, after), Math.max(before, after)];
  const ratio = more / Math.max(less, 1e-9);
  if (ratio < leastRatio) return '';
  return `, ${round(ratio)} times as ${after < before ? 'fast' : 'much'}`;
}
/** Two runs of the same plan differ by as much. */
const leastRatio = 1.1;
