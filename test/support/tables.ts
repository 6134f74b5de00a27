import type { ColumnFacts, TableFacts } from '../../src/model/statistics.ts';

/** A table whose name must be quoted everywhere. */
export const awkwardTable = (columns?: ColumnFacts[], engine?: string): TableFacts => ({
  schema: 'my shop',
  name: 'order',
  rows: 50_000,
  pages: 900,
  neverAnalyzed: false,
  modifiedSinceAnalyze: 0,
  indexes: [],
  ...(columns ? { columns } : {}),
  ...(engine ? { engine } : {}),
});
