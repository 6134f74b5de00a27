import { AppError } from '../base/errors.ts';
import type { Credentials } from '../model/credentials.ts';
import type { Asked, Providers, Resolved, Source } from './provider.ts';

/** From what a target's spec names to the user, password and TLS files. They stay in memory. */
export interface Subject<Refs> {
  namespace: string;
  /** For people. */
  label: string;
  /** Keys `username` and `password`. */
  credentials: Source<Refs>;
  /** Keys `ca.crt`, `tls.crt` and `tls.key`, each only where used. */
  tls: Source<Refs>;
}

const loginKeys = ['username', 'password'] as const;
const tlsKeys = { ca: 'ca.crt', cert: 'tls.crt', key: 'tls.key' };

/** Throws AppError('secret_unavailable'). */
export async function resolveCredentials<Refs>(
  providers: Providers<Refs>,
  { namespace, label, credentials, tls }: Subject<NoInfer<Refs>>,
  fresh: boolean,
): Promise<Credentials> {
  const asked = { namespace, label, fresh };
  const login = await valuesOf(providers, credentials, { ...asked, keys: loginKeys });
  const [username, password] = loginKeys.map((key) => trimLine(login[key]));
  if (!username) {
    const what = username === '' ? 'an empty username' : 'no key "username"';
    throw new AppError('secret_unavailable', `${label}: its credentials have ${what}`);
  }
  const files = await valuesOf(providers, tls, { ...asked, keys: Object.values(tlsKeys) });
  const found = Object.entries(tlsKeys).flatMap(([name, key]) =>
    files[key] ? [[name, files[key]]] : [],
  );
  return {
    username,
    ...(password === undefined ? {} : { password }),
    ...Object.fromEntries(found),
    ...remarkOn(login, { username, password }),
  };
}

/** Nothing where the source names nothing. */
async function valuesOf<Refs>(
  providers: Providers<Refs>,
  source: Source<Refs>,
  asked: Omit<Asked<unknown>, 'ref'>,
): Promise<Resolved['values']> {
  for (const way in providers) {
    const ref = source[way];
    if (ref !== undefined) return (await providers[way].resolve({ ...asked, ref })).values;
  }
  return {};
}

/**
 * `echo secret > file` and `kubectl create secret --from-file` leave a line break behind that
 * nobody means.
 */
const trimLine = (text: string | undefined) => text?.replace(/\r?\n$/, '');

/** What bytes become that are no UTF-8: of a file in UTF-16 or Latin-1, say. */
const undecoded = '\ufffd';

/** What cannot be meant comes before what was mended. */
function remarkOn(
  given: Record<string, string>,
  used: { username: string; password: string | undefined },
): { remark?: string } {
  const find = (
    is: (name: (typeof loginKeys)[number]) => boolean,
    words: (name: string) => string,
  ) => loginKeys.filter(is).map(words);
  const [remark] = [
    ...find(
      (name) => used[name] === undefined,
      (name) => `the credentials have no key "${name}"`,
    ),
    ...find(
      (name) => used[name] === '',
      (name) => `the ${name} is empty`,
    ),
    ...find(
      (name) => used[name]?.includes(undecoded) === true,
      (name) => `the ${name} has bytes that are no UTF-8`,
    ),
    ...find(
      (name) => used[name] !== used[name]?.trim(),
      (name) => `the ${name} begins or ends with white space`,
    ),
    ...find(
      (name) => given[name] !== used[name],
      (name) => `a line break at the end of the ${name} was left out`,
    ),
  ];
  return remark ? { remark } : {};
}
