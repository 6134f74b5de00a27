import type { FleetRow, FleetTable } from './table.ts';

/**
 * What changed since a number, for who has seen all until then: whole rows where words changed,
 * bare figures where nothing else did. Pure.
 */
export type FleetChanges =
  /** Too much, or from too long ago: ask for the page again. */
  | { kind: 'reset'; rev: number }
  | { kind: 'rows'; rev: number; set: FleetRow[]; figures: number[]; gone: number[] };

/** More whole rows than these are dearer than a page. */
export const mostRows = 300;

export function changesSince(
  table: FleetTable,
  since: number,
  mayRead: (namespace: string) => boolean,
): FleetChanges {
  const { rev } = table;
  const gone = table.goneSince(since);
  if (since > rev || gone === undefined) return { kind: 'reset', rev };
  const set: number[] = [];
  const figures: number[] = [];
  for (const place of table.places()) {
    const { any, words } = table.revs(place);
    if (any <= since || !mayRead(table.name(place).namespace)) continue;
    (words > since ? set : figures).push(place);
  }
  if (set.length > mostRows) return { kind: 'reset', rev };
  return {
    kind: 'rows',
    rev,
    set: set.flatMap((place) => table.row(place) ?? []),
    figures,
    gone: gone.filter(({ namespace }) => mayRead(namespace)).map(({ place }) => place),
  };
}
