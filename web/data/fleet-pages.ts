import type { FleetAnswer, FleetItem, FleetRow } from './answers.ts';

/** Pages of the fleet as they are kept: rows by their names, changed as events come. Pure. */
export type FleetPage = Omit<FleetAnswer, 'rows'> & { items: FleetItem[] };
export interface FleetPages {
  pages: FleetPage[];
}

export function readPage({ rows, ...page }: FleetAnswer): FleetPage {
  return { ...page, items: rows.map((row) => itemOf(page.columns, row)) };
}

/** The order of columns is the answer's to say: another version may have more. */
export const itemOf = (columns: readonly string[], row: FleetRow): FleetItem =>
  Object.fromEntries(columns.map((column, at) => [column, row[at]])) as FleetItem;

export interface Patched<P extends FleetPages> {
  data: P;
  /** Those that stand elsewhere, or should be among those shown, once it is asked again. */
  moved: string[];
}

/**
 * Changed rows take the places of what was there. Where a row would stand now is the server's to
 * say, as is what of the new ones is wanted.
 */
export function patchPages<P extends FleetPages>(
  data: P,
  set: readonly FleetItem[],
  gone: readonly string[],
): Patched<P> {
  const changed = new Map(set.map((item) => [item.uid, item]));
  const moved = new Set(gone);
  const seen = new Set<string>();
  const pages = data.pages.map((page) => {
    let touched = false;
    const items = page.items.map((item) => {
      const next = changed.get(item.uid);
      if (!next) return item;
      seen.add(item.uid);
      if (next.state !== item.state) moved.add(item.uid);
      touched = true;
      return next;
    });
    return touched ? { ...page, items } : page;
  });
  for (const item of set) if (!seen.has(item.uid) && item.kind === 'needs-you') moved.add(item.uid);
  return { data: { ...data, pages }, moved: [...moved] };
}
