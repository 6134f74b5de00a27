/**
 * Which row somebody was at in a table when they left its page, for who comes back by the browser's
 * own button: they stand there again. Known as long as the page is not loaded anew.
 */
export interface RowPlace {
  index: number;
  key: string | undefined;
}

const most = 100;
const left = new Map<string, RowPlace>();
let back = false;
// Captured: the router draws the page in its own listener.
addEventListener('popstate', () => void (back = true), { capture: true });
for (const moved of ['pushState', 'replaceState'])
  addEventListener(moved, () => void (back = false), { capture: true });

const placeOf = (table: string) =>
  `${location.pathname}${location.search}${location.hash} ${table}`;

export function noteRow(table: string, row: RowPlace): void {
  const place = placeOf(table);
  left.delete(place);
  left.set(place, row);
  const [oldest] = left.keys();
  if (left.size > most && oldest !== undefined) left.delete(oldest);
}

/** Undefined: somebody has come another way, or was at none. */
export const returnedTo = (table: string): RowPlace | undefined =>
  back ? left.get(placeOf(table)) : undefined;
