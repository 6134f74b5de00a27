import { bottlenecks } from '../model/bottlenecks.ts';
import type { Plan, PlanNode } from '../model/plan.ts';
import { round } from './figures.ts';
import { nounOf } from './nouns.ts';

/** Where a plan’s time goes, in one sentence: what is read before the picture is. */
export function sentenceOf(plan: Pick<Plan, 'root' | 'lossiness'>): string {
  const [first, second] = bottlenecks(plan);
  if (!first) return 'No single step has more than a twentieth of it.';
  const of = whatOf(plan);
  const share = Math.round(first.share * 100);
  const most = `${share}% of ${of} is ${nameOf(first.node)}${tailOf(first.node)}`;
  const also =
    second && first.share < 0.7
      ? `; ${Math.round(second.share * 100)}% is ${nameOf(second.node)}`
      : '';
  return `${most}${also}.`;
}

const whatOf = ({ root, lossiness }: Pick<Plan, 'root' | 'lossiness'>): string =>
  root.derived.timeShare !== undefined
    ? 'the time'
    : lossiness.includes('no_costs')
      ? 'the rows read'
      : 'the expected cost';

/** `one sort of 68,000 rows`, `a full scan of orders`. */
function nameOf(node: PlanNode): string {
  const title = nounOf(node);
  const { relation } = node;
  if (relation) return `${article(title)} ${title} of ${relation.name}`;
  const rows = node.derived.rowsTotal ?? node.est.rows;
  return `${article(title)} ${title} of ${round(rows)} ${rows === 1 ? 'row' : 'rows'}`;
}

const article = (word: string) => (/^[aeiou]/.test(word) ? 'an' : 'a');

/** What can be said of such a step without knowing more than the plan. */
function tailOf(node: PlanNode): string {
  const { op, act, est, predicates, index } = node;
  switch (op) {
    case 'Sort':
      return act?.sortOnDisk ? ', which does not fit its memory' : '; no index gives that order';
    case 'SeqScan': {
      const dropped = act?.rowsRemovedByFilter;
      if (dropped && act && dropped > 10 * Math.max(1, act.rows))
        return `, which drops ${round(dropped)} rows to keep ${round(act.rows)}`;
      return predicates.filter.length > 0 ? `, to keep ${round((act ?? est).rows)} rows` : '';
    }
    case 'IndexScan':
    case 'IndexOnlyScan':
      return act && act.loops > 1
        ? `, ${round(act.loops)} times`
        : index
          ? ` by ${index.name}`
          : '';
    default:
      return act && act.loops > 1 ? `, ${round(act.loops)} times` : '';
  }
}
