import { AppError } from '../base/errors.ts';
import type { Credentials } from '../model/credentials.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import type { SecretRef, TargetStore } from './target-store.ts';

/** The user, password and TLS files of a target. They stay in memory. */
export async function readCredentials(
  store: Pick<TargetStore, 'secret'>,
  target: Target,
  fresh: boolean,
): Promise<Credentials> {
  const { credentials, tls } = target.spec.connection;
  const login = await store.secret(target, toRef(credentials) as SecretRef, fresh);
  const [username, password] = [trimLine(login['username']), trimLine(login['password'])];
  if (!username)
    throw new AppError(
      'secret_unavailable',
      `${targetLabel(target)}: its credentials have no key "username"`,
    );
  const tlsRef = toRef(tls);
  const files = tlsRef ? await store.secret(target, tlsRef, fresh) : {};
  const pick = (name: 'ca' | 'cert' | 'key', file: string) =>
    files[file] ? { [name]: files[file] } : {};
  return {
    username,
    ...(password === undefined ? {} : { password }),
    ...pick('ca', 'ca.crt'),
    ...pick('cert', 'tls.crt'),
    ...pick('key', 'tls.key'),
    ...remarkOn(login, { username, password }),
  };
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
  const names = ['username', 'password'] as const;
  const find = (is: (name: (typeof names)[number]) => boolean, words: (name: string) => string) =>
    names.filter(is).map(words);
  const [remark] = [
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

const toRef = ({
  secretRef,
  file,
}: {
  secretRef?: { name: string } | undefined;
  file?: string | undefined;
}): SecretRef | undefined =>
  secretRef ? { secretRef } : file === undefined ? undefined : { file };
