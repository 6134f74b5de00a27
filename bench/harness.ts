import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDuration } from '../src/base/quantity.ts';
import { collection } from '../src/resources/kinds/database-target/collection.ts';
import { safety } from '../src/resources/kinds/database-target/safety.ts';

/** What every benchmark needs: figures, medians, and where results go. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const resultsFile = join(root, 'bench/RESULTS.md');

export interface Section {
  title: string;
  /** One sentence: what was done. */
  how: string;
  rows: [figure: string, value: string, goal: string][];
}

const { interval } = collection.parse({});
const { databaseTimeBudget } = safety.parse({});
/** What a target does by default: how often, and the share of wall time that it may take. */
export const interval_s = parseDuration(interval) / 1_000;
export const budgetGoal = `≤ ${databaseTimeBudget.replace('%', ' %')}`;

export const machine = (): string =>
  `${cpus().length} cores (${cpus()[0]?.model.trim()}), ` +
  `${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ` +
  'PostgreSQL and dbintel on the same machine';

export function quantileOf(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
export const median = (values: readonly number[]): number => quantileOf(values, 0.5);
export const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Node's flags as the image has them. */
export const shippedFlags = (
  /exec node (.*) \/opt/.exec(readFileSync(join(root, 'bin/dbintel-image'), 'utf8'))?.[1] ?? ''
).split(' ');
