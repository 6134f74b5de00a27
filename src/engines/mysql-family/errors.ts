import type { Code } from '../../base/codes.ts';
import { dictionary } from '../../base/dictionary.ts';
import { AppError } from '../../base/errors.ts';

/**
 * What mysql2 and the servers throw → a code and a sentence of our own. The server's message is
 * left out on purpose: it quotes values (`near '…'`, `Duplicate entry '…'`).
 */
const errnos: Record<number, Code> = {
  1040: 'connection_failed',
  1041: 'connection_failed',
  1042: 'connection_failed',
  1044: 'insufficient_privilege',
  1045: 'authentication_failed',
  1047: 'connection_failed',
  1049: 'undefined_relation',
  1053: 'connection_failed',
  1054: 'undefined_relation',
  1064: 'unparsable',
  1079: 'connection_failed',
  1105: 'internal',
  1129: 'connection_failed',
  1130: 'authentication_failed',
  1142: 'insufficient_privilege',
  1143: 'insufficient_privilege',
  1146: 'undefined_relation',
  1149: 'unparsable',
  1152: 'connection_failed',
  1153: 'too_large',
  1176: 'undefined_relation',
  1203: 'connection_failed',
  1205: 'lock_timeout',
  1213: 'lock_timeout',
  1226: 'connection_failed',
  1227: 'insufficient_privilege',
  1235: 'not_explainable_statement',
  1290: 'not_explainable_statement',
  1295: 'not_explainable_statement',
  1305: 'undefined_relation',
  1317: 'statement_timeout',
  1345: 'insufficient_privilege',
  1356: 'insufficient_privilege',
  1370: 'insufficient_privilege',
  1436: 'too_large',
  1698: 'authentication_failed',
  1735: 'undefined_relation',
  1747: 'undefined_relation',
  1792: 'untrusted_function',
  1820: 'authentication_failed',
  1836: 'not_explainable_statement',
  1862: 'authentication_failed',
  1927: 'connection_failed',
  1969: 'statement_timeout',
  3024: 'statement_timeout',
  3032: 'connection_failed',
  3118: 'authentication_failed',
  3159: 'tls_failed',
  3572: 'lock_timeout',
  3955: 'authentication_failed',
  3989: 'not_explainable_statement',
  4151: 'authentication_failed',
};

/**
 * What the server has run out of; in answer to an EXPLAIN it may be for that statement’s tables
 * alone.
 */
const noDisk = 'the server’s disk, or the one of its tmpdir, is full or may not be written to';
const noMemory = 'the server has no memory left for it';
const exhausted: Record<number, string> = {
  1: noDisk,
  3: noDisk,
  5: noMemory,
  28: noDisk,
  1021: noDisk,
  1037: noMemory,
  1038: 'sort_buffer_size of the server is too small',
  1114: 'a temporary table of the server is full: tmp_table_size, temptable_max_ram, its disk',
  1135: 'the server cannot make a thread',
};

export const isExhausted = (error: unknown): boolean =>
  exhausted[serverErrno(error) ?? 0] !== undefined;

const expired = 'the account’s password has expired';

const sentences: Partial<Record<number, string>> = {
  1040: 'no connection slot is free',
  1044: 'permission denied on the database',
  1045: 'password refused',
  1047: 'it is a member of a cluster that does not serve: wsrep_cluster_status, wsrep_ready',
  1049: 'the database does not exist',
  1053: 'the server is shutting down',
  1129: 'the host is blocked after too many failed connections; FLUSH HOSTS lifts it',
  1130: 'the account may not connect from this address',
  1142: 'permission denied',
  1184: 'the server ended it at once, as it does where its init_connect fails',
  1205: 'a lock was not free in time',
  1226: 'the account has used up a limit of its own: MAX_USER_CONNECTIONS, MAX_QUERIES_PER_HOUR, …',
  1317: 'the statement was killed',
  1345: 'EXPLAIN of a view wants SHOW VIEW, and SELECT on what lies below it',
  1370: 'the statement calls a stored function that the collector may not execute',
  1792: 'planning it would write, which READ ONLY refuses',
  1820: expired,
  1862: expired,
  1927: 'the connection was killed',
  1969: 'ended by max_statement_time',
  3024: 'ended by max_execution_time',
  3032: 'the server is in offline mode',
  3118: 'the account is locked',
  3159: 'the server takes encrypted connections only; connection.tls.mode says disable',
  3955: 'the account is locked for a while, after too many failed logins',
  4151: 'the account is locked',
};

const networkErrors = dictionary<string>({
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the name server does not answer',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'the host is unreachable',
  ENETUNREACH: 'the network is unreachable',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was dropped',
  PROTOCOL_CONNECTION_LOST: 'the connection was dropped',
  PROTOCOL_SEQUENCE_TIMEOUT: 'no answer in time',
});

/** MySQL's and MariaDB's error number; those below 1000 are of a storage engine. */
export function serverErrno(error: unknown): number | undefined {
  const { errno, sqlState } = (error ?? {}) as { errno?: unknown; sqlState?: unknown };
  return typeof errno === 'number' && typeof sqlState === 'string' && errno > 0 ? errno : undefined;
}

export function wrapMysqlError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const errno = serverErrno(error);
  if (errno !== undefined)
    return new AppError(
      errnos[errno] ?? (isExhausted(error) ? 'connection_failed' : classCode(error)),
      `${sentences[errno] ?? exhausted[errno] ?? 'the server refused'} (${errno})`,
      { cause: error },
    );
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && networkErrors[code])
    return new AppError('connection_failed', `${networkErrors[code]} (${code})`, { cause: error });
  return describeClientError(
    typeof code === 'string' ? code : '',
    typeof message === 'string' ? message : '',
    error,
  );
}

/** At login no statement is read: what has no code of its own is a refusal of the connection. */
export function wrapLoginError(error: unknown): AppError {
  const { code, message, cause } = wrapMysqlError(error);
  return new AppError(code === 'unparsable' ? 'connection_failed' : code, message, { cause });
}

function classCode(error: unknown): Code {
  const state = String((error as { sqlState?: unknown }).sqlState);
  if (state.startsWith('08')) return 'connection_failed';
  if (state.startsWith('28')) return 'authentication_failed';
  return 'unparsable';
}

const tlsCode = /^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_SSL|EPROTO|HANDSHAKE_SSL)/;

function describeClientError(code: string, message: string, cause: unknown): AppError {
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT' || /does not support secure connection/i.test(message))
    return new AppError(
      'tls_failed',
      'the server offers no TLS; set connection.tls.mode to disable only where the network is ' +
        'trusted',
      {
        cause,
      },
    );
  if (tlsCode.test(code))
    return new AppError('tls_failed', `the server’s certificate was not accepted (${code})`, {
      cause,
    });
  if (code.startsWith('AUTH_SWITCH') || /auth|plugin/i.test(message))
    return new AppError('authentication_failed', 'the login exchange failed', { cause });
  if (/closed state|connection (is )?closed|Connection lost|can't add new command/i.test(message))
    return new AppError('connection_failed', 'the connection was dropped', { cause });
  return new AppError('connection_failed', 'the server’s answer makes no sense to the driver', {
    cause,
  });
}
