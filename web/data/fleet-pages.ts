import type { EventTold, FleetAnswer, FleetItem, FleetRow } from './answers.ts';
import { isSameCopy } from './fleet-rev.ts';

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
  moved: number[];
}

/** What an event of rows says, its rows read. */
export interface RowChanges {
  rev: string;
  now: number;
  set: readonly FleetItem[];
  figures: RowsTold['figures'];
  /** By key. */
  gone: readonly number[];
}
type RowsTold = Extract<EventTold, { event: 'rows' }>['data'];

export const readChanges = (
  columns: readonly string[],
  { rev, now, set, figures, gone }: RowsTold,
): RowChanges => ({ rev, now, set: set.map((row) => itemOf(columns, row)), figures, gone });

/**
 * Changed rows take the places of what was there. Where a row would stand now is the server's to
 * say, as is what of the new ones is wanted. Of another replica's copy only whole rows can be
 * taken, by their uids: its keys mean other rows here.
 */
export function patchPages<P extends FleetPages>(data: P, changes: RowChanges): Patched<P> {
  const [first] = data.pages;
  return first && isSameCopy(first.rev, changes.rev)
    ? patchOwn(data, changes)
    : patchByUid(data, changes);
}

function patchByUid<P extends FleetPages>(data: P, { set }: RowChanges): Patched<P> {
  const byUid = new Map(set.map((item) => [item.uid, item]));
  const moved: number[] = [];
  const pages = data.pages.map((page) => ({
    ...page,
    items: page.items.map((item) => {
      const told = byUid.get(item.uid);
      if (told && told.state !== item.state) moved.push(item.key);
      return told ? { ...told, key: item.key } : item;
    }),
  }));
  return { data: { ...data, pages }, moved };
}

function patchOwn<P extends FleetPages>(data: P, changes: RowChanges): Patched<P> {
  const set = new Map(changes.set.map((item) => [item.key, item]));
  const figures = new Map(changes.figures.map((each) => [each[0], each]));
  const seen = new Set<number>();
  const moved = new Set(changes.gone);
  const next = (item: FleetItem): FleetItem => {
    const [whole, some] = [set.get(item.key), figures.get(item.key)];
    if (!whole) return some ? withFigures(item, some, changes.now) : item;
    seen.add(item.key);
    if (whole.state !== item.state) moved.add(item.key);
    return whole;
  };
  const pages = data.pages.map((page) => {
    const items = page.items.map(next);
    const same = items.every((item, at) => item === page.items[at]);
    // An array that is the same spares all that is made of it.
    return { ...page, rev: changes.rev, items: same ? page.items : items };
  });
  for (const { key, kind } of changes.set)
    if (!seen.has(key) && kind === 'needs-you') moved.add(key);
  return { data: { ...data, pages }, moved: [...moved] };
}

function withFigures(item: FleetItem, figures: RowsTold['figures'][number], now: number) {
  const [, ago, explained, accountedFor, plans] = figures;
  return {
    ...item,
    lastCycle: ago === null ? null : now - ago * 1_000,
    asOf: now,
    explained,
    accountedFor,
    plans,
  };
}
