import { hash } from 'node:crypto';
import { createLru } from '../base/lru.ts';
import type { Prepared } from '../engines/engine.ts';
import type { CycleDeps, TextHomes } from './step.ts';
import type { TargetState } from './target-state.ts';

/**
 * One text in several databases of a server is a statement in each, with tables, plans and findings
 * of its own. That of the database in which it was known first has the text's fingerprint; those of
 * the others have one that is made of both. What the history has stays as it is, and what the
 * target's state has where another replica's history has it.
 */
export async function ownFingerprints(
  statements: readonly Prepared[],
  { explained, failures }: Pick<TargetState, 'explained' | 'failures'>,
  { target: { uid }, homes, recall }: Pick<CycleDeps, 'target' | 'homes' | 'recall'>,
): Promise<readonly Prepared[]> {
  const places = statements.map(({ key, database, fingerprint: { value } }) => ({
    before: (explained.get(key) ?? failures.get(key))?.fingerprint,
    database,
    ofText: value,
    text: `${uid} ${value}`,
    statement: `${uid} ${value} ${database}`,
  }));
  const fresh = places.filter(({ statement }) => homes.get(statement) === undefined);
  const known = fresh.length
    ? await recall(fresh.flatMap(({ ofText, database }) => [ofText, inDatabase(database, ofText)]))
    : none;
  for (const { before, database, ofText, text, statement } of fresh) {
    const own = inDatabase(database, ofText);
    const home = homes.get(text) ?? known.get(ofText)?.database ?? database;
    const isHome = home === database && !known.has(own) && before !== own;
    homes.set(statement, isHome ? ofText : own);
    if (isHome) homes.set(text, home);
  }
  return statements.map((each, i) => {
    const value = homes.get(places[i]?.statement ?? '') ?? each.fingerprint.value;
    return value === each.fingerprint.value
      ? each
      : { ...each, fingerprint: { ...each.fingerprint, value } };
  });
}

const none: Awaited<ReturnType<CycleDeps['recall']>> = new Map();

/** 16 hex digits, as PostgreSQL's have. */
const inDatabase = (database: string, ofText: string): string =>
  hash('sha256', `${database}\n${ofText}`, 'hex').slice(0, 16);

/** For all targets together, some 3 MiB. What falls out is asked of the history again. */
export const createTextHomes = (): TextHomes => createLru(20_000);
