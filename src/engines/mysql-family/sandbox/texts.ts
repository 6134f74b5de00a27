import type { QueryShape } from '../../../model/query-shape.ts';
import type { ColumnFacts, TableFacts } from '../../../model/statistics.ts';
import type { FamilySession } from '../opened.ts';
import { type Blank, type Blanks, filled } from './blanks.ts';
import { type Sample, sampleOf, sampleSql, valueFor, widths } from './values.ts';

/** A text of the history → what it may have been, with values of the sandbox's own rows. */
export interface Sampled {
  textsOf(text: Blanks, shape: QueryShape, facts: readonly TableFacts[]): Promise<string[]>;
}

export function createSampled({
  control,
  timeout_ms,
}: Pick<FamilySession, 'control' | 'timeout_ms'>): Sampled {
  const samples = new Map<string, Promise<Sample>>();
  const read = async (table: TableFacts, column: ColumnFacts): Promise<Sample> => {
    const rows = await control.query(sampleSql(table, column.name), timeout_ms);
    return sampleOf(
      rows.map((row) => row['v'] ?? null),
      column,
    );
  };
  const sampleFor = (table: TableFacts, column: ColumnFacts): Promise<Sample> => {
    const key = JSON.stringify([table.schema, table.name, column.name]);
    const sample = samples.get(key) ?? read(table, column);
    samples.set(key, sample);
    return sample;
  };
  return {
    async textsOf(blanks, shape, facts) {
      const of: (Sample | undefined)[] = [];
      for (const blank of blanks.blanks) {
        const place = placeOf(blank, shape, facts);
        of.push(place && (await sampleFor(...place)));
      }
      const nth = numbered(blanks.blanks);
      const texts = widths.map((width) =>
        filled(
          blanks,
          blanks.blanks.map((blank, i) => valueFor(blank, of[i], width, nth[i] as number)),
        ),
      );
      return [...new Set(texts)];
    },
  };
}

/** Of a list of one column the first, the second, … */
function numbered(blanks: readonly Blank[]): number[] {
  const seen = new Map<string, number>();
  return blanks.map((blank) => {
    if (!('column' in blank)) return 0;
    const key = JSON.stringify(blank.column);
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    return nth;
  });
}

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
