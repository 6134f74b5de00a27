import type { Plan } from '../model/plan.ts';
import { type Change, comparePlans } from './compare.ts';
import { differenceSentence } from './difference-sentence.ts';
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

export function differenceOf(before: Plan, after: Plan): Difference {
  const changes = comparePlans(before, after);
  const { ratio, by } = ratioOf(before, after);
  const kindAt = new Map(changes.map(({ kind, at }) => [`${kind === 'gone'} ${at}`, kind]));
  const pairs = matchPlans(before.root, after.root).map((pair): Difference['pairs'][number] => [
    pair.before ?? null,
    pair.after ?? null,
    kindAt.get(pair.after === undefined ? `true ${pair.before}` : `false ${pair.after}`) ?? 'same',
  ]);
  return { ratio, by, sentence: differenceSentence(before, after), pairs, changes };
}

function ratioOf(before: Plan, after: Plan): Pick<Difference, 'ratio' | 'by'> {
  const [old, now] = [before.totals.actualMs, after.totals.actualMs];
  if (old !== undefined && now !== undefined && old > 0) return { ratio: now / old, by: 'time' };
  const priced = [before, after].every(({ lossiness }) => !lossiness.includes('no_costs'));
  const [cost, costNow] = [before.totals.estCost, after.totals.estCost];
  return priced && cost > 0 ? { ratio: costNow / cost, by: 'cost' } : { ratio: null, by: 'none' };
}
