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

/** `read` says in a clause what it found. */
export async function rehearse(
  name: string,
  read: () => Promise<string>,
  { remedyOf, isTold = () => true }: Rehearsal,
): Promise<Prerequisite> {
  try {
    return check(name, true, 'failed', await read(), '');
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
  reads: Readonly<Record<string, () => Promise<string>>>,
  rehearsal: Rehearsal,
): AsyncGenerator<Prerequisite> {
  for (const [name, read] of Object.entries(reads)) yield await rehearse(name, read, rehearsal);
}

/** Of how many statements it is looked at what planning would touch. */
const preparedStatements = 10;

/** Texts, running statements, and what is looked at before planning: of the heaviest ones. */
export async function prepareHeaviest(
  { spec }: Target,
  statements: Snapshot['statements'],
  prepare: (statements: readonly StatementRef[]) => Promise<Prepared[]>,
): Promise<string> {
  const included = includedBy(spec.databases);
  const heaviest = statements
    .filter(({ database }) => included(database))
    .slice(0, preparedStatements);
  const ready = (await prepare(heaviest)).filter(({ kind }) => kind === 'ready').length;
  return `${ready} of the ${heaviest.length} heaviest statements can be planned`;
}
