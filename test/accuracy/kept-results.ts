import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../support/postgres-server.ts';
import { judgedAnew } from './collect.ts';
import { type CaseResult, engineOf, type ServerName } from './result.ts';

/**
 * What was collected last, a file for each server and world, outside the checkout: all that rules
 * are asked about, so that changed rules can be asked again without a server.
 */
const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const ofCheckout = createHash('sha256').update(checkout).digest('hex').slice(0, 8);
export const resultsFolder = join(
  cacheFolder,
  'accuracy',
  `results-${basename(checkout)}-${ofCheckout}`,
);
const fileOf = (server: ServerName, world: string) =>
  join(resultsFolder, `${server}.${world}.json`);

/** Cases that were not run this time stay as they were, where only some were wanted. */
export function keepResults(
  server: ServerName,
  world: string,
  results: readonly CaseResult[],
  onlySome: boolean,
): void {
  const ran = new Set(results.map(({ case: id }) => id));
  const others = onlySome ? readResults(server, world).filter(({ case: id }) => !ran.has(id)) : [];
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(fileOf(server, world), JSON.stringify([...results, ...others]));
}

export function readResults(server: ServerName, world: string): CaseResult[] {
  const file = fileOf(server, world);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}

/** By the rules as they are now. */
export const judgedAgain = (results: readonly CaseResult[]): CaseResult[] =>
  results.map((result) => ({
    ...result,
    outcome: judgedAnew(engineOf(result.server), result.outcome),
  }));
