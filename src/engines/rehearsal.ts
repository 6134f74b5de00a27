import { AppError } from '../base/errors.ts';
import type { Snapshot } from '../model/statistics.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import { includedBy } from '../resources/pattern.ts';
import { check } from './checks.ts';
import type { Prepared, Prerequisite, StatementRef } from './engine.ts';

/**
 * Reads of a cycle, each done once in the way the cycle does it, and named: what is revoked, hidden
 * or moved shows itself by name, whatever it is.
 */
export interface Rehearsal {
  /** What would mend it. */
  remedyOf(error: AppError): Promise<string>;
  /** Whether it is told; else it is thrown on. Without, all is told. */
  isTold?(error: AppError): boolean;
}

/** In a clause, what was found; with what would mend it, where a person should look. */
type Found = string | { observed: string; remedy: string };

export async function rehearse(
  name: string,
  read: () => Promise<Found>,
  { remedyOf, isTold = () => true }: Rehearsal,
): Promise<Prerequisite> {
  try {
    const found = await read();
    return typeof found === 'string'
      ? check(name, true, 'failed', found, '')
      : check(name, false, 'warning', found.observed, found.remedy);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // after these nothing else can be read
    if (error.code === 'connection_failed' || error.code === 'emergency_stop') throw error;
    if (!isTold(error)) throw error;
    return check(name, false, 'failed', error.message, await remedyOf(error));
  }
}

/** One after the other, by name; each is told when it is done. */
export async function* rehearseEach(
  reads: Readonly<Record<string, () => Promise<Found>>>,
  rehearsal: Rehearsal,
): AsyncGenerator<Prerequisite> {
  for (const [name, read] of Object.entries(reads)) yield await rehearse(name, read, rehearsal);
}

/** Of how many statements it is looked at what planning would touch. */
const preparedStatements = 10;

/**
 * Texts, running statements, and what is looked at before planning: of the heaviest ones. Where a
 * right is missing and none of them is left, most likely no table may be read at all.
 */
export async function prepareHeaviest(
  { spec }: Target,
  statements: Snapshot['statements'],
  prepare: (statements: readonly StatementRef[]) => Promise<Prepared[]>,
): Promise<Found> {
  const included = includedBy(spec.databases);
  const heaviest = statements
    .filter(({ database }) => included(database))
    .slice(0, preparedStatements);
  const prepared = await prepare(heaviest);
  const refusals = prepared.flatMap((each) => (each.kind === 'refused' ? [each.refusal] : []));
  const ready = prepared.length - refusals.length;
  const observed = [
    `${ready} of the ${heaviest.length} heaviest statements can be planned`,
    ...[...Map.groupBy(refusals, ({ code }) => code)].map(([code, of]) => `${code} ×${of.length}`),
  ].join(', ');
  const denied = refusals.find(({ code }) => code === 'insufficient_privilege');
  if (ready > 0 || !denied) return observed;
  const lacks = denied.detail ? `; it lacks ${denied.detail}` : '';
  return {
    observed,
    remedy: `run the SQL of \`dbintel prerequisites --print-sql\` for each schema${lacks}`,
  };
}
