import type { QueryShape } from '../../../model/query-shape.ts';
import type { Returned } from '../../engine.ts';

/**
 * What the number of rows that come back tells of the values that people ask for: of one table no
 * more can come back than its conditions leave, and, where nothing is put together or cut off, no
 * less. Pure.
 */
export interface Told {
  /** At least this share of the table is left by the conditions, 0..1. */
  atLeast: number;
  /** And no more. */
  exactly: boolean;
}

/** A column is compared with values in a way of which the share is known. */
const counted = new Set(['=', '<=>', '<', '<=', '>', '>=', 'between', 'in', 'like', '~~']);

/** `columns`: how many have values in the place of blanks. Undefined: nothing. */
export function toldBy(
  shape: QueryShape,
  { rows, of }: Returned,
  columns: number,
): Told | undefined {
  const { relations, subqueries, comparisons } = shape;
  if (!of || relations.length !== 1 || subqueries > 0) return undefined;
  if (comparisons.some(({ inOr }) => inOr)) return undefined;
  const whole = !(shape.grouped || shape.distinct || shape.limit || shape.aggregates?.length);
  const asked = new Set(comparisons.map(({ column }) => column.toLowerCase()));
  const plain = comparisons.every(({ operator, wrapped }) => !wrapped && counted.has(operator));
  const exactly = whole && !shape.countAll && plain && asked.size === columns;
  return { atLeast: Math.min(1, rows / of), exactly };
}

/** One column that is asked for by one value leaves what comes back: nothing else is possible. */
export const isCertain = (told: Told | undefined, columns: number): boolean =>
  told?.exactly === true && columns === 1;

/** A sample shows no less. */
const leastShare = 0.001;
const mostTimes = 4;

export function mayBe(share: number, told: Told | undefined): boolean {
  if (!told) return true;
  const [here, there] = [share, told.atLeast].map((each) => Math.max(each, leastShare)) as [
    number,
    number,
  ];
  return here * mostTimes >= there && !(told.exactly && here > there * mostTimes);
}
