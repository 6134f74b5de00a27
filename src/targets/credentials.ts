import { AppError } from '../base/errors.ts';
import { type Target, targetLabel } from '../resources/database-target.ts';
import type { SecretRef, TargetStore } from './target-store.ts';

export interface TargetCredentials {
  username: string;
  password?: string;
  ca?: string;
  cert?: string;
  key?: string;
}

/** The user, password and TLS files of a target. They stay in memory. */
export async function readCredentials(store: Pick<TargetStore, 'secret'>, target: Target, fresh: boolean): Promise<TargetCredentials> {
  const { credentials, tls } = target.spec.connection;
  const login = await store.secret(target, toRef(credentials) as SecretRef, fresh);
  const username = login['username'];
  if (!username) throw new AppError('secret_unavailable', `${targetLabel(target)}: its credentials have no key "username"`);
  const tlsRef = toRef(tls);
  const files = tlsRef ? await store.secret(target, tlsRef, fresh) : {};
  const pick = (name: 'ca' | 'cert' | 'key', file: string) => (files[file] ? { [name]: files[file] } : {});
  return {
    username,
    ...(login['password'] === undefined ? {} : { password: login['password'] }),
    ...pick('ca', 'ca.crt'),
    ...pick('cert', 'tls.crt'),
    ...pick('key', 'tls.key'),
  };
}

const toRef = ({ secretRef, file }: { secretRef?: { name: string } | undefined; file?: string | undefined }): SecretRef | undefined =>
  secretRef ? { secretRef } : file === undefined ? undefined : { file };
