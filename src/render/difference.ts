import type { Plan } from '../model/plan.ts';
import { type Change, comparePlans } from './compare.ts';
import { matchPlans } from './match.ts';

/** What became of a plan: by how much it is dearer, in a sentence, and step by step. Pure. */
export interface Difference {
  /** Of the later one to the earlier one; null where there is nothing to compare by. */
  ratio: number | null;
  by: 'time' | 'cost' | 'none';
  sentence: string;
  /** Ids in the earlier plan and the later one; null: there it is not. */
  pairs: [before: number | null, after: number | null, kind: Change['kind'] | 'same'][];
  changes: Change[];
}

type Compared = Pick<Plan, 'root' | 'lossiness' | 'totals'>;

export function differenceOf(before: Compared, after: Compared): Difference {
  const changes = comparePlans(before, after);
  const { ratio, by } = ratioOf(before, after);
  const kindAt = new Map(changes.map(({ kind, at }) => [`${kind === 'gone'} ${at}`, kind]));
  const pairs = matchPlans(before.root, after.root).map((pair): Difference['pairs'][number] => [
    pair.before ?? null,
    pair.after ?? null,
    kindAt.get(pair.after === undefined ? `true ${pair.before}` : `false ${pair.after}`) ?? 'same',
  ]);
  return { ratio, by, sentence: sentenceOf(ratio, by, changes), pairs, changes };
}

function ratioOf(before: Compared, after: Compared): Pick<Difference, 'ratio' | 'by'> {
  const [old, now] = [before.totals.actualMs, after.totals.actualMs];
  if (old !== undefined && now !== undefined && old > 0) return { ratio: now / old, by: 'time' };
  const priced = [before, after].every(({ lossiness }) => !lossiness.includes('no_costs'));
  const [cost, costNow] = [before.totals.estCost, after.totals.estCost];
  return priced && cost > 0 ? { ratio: costNow / cost, by: 'cost' } : { ratio: null, by: 'none' };
}

/** More than these is what the list is for. */
const told = 3;
/** Less is no difference to anybody. */
const equalWithin = 0.05;

function sentenceOf(
  ratio: number | null,
  by: Difference['by'],
  changes: readonly Change[],
): string {
  const words = changes
    .filter(({ kind }) => kind !== 'dearer' && kind !== 'cheaper')
    .slice(0, told)
    .map(changeWords);
  const size = sizeWords(ratio, by);
  return words.length ? `${size}: ${words.join('; ')}.` : `${size}; its steps are the same.`;
}

function sizeWords(ratio: number | null, by: Difference['by']): string {
  if (ratio === null) return 'What the plans cost is not known';
  const [takes, as] = by === 'time' ? ['took', 'long'] : ['costs', 'much'];
  if (Math.abs(ratio - 1) <= equalWithin)
    return `The later plan ${takes} as ${as} as the earlier one`;
  return ratio > 1
    ? `The later plan ${takes} ${times(ratio)} as ${as} as the earlier one`
    : `The later plan ${takes} ${percentOf(ratio)} of the earlier one`;
}

const times = (ratio: number): string =>
  `${ratio >= 10 ? Math.round(ratio).toLocaleString('en') : Number(ratio.toPrecision(2))} times`;
const percentOf = (ratio: number): string =>
  `${ratio < 0.01 ? Number((ratio * 100).toPrecision(1)) : Math.round(ratio * 100)} %`;

function changeWords({ kind, before, after }: Change): string {
  if (kind === 'new') return `${after} is new`;
  return kind === 'gone' ? `${before} is gone` : `${before} became ${after}`;
}
