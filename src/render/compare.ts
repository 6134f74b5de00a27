import { type Plan, type PlanNode, preorder } from '../model/plan.ts';
import { milliseconds, percent, round } from './figures.ts';
import { matchPlans } from './match.ts';
import { subjectOf, titleOf } from './titles.ts';

/** A shape of its own for each, as of findings. */
export const changeMarks = {
  new: '+ new',
  gone: '− gone',
  other: '◆ another way',
  dearer: '▲ dearer',
  cheaper: '▽ cheaper',
} as const;
export type ChangeKind = keyof typeof changeMarks;

/** What became of the steps of a plan, in words and numbers, what matters most first. */
export interface Change {
  kind: ChangeKind;
  /** Place in the later plan; of what is gone, in the earlier one. */
  at: number;
  before: string;
  after: string;
  /** What the step costs, and did. */
  figures: string;
  weight: number;
}

/** What has changed by less, or matters less to both plans, is not told. */
const leastRatio = 2;
const leastShare = 0.02;

/** What is nothing in both is the same in both. */
const least = 1e-9;

type Compared = Pick<Plan, 'root' | 'lossiness'>;

export function comparePlans(before: Compared, after: Compared): Change[] {
  const [old, now] = [preorder(before.root), preorder(after.root)];
  const timed = [before, after].every(({ root }) => root.derived.timeShare !== undefined);
  const measure = timed ? timeOf : costOf;
  const changes = matchPlans(before.root, after.root).flatMap((pair): Change[] => {
    const [a, b] = [at(old, pair.before), at(now, pair.after)];
    const change = changeOf(a, b, measure);
    return change ? [{ ...change, at: pair.after ?? pair.before ?? 0 }] : [];
  });
  return changes.toSorted((a, b) => b.weight - a.weight);
}

const at = (nodes: readonly PlanNode[], place: number | undefined) =>
  place === undefined ? undefined : nodes[place];

interface Measured {
  value: number;
  share: number;
  text: string;
}
type Measure = (node: PlanNode) => Measured;
const timeOf: Measure = ({ derived: { exclusiveMs = 0, timeShare = 0 } }) => ({
  value: exclusiveMs,
  share: timeShare,
  text: `${milliseconds(exclusiveMs)}, ${percent(timeShare)}`,
});
const costOf: Measure = ({ derived: { exclusiveCost, costShare } }) => ({
  value: exclusiveCost,
  share: costShare,
  text: `cost ${round(exclusiveCost)}, ${percent(costShare)}`,
});

function changeOf(
  before: PlanNode | undefined,
  after: PlanNode | undefined,
  measure: Measure,
): Omit<Change, 'at'> | undefined {
  const [old, now] = [before && measure(before), after && measure(after)];
  const weight = Math.max(old?.share ?? 0, now?.share ?? 0);
  const words = { before: before ? nameOf(before) : '–', after: after ? nameOf(after) : '–' };
  const figures = `${old?.text ?? '–'} → ${now?.text ?? '–'}`;
  if (!before || !after) return { kind: before ? 'gone' : 'new', ...words, figures, weight };
  if (words.before !== words.after) return { kind: 'other', ...words, figures, weight };
  const ratio = ((now?.value ?? 0) + least) / ((old?.value ?? 0) + least);
  if (weight < leastShare || (ratio < leastRatio && ratio > 1 / leastRatio)) return undefined;
  return { kind: ratio > 1 ? 'dearer' : 'cheaper', ...words, figures, weight };
}

const nameOf = (node: PlanNode): string =>
  [titleOf(node), subjectOf(node)].filter(Boolean).join(' · ');
