import type { Clock } from '../base/clock.ts';
import { type AppError, asAppError } from '../base/errors.ts';
import type { Credentials } from '../model/credentials.ts';

/**
 * Logging in again and again for hours: a password may be changed meanwhile, so it is read anew
 * each time. One that was refused is tried again only now and then, or it would lock the account.
 */
export interface Logins {
  /** Throws what `logIn` throws, or what it threw when it was refused last. */
  with<T>(logIn: (credentials: Credentials) => Promise<T>): Promise<T>;
}

export interface LoginsOptions {
  /** For the first logins: read a moment ago. */
  credentials: Credentials;
  /** As they are now. Throws AppError. */
  credentialsNow?: (() => Promise<Credentials>) | undefined;
  clock: Clock;
}

interface RefusedLogin {
  credentials: Credentials;
  error: AppError;
  at: number;
  times: number;
}

/** Who provides credentials is not asked more often than this. */
const read_ms = 10_000;
const firstAgain_ms = 60_000;
const mostAgain_ms = 3_600_000;
/** Of a change: one that works, one that looks. */
const firstLogins = 2;

export function createLogins({ credentials, credentialsNow, clock }: LoginsOptions): Logins {
  let latest = credentials;
  let logins = 0;
  let refused: RefusedLogin | undefined;

  const readAnew = async (): Promise<void> => {
    if (!credentialsNow) return;
    try {
      latest = await credentialsNow();
    } catch (error) {
      // What was lost is not always a password: the last that is known may be good.
      if (refused) throw error;
    }
  };
  return {
    async with(logIn) {
      if (refused && clock.monotonic() < refused.at + read_ms) throw refused.error;
      if (logins >= firstLogins) await readAnew();
      logins += 1;
      if (refused && isSame(refused.credentials, latest) && clock.monotonic() < againAt(refused))
        throw refused.error;
      const tried = latest;
      try {
        const opened = await logIn(tried);
        refused = undefined;
        return opened;
      } catch (caught) {
        const error = asAppError(caught);
        if (error.code === 'authentication_failed') {
          const times = refused && isSame(refused.credentials, tried) ? refused.times + 1 : 1;
          refused = { credentials: tried, error, at: clock.monotonic(), times };
        }
        throw error;
      }
    },
  };
}

const isSame = (a: Credentials, b: Credentials): boolean =>
  a.username === b.username && a.password === b.password;
const againAt = ({ at, times }: RefusedLogin): number =>
  at + Math.min(mostAgain_ms, firstAgain_ms * 2 ** (times - 1));
