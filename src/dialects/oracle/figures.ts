import { dictionary } from '../../base/dictionary.ts';

/** Numbers as DBMS_XPLAN prints them. Undefined where the cell is empty or is none. */

const units = dictionary<number>({ '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 });

/** `1000K` → 1,000,000: above some digits it prints thousands and millions. */
export function figure(cell: string | undefined): number | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*([KMGTPE]?)$/i.exec(cell?.trim() ?? '');
  return found ? Number(found[1]) * (units[(found[2] ?? '').toUpperCase()] ?? 1) : undefined;
}

/** Of temporary space, in KiB, of which it is printed where no unit is. */
export function kilobytes(cell: string | undefined): number | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*([KMGTPE]?)/i.exec(cell?.trim() ?? '');
  if (!found) return undefined;
  const power = Math.max(0, 'KMGTPE'.indexOf((found[2] || 'K').toUpperCase()));
  return Number(found[1]) * 1_024 ** power;
}

/** `12  (8)`: the cost, and how much of it is CPU. */
export const costOf = (cell: string | undefined): number | undefined =>
  figure(cell?.replace(/\(.*$/, ''));

/** `00:00:01.25` → ms; `A-Time` may have more than two digits of hours. */
export function milliseconds(cell: string | undefined): number | undefined {
  const found = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(cell?.trim() ?? '');
  if (!found) return undefined;
  const [, hours, minutes, seconds] = found.map(Number) as [number, number, number, number];
  return Math.round(((hours * 60 + minutes) * 60 + seconds) * 1_000);
}

/** `1343K (1)`: it went to disk once or more often; `(0)` is all in memory. */
export const passes = (cell: string | undefined): number =>
  Number(/\((\d+)\)/.exec(cell ?? '')?.[1] ?? 0);
