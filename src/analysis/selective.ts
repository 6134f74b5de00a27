import { habitsOf } from '../dialects/habits.ts';
import type { Plan } from '../model/plan.ts';
import type { Condition } from './conditions.ts';
import { looksSelective, rowsCounted, shareOfValue, sharesOf, skewOf } from './rows.ts';
import type { RuleContext } from './rule.ts';
import { indexPays, type Scan } from './scans.ts';

export function correlationOf({ table }: Scan, [first]: readonly Condition[]): number {
  return table.columns?.find(({ name }) => name === first?.column)?.correlation ?? 0;
}

/**
 * Whether what is asked of a table finds so few of its rows that an index pays.
 *
 * Those without an index find few rows by themselves; where it is not known how many, they do if
 * all together do, and no index leads with any of them.
 */
export function isSelective(
  unserved: readonly Condition[],
  plain: readonly Condition[],
  scan: Scan,
  plan: Plan,
  context: RuleContext,
): boolean {
  const shares = unserved
    .filter(({ kind }) => kind === 'equal')
    .map((each) => shareOfValue(scan.table, each));
  const known = shares.filter((each) => each !== undefined);
  const correlation = correlationOf(scan, unserved);
  // What else is asked for may be what finds so few.
  const alone =
    scan.asked.alternatives.length === 0 &&
    scan.asked.conditions.every((each) => each.kind === 'unequal' || plain.includes(each));
  const few = scan.kept !== undefined && indexPays(scan, scan.kept, correlation);
  const together = alone && few && !areJoinedAway(unserved, scan, context);
  const othersFindMany = plain.every(
    (each) =>
      each.kind === 'range' ||
      unserved.includes(each) ||
      !isRare(each, scan) ||
      (plan.parameters === 'sampled' && isNumber(each, scan, plan)),
  );
  const apart = unserved.some(({ kind, single }) => kind === 'equal' && single);
  const mostly = unserved.length === plain.length || (othersFindMany && apart);
  if (together && mostly) return true;
  if (scan.kept === undefined && mostly && known.length === 0)
    return looksSelective(
      unserved.filter((each) => !isOfState(each, context)),
      scan.table,
      plan,
    );
  if (known.length === 0) return false;
  const found = known.reduce((rows, each) => rows * each, scan.rows * skewOf(unserved, scan.table));
  if (!alone && found > scan.rows * mostBeside) return false;
  return (scan.kept === undefined || together || !alone) && indexPays(scan, found, correlation);
}

/**
 * A total of the rows in a state, however long its text may be: most of them are in one of few, and
 * nothing that was counted tells whether it is the one that is asked for. The least and the
 * greatest of each is at an end.
 */
const isOfState = ({ column }: Condition, { shape }: RuleContext): boolean =>
  shape?.relations.length === 1 &&
  shape.aggregates?.some(({ function: name }) => !/^(?:min|max)$/i.test(name)) === true &&
  stateName.test(column);
const stateName = /(?:^|_)(?:state|status|kind|type|level|tier|role|currency|country|locale)$/i;

/**
 * Few rows come back of a join, and no value of the columns has so few: what the join leaves out an
 * index on them finds.
 */
function areJoinedAway(unserved: readonly Condition[], scan: Scan, context: RuleContext): boolean {
  if (rowsCounted(context) !== undefined) return false;
  const shares = unserved.map((each) =>
    each.kind === 'equal' ? sharesOf(each, scan.table) : undefined,
  );
  const known = shares.filter((each) => each !== undefined);
  if (known.length === 0 || known.length < shares.length) return false;
  const least = known.reduce((rows, { mean, others }) => rows * Math.min(mean, others), scan.rows);
  return !indexPays(scan, least, correlationOf(scan, unserved));
}

/** Of the rows: where something else may find fewer, an index of a kind or a level is no help. */
const mostBeside = 0.05;

/** Of the usual value of the column there are so few rows that an index would find them. */
export function isRare(each: Condition, scan: Scan): boolean {
  const share = shareOfValue(scan.table, each) ?? 0;
  return indexPays(scan, scan.rows * share * skewOf([each], scan.table));
}

/**
 * Some servers find a number by an index however the value is written, and look into it before they
 * choose: where they read the table all the same, many rows have this one.
 */
export const isNumber = ({ column }: Condition, { table }: Scan, { engine }: Plan): boolean =>
  habitsOf(engine).planner.guessesFiltered &&
  table.columns?.some(({ name, type }) => name === column && numberType.test(type)) === true;
const numberType = /^(?:(?:tiny|small|medium|big)?int|decimal)$/;
