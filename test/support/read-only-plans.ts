import { readFileSync } from 'node:fs';

/** Plans of databases that are only read, written by hand after what their makers publish. */
export { relop, showplan, threads } from '../../src/analysis/examples.ts';

/** `sqlserver/report-actual.sqlplan` → the text. */
export const goldenText = (file: string): string =>
  readFileSync(new URL(`../golden/${file}`, import.meta.url), 'utf8');
