import type { Code } from '../../base/codes.ts';
import { dictionary } from '../../base/dictionary.ts';
import { AppError } from '../../base/errors.ts';

/**
 * What pg and the server throw → a code and a sentence of our own. The server's message is left out
 * on purpose: it quotes values (`invalid input syntax for type integer: "…"`) and a function can
 * raise any text.
 */
const states = dictionary<Code>({
  '57014': 'statement_timeout',
  '55P03': 'lock_timeout',
  '40P01': 'lock_timeout',
  '40001': 'recovery_conflict',
  '42501': 'insufficient_privilege',
  '42P01': 'undefined_relation',
  '3F000': 'undefined_relation',
  '42703': 'undefined_relation',
  '42P18': 'parameter_type_unknown',
  '42725': 'parameter_type_unknown',
  '42883': 'parameter_type_unknown',
  '42804': 'parameter_type_unknown',
  '42P08': 'parameter_type_unknown',
  '42601': 'unparsable',
  '28P01': 'authentication_failed',
  '28000': 'authentication_failed',
  '3D000': 'connection_failed',
  '53300': 'connection_failed',
  '57P03': 'server_in_recovery',
  '57P01': 'connection_failed',
  '57P02': 'connection_failed',
  '25P03': 'connection_failed',
  '25P04': 'connection_failed',
  '57P05': 'connection_failed',
  '0A000': 'not_explainable_statement',
  '54001': 'too_large',
  '54000': 'too_large',
  XX000: 'catalog_inconsistent',
  XX001: 'unparsable',
  XX002: 'unparsable',
});

const sentences = dictionary<string>({
  '57014': 'cancelled by the statement timeout',
  '55P03': 'a lock was not free in time',
  '40001': 'cancelled because replay on the standby needed what it held',
  '42501': 'permission denied',
  '25P03': 'ended by idle_in_transaction_session_timeout',
  '25P04':
    'ended by transaction_timeout, too short for a look at the catalogs: ALTER ROLE … SET ' +
    "transaction_timeout = '30s', for the collector’s role",
  '57P05': 'ended by idle_session_timeout',
  '28P01': 'password refused',
  '28000': 'refused by pg_hba.conf, or the role may not log in',
  '3D000': 'the database that connection.database names does not exist',
  '53100': 'the server’s disk is full',
  '53200': 'the server has no memory left',
  '53300': 'max_connections of the server is used up',
  '53400': 'a limit that the server or the role has set is used up, such as temp_file_limit',
  '57P01': 'the connection was terminated by an administrator',
  '57P02': 'the server crashed or was stopped at once',
  '57P03': 'the server is starting up or shutting down',
  XX000: 'what its catalogs say did not fit together',
  XX001: 'a damaged table',
  XX002: 'a damaged index',
});

/**
 * Whose limit a refused connection met: the server says it in words of its own language, and by the
 * name of its routine.
 */
const refusers = dictionary<string>({
  InitializeSessionUserId: 'the CONNECTION LIMIT of the collector’s own role is used up',
  CheckMyDatabase: 'the CONNECTION LIMIT of the database is used up',
  InitPostgres: 'only connection slots that the server reserves for administrators are free',
});

/** A database without a connection left says so of itself; all else of its class, of the server. */
export const isOfServer = (error: unknown): boolean =>
  /^(?:08|53|57P)/.test(sqlState(error) ?? '') &&
  (error as { routine?: unknown }).routine !== 'CheckMyDatabase';

function sentence(state: string, error: unknown): string {
  const routine = (error as { routine?: unknown }).routine;
  const denied = deniedObject(error);
  if (denied) return `permission denied for ${denied.kind} ${denied.name}`;
  return (
    (state === '53300' && refusers[String(routine)]) || sentences[state] || 'the server refused'
  );
}

const networkErrors = dictionary<string>({
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'no answer in time',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection is gone',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
});

/** The five-character SQLSTATE of an error, if it is the server's. */
export function sqlState(error: unknown): string | undefined {
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown };
  // EPIPE is of the operating system, and as long
  return typeof code === 'string' && syscall === undefined && /^[0-9A-Z]{5}$/.test(code)
    ? code
    : undefined;
}

/** What the server said: to be looked at, never to be shown. */
export const errorMessage = (error: unknown): string =>
  String((error as { message?: unknown } | undefined)?.message ?? '');

/**
 * The same error, which now says that of statements sent together it is this one’s, from 0; −1 is
 * what went before them.
 */
export const ofStatement = (statement: number, error: unknown): unknown =>
  Object.assign(error as object, { statement });
export const failedStatement = (error: unknown): number | undefined =>
  (error as { statement?: number } | undefined)?.statement;

/** What a right is missing on, where the server says so in English: an object's name, no value. */
export function deniedObject(error: unknown): { kind: string; name: string } | undefined {
  if (sqlState(error) !== '42501') return undefined;
  const [, kind, name] =
    /^permission denied for (\w+) (\S+)$/.exec(String((error as { message?: unknown }).message)) ??
    [];
  return kind && name ? { kind, name } : undefined;
}

export function wrapPostgresError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const state = sqlState(error);
  if (state)
    return new AppError(codeOfState(state), `${sentence(state, error)} (${state})`, {
      cause: error,
    });
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string' && networkErrors[code])
    return new AppError('connection_failed', `${networkErrors[code]} (${code})`, { cause: error });
  return describeClientError(error);
}

/** A login has no context: its trigger has one, whatever SQLSTATE it chose. */
export const isRaisedWithin = (error: unknown): boolean =>
  (error as { where?: unknown } | undefined)?.where !== undefined;

/** What is no matter of the login itself was raised on the way, as by a login trigger. */
export function wrapLoginError(error: unknown): AppError {
  const wrapped = wrapPostgresError(error);
  const state = sqlState(error);
  const within = isRaisedWithin(error);
  if (!state || !(within || raised.has(wrapped.code))) return wrapped;
  const why =
    state === '55000' && !within
      ? 'the database takes no connections, or a DROP of it broke off (55000)'
      : `the login was refused by the server, or by a login trigger (${state})`;
  return new AppError('connection_failed', why, { cause: error });
}
const raised: ReadonlySet<Code> = new Set(['unparsable', 'internal']);

export const codeOfState = (state: string): Code => states[state] ?? classCode(state);

function classCode(state: string): Code {
  if (state.startsWith('08') || state.startsWith('57P')) return 'connection_failed';
  if (state.startsWith('53')) return 'connection_failed';
  if (
    state.startsWith('42') ||
    state.startsWith('22') ||
    state.startsWith('2F') ||
    state.startsWith('P0')
  )
    return 'unparsable';
  return 'internal';
}

const tlsCode = /^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_SSL|EPROTO)/;

function describeClientError(error: unknown): AppError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' ? message : '';
  if (typeof code === 'string' && tlsCode.test(code))
    return new AppError('tls_failed', `the server’s certificate was not accepted (${code})`, {
      cause: error,
    });
  if (/does not support SSL/.test(text))
    return new AppError(
      'tls_failed',
      'the server offers no TLS; set connection.tls.mode to disable only where the network is ' +
        'trusted',
      {
        cause: error,
      },
    );
  if (/timeout expired|timeout exceeded/i.test(text))
    return new AppError('connection_failed', 'no answer in time', { cause: error });
  if (/Connection terminated|not queryable|closed the connection/i.test(text))
    return new AppError('connection_failed', 'the connection was dropped', { cause: error });
  if (/SASL|password/i.test(text))
    return new AppError('authentication_failed', 'the login exchange failed', { cause: error });
  return new AppError('connection_failed', 'the server’s answer makes no sense to the driver', {
    cause: error,
  });
}
