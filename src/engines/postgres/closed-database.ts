import type { Code } from '../../base/codes.ts';
import { AppError } from '../../base/errors.ts';
import { parsePercent } from '../../base/quantity.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import { isUnanswered } from '../connection.ts';
import type { Connection } from './connection.ts';
import { isOfServer, isRaisedWithin, sqlState } from './errors.ts';
import type { PostgresKnown, PostgresSession } from './opened.ts';

/**
 * A database that our role may not enter, that is gone, or that does not do what all others do, is
 * a reason for its own statements, and no failure of the cycle: the others are collected.
 */

/** No CONNECT, no line in pg_hba.conf. */
const forbidden = new Set(['42501', '28000', '28P01']);
/** Database dropped, or closed to connections. */
const gone = new Set(['3D000', '55000']);

export interface Closed {
  /** SQLSTATE. */
  state: string;
  refusal: Refusal;
}

export type Entered = { worker: Connection; closed?: never } | { worker?: never; closed: Closed };

/** A worker in that database, or why it lets nobody in. */
export async function enter(
  session: Pick<PostgresSession, 'workerFor' | 'target' | 'clock'> & {
    known: Pick<PostgresKnown, 'limited' | 'late' | 'notes'>;
  },
  database: string,
): Promise<Entered> {
  const full = fullOf(session, database);
  if (full) return { closed: { state: '53300', refusal: full } };
  const resting = restingIn(session, database);
  if (resting) return { closed: { state: '', refusal: resting } };
  try {
    const worker = await session.workerFor(database);
    forgetUnanswered(session.known, database);
    return { worker };
  } catch (error) {
    const { state, message } = said(error);
    if (error instanceof AppError && isUnanswered(error))
      return { closed: { state, refusal: unansweredIn(session, database, error) } };
    const within = error instanceof AppError && isRaisedWithin(error.cause);
    if (forbidden.has(state) && !within) {
      const detail = `CONNECT on database ${database} (SQLSTATE ${state})`;
      return { closed: { state, refusal: refused('insufficient_privilege', detail) } };
    }
    if (!(gone.has(state) && !within) && !isItsOwn(session, database, error, within)) throw error;
    const home = database === homeOf(session.target);
    const why = state === '3D000' && !home ? 'it is not there any more (3D000)' : message;
    const refusal = refused('connection_failed', `database ${database}: ${why}`);
    return { closed: { state, refusal } };
  }
}

/** With ours, more of its connections would be in use than the spec leaves to us. */
function fullOf(
  { target, known }: Pick<PostgresSession, 'target'> & { known: Pick<PostgresKnown, 'limited'> },
  database: string,
): Refusal | undefined {
  const { connectionsUsed, ignore } = target.spec.safety.brake;
  const found = known.limited.find(({ name }) => name === database);
  if (!found || ignore.includes('connectionsUsed')) return undefined;
  const { used, limit } = found;
  const detail = `database ${database}: ${used} of its CONNECTION LIMIT of ${limit} are in use`;
  return (used + 1) / limit > parsePercent(connectionsUsed)
    ? refused('connection_failed', detail)
    : undefined;
}

const unansweredOf = ({ notes }: Pick<PostgresKnown, 'notes'>, database: string) =>
  notes.unanswered?.find((each) => each.database === database);

function restingIn(
  { known, clock }: Pick<PostgresSession, 'clock'> & { known: Pick<PostgresKnown, 'notes'> },
  database: string,
): Refusal | undefined {
  const { failures, until } = unansweredOf(known, database) ?? { failures: 0, until: 0 };
  if (clock.now() >= until) return undefined;
  const times = failures === 1 ? 'a login' : `${failures} logins in a row`;
  const minutes = Math.ceil((until - clock.now()) / 60_000);
  return refused(
    'connection_failed',
    `database ${database}: ${times} waited in vain; the next is tried in ${minutes} min`,
  );
}

function forgetUnanswered({ notes }: Pick<PostgresKnown, 'notes'>, database: string): void {
  if (unansweredOf({ notes }, database))
    notes.unanswered = notes.unanswered?.filter((each) => each.database !== database) ?? [];
}

/**
 * Its login trigger waits, or somebody has its catalogs: each attempt can leave a session that
 * waits on, so it rests, ever longer. The server answers elsewhere: a second one like it in a cycle
 * is the server's matter.
 */
function unansweredIn(
  session: Pick<PostgresSession, 'target' | 'clock'> & {
    known: Pick<PostgresKnown, 'late' | 'notes'>;
  },
  database: string,
  error: AppError,
): Refusal {
  const { target, known, clock } = session;
  if (database === homeOf(target)) throw error;
  const failures = (unansweredOf(known, database)?.failures ?? 0) + 1;
  const until = clock.now() + Math.min(firstRest_ms * 4 ** (failures - 1), longestRest_ms);
  forgetUnanswered(known, database);
  known.notes.unanswered = [...(known.notes.unanswered ?? []), { database, failures, until }];
  const refusal = refused('connection_failed', `database ${database}: ${error.message}`);
  known.late.set(database, refusal);
  if (known.late.size > 1) throw error;
  return refusal;
}
const firstRest_ms = 5 * 60_000;
const longestRest_ms = 24 * 3_600_000;

const homeOf = ({ spec }: PostgresSession['target']): string =>
  spec.connection.database ?? 'postgres';

/**
 * Why nothing could be read in it. Throws what is no matter of that database alone: so is a second
 * one that is late, since each costs the server as much again.
 */
export function unreadIn(
  session: Pick<PostgresSession, 'target'> & { known: Pick<PostgresKnown, 'late'> },
  database: string,
  error: unknown,
): Refusal {
  if (!isItsOwn(session, database, error)) throw error;
  const { code, message } = said(error);
  const refusal = refused(
    ofReading.has(code) ? code : 'catalog_inconsistent',
    `database ${database}, before planning: ${message}`,
  );
  if (code === 'statement_timeout') {
    session.known.late.set(database, refusal);
    if (session.known.late.size > 1) throw error;
  }
  return refusal;
}

const ofReading = new Set<Code>([
  'statement_timeout',
  'lock_timeout',
  'recovery_conflict',
  'insufficient_privilege',
]);

/**
 * What the server says in one database alone: of its limit, a library or a locale that it lacks,
 * its login trigger, its settings, its catalogs. Not in the one that the cycle is connected to,
 * where it got in and reads.
 */
const isItsOwn = (
  { target }: Pick<PostgresSession, 'target'>,
  database: string,
  error: unknown,
  within = false,
): boolean =>
  said(error).state !== '' &&
  (within || !isOfServer((error as AppError).cause)) &&
  database !== homeOf(target);

const said = (error: unknown) => {
  const { code, message, cause } = error instanceof AppError ? error : new AppError('internal', '');
  return { code, message, state: sqlState(cause) ?? '' };
};
