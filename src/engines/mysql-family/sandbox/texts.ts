import type { QueryShape } from '../../../model/query-shape.ts';
import type { ColumnFacts, TableFacts } from '../../../model/statistics.ts';
import type { Returned } from '../../engine.ts';
import type { FamilySession } from '../opened.ts';
import { type Blank, type Blanks, filled } from './blanks.ts';
import { isCertain, mayBe, type Told, toldBy } from './returned.ts';
import {
  endsSql,
  type Filling,
  type Sample,
  sampleOf,
  sampleSql,
  shares,
  startsBetween,
  valueFor,
} from './values.ts';

/** A text of the history → what it may have been, with values of the sandbox's own rows. */
export interface Sampled {
  textsOf(
    text: Blanks,
    shape: QueryShape,
    facts: readonly TableFacts[],
    returned: Returned,
  ): Promise<string[]>;
}

export function createSampled({
  control,
  timeout_ms,
}: Pick<FamilySession, 'control' | 'timeout_ms'>): Sampled {
  const samples = remembered<Sample>();
  const starts = remembered<string[]>();
  const startsOf = async (table: TableFacts): Promise<string[]> => {
    const sql = endsSql(table);
    const [row] = sql ? await control.query(sql, timeout_ms) : [];
    const { first, last } = row ?? {};
    return first && last ? startsBetween(first, last) : [];
  };
  const read = async (table: TableFacts, column: ColumnFacts): Promise<Sample> => {
    const at = await starts([table.schema, table.name], () => startsOf(table));
    const rows = await control.query(sampleSql(table, column.name, at), timeout_ms);
    return sampleOf(
      rows.map((row) => row['v'] ?? null),
      column,
    );
  };
  const sampleFor = (table: TableFacts, column: ColumnFacts): Promise<Sample> =>
    samples([table.schema, table.name, column.name], () => read(table, column));
  return {
    async textsOf(blanks, shape, facts, returned) {
      const of: (Sample | undefined)[] = [];
      for (const blank of blanks.blanks) {
        const place = placeOf(blank, shape, facts);
        of.push(place && (await sampleFor(...place)));
      }
      const columns = new Set(blanks.blanks.flatMap((blank) => columnOf(blank) ?? []));
      const told = toldBy(shape, returned, columns.size);
      const wanted = wantedOf(told, columns.size);
      const all = wanted.map((share) => textWith(blanks, of, share, returned.rows));
      const possible = all.filter(({ share }) => mayBe(share, told));
      return [...new Set((possible.length > 0 ? possible : all).map(({ text }) => text))];
    },
  };
}

/** By what comes back, where that tells it. */
function wantedOf(told: Told | undefined, columns: number): readonly number[] {
  if (!told?.exactly || columns === 0) return shares;
  const each = Math.max(told.atLeast, shares[0]) ** (1 / columns);
  return isCertain(told, columns) ? [each] : [each, ...shares];
}

function remembered<T>(): (of: readonly string[], read: () => Promise<T>) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (of, read) => {
    const key = JSON.stringify(of);
    const found = known.get(key) ?? read();
    known.set(key, found);
    return found;
  };
}

/** With values that leave such a share of each column; `share`: what all of them leave. */
function textWith(
  blanks: Blanks,
  of: readonly (Sample | undefined)[],
  wanted: number,
  rows: number,
): { text: string; share: number } {
  const seen = new Map<string, { nth: number; share: number }>();
  const values = blanks.blanks.map((blank, i): string => {
    const column = columnOf(blank);
    const before = column === undefined ? undefined : seen.get(column);
    const nth = before ? before.nth + 1 : 0;
    const filling = valueFor(blank, of[i], {
      share: wanted,
      nth,
      between: before !== undefined,
      rows,
    });
    if (column !== undefined)
      seen.set(column, { nth, share: together(blank, before?.share, filling) });
    return filling.value;
  });
  const share = [...seen.values()].reduce((product, each) => product * each.share, 1);
  return { text: filled(blanks, values), share };
}

/** A list leaves what one of its values or another does, two ends what both do. */
function together(blank: Blank, before: number | undefined, { share = 1 }: Filling): number {
  if (before === undefined) return share;
  return blank.kind === 'same' ? Math.min(1, before + share) : Math.min(before, share);
}

const columnOf = (blank: Blank): string | undefined =>
  'column' in blank ? JSON.stringify(blank.column) : undefined;

/** By the alias before it; else the one table that has such a column. */
function placeOf(
  blank: Blank,
  { relations }: QueryShape,
  facts: readonly TableFacts[],
): [TableFacts, ColumnFacts] | undefined {
  if (!('column' in blank)) return undefined;
  const { column, qualifier } = blank.column;
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const names = relations
    .filter(({ name, alias }) => qualifier === undefined || same(alias ?? name, qualifier))
    .map(({ name }) => name);
  for (const table of facts) {
    if (!names.some((name) => same(name, table.name))) continue;
    const found = table.columns?.find(({ name }) => same(name, column));
    if (found) return [table, found];
  }
  return undefined;
}
