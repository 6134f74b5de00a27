import type { Clock } from '../base/clock.ts';
import { untilAborted } from '../base/deadline.ts';
import { AppError } from '../base/errors.ts';
import { workOf } from '../base/node/faults.ts';
import type { Random } from '../base/random.ts';
import type { Engine, Prerequisite, Session } from '../engines/engine.ts';
import type { Credentials } from '../model/credentials.ts';
import type { EngineName } from '../model/engine-name.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';

/**
 * Connects as a cycle would and checks the prerequisites: what a person asks before they trust a
 * manifest. Nothing is collected, and nothing is kept of the credentials.
 */
export interface Rehearsal {
  target: Target;
  engines: Record<EngineName, Engine>;
  credentials(): Promise<Credentials>;
  clock: Clock;
  random: Random;
  /** Whoever asks has gone; or, with an AppError, what else ends it. */
  signal?: AbortSignal;
  /** The credentials have been read; the server has let us in. */
  onCredentials?(): void;
  onConnected?(server: Session['server'], ms: number): void;
  /** Each as soon as it is known. */
  onPrerequisite?(found: Prerequisite): void;
}

const limit_ms = 30_000;

/** Throws AppError: what keeps a cycle from connecting, or no answer within 30 s. */
export async function rehearse({
  target,
  engines,
  clock,
  random,
  ...asked
}: Rehearsal): Promise<Prerequisite[]> {
  const stop = new AbortController();
  const cancel = clock.after(limit_ms, () =>
    stop.abort(new AppError('connection_failed', `no answer within ${limit_ms} ms`)),
  );
  const goes = () => {
    const why: unknown = asked.signal?.reason;
    stop.abort(
      why instanceof AppError ? why : new AppError('program_ending', 'whoever asked has gone'),
    );
  };
  asked.signal?.addEventListener('abort', goes, { once: true });
  try {
    const credentials = await untilAborted(asked.credentials(), stop.signal);
    asked.onCredentials?.();
    const began = clock.monotonic();
    const fault = (error: AppError) => stop.abort(error);
    return await workOf({ target: targetLabel(target), fault }, async () => {
      await using session = await engines[target.spec.engine].open({
        target,
        credentials,
        identity: { epoch: 1, holder: 'validate' },
        clock,
        random,
        signal: stop.signal,
      });
      asked.onConnected?.(session.server, Math.round(clock.monotonic() - began));
      // `return` alone would close the session first.
      return await untilAborted(foundBy(session, asked.onPrerequisite), stop.signal);
    });
  } finally {
    asked.signal?.removeEventListener('abort', goes);
    cancel();
  }
}

async function foundBy(
  session: Session,
  tell: Rehearsal['onPrerequisite'],
): Promise<Prerequisite[]> {
  const all: Prerequisite[] = [];
  for await (const found of session.rehearse()) {
    tell?.(found);
    all.push(found);
  }
  return all;
}
