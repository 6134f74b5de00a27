import { isDeepStrictEqual } from 'node:util';
import type { Code } from '../base/codes.ts';
import { AppError, asAppError } from '../base/errors.ts';
import type { Session } from '../engines/engine.ts';
import type { Credentials } from '../model/credentials.ts';
import type { CycleDeps } from './step.ts';

/**
 * A session for one cycle. Rotation: what the server refuses, or what refuses the server, is read
 * again, and tried again where it differs. Throws as `Engine.open` and `CycleDeps.credentials` do.
 */
export async function connect(
  {
    engine,
    target,
    epoch,
    holder,
    clock,
    random,
    credentials,
  }: Omit<CycleDeps, 'recall' | 'homes' | 'analyse' | 'analyseUnplanned'>,
  notes: unknown,
  signal: AbortSignal,
): Promise<Session> {
  const identity = { epoch, holder };
  const open = (login: Credentials) =>
    engine.open({ target, credentials: login, identity, clock, random, signal, notes });
  const known = await credentials(false);
  try {
    return await open(known);
  } catch (error) {
    const refusal = asAppError(error);
    if (!mayBeRotated(refusal.code, known)) throw error;
    const fresh = await credentials(true).catch((unreadable: unknown) => {
      throw refusal.code === 'connection_failed' ? refusal : unreadable;
    });
    if (isDeepStrictEqual(fresh, known)) throw withRemark(refusal, known);
    return open(fresh);
  }
}

/** A server that does not like a client's certificate may say so, or only close the connection. */
const mayBeRotated = (code: Code, { cert }: Credentials): boolean =>
  code === 'authentication_failed' ||
  code === 'tls_failed' ||
  (code === 'connection_failed' && cert !== undefined);

const withRemark = (refusal: AppError, { remark }: Credentials): AppError =>
  remark && refusal.code === 'authentication_failed'
    ? new AppError(refusal.code, `${refusal.message}; ${remark}`, { cause: refusal.cause })
    : refusal;
