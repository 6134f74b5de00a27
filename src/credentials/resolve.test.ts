import { expect, it } from 'vitest';
import { resolveCredentials } from './resolve.ts';
import { createSecretProvider } from './secret/secret-provider.ts';

/** As a Secret's bytes come: decoded as UTF-8, whatever they are. */
const read = (password: Buffer | string) =>
  readSecret({ username: 'dbintel\n', password: password.toString() });
const readSecret = (values: Record<string, string>) =>
  resolveCredentials(
    { secretRef: createSecretProvider(async () => values) },
    { namespace: 'n', label: 'n/t', credentials: { secretRef: { name: 's' } }, tls: {} },
    false,
  );

it.each([
  ['as it is', 'pw', 'pw', 'a line break at the end of the username was left out'],
  ['a line break', 'pw\n', 'pw', 'a line break at the end of the username was left out'],
  [
    'a line break of Windows',
    'pw\r\n',
    'pw',
    'a line break at the end of the username was left out',
  ],
  ['two line breaks', 'pw\n\n', 'pw\n', 'the password begins or ends with white space'],
  ['a space in front', ' pw', ' pw', 'the password begins or ends with white space'],
  ['a space within', 'p w', 'p w', 'a line break at the end of the username was left out'],
  [
    'a mark of UTF-8 in front',
    '\ufeffpw',
    '\ufeffpw',
    'the password begins or ends with white space',
  ],
  [
    'UTF-16, as PowerShell writes it',
    Buffer.from('\ufeffpw', 'utf16le'),
    '\ufffd\ufffdp\0w\0',
    'the password has bytes that are no UTF-8',
  ],
  ['Latin-1', Buffer.from('pä', 'latin1'), 'p\ufffd', 'the password has bytes that are no UTF-8'],
])('a password with %s', async (_, given, password, remark) => {
  expect(await read(given)).toMatchObject({ username: 'dbintel', password, remark });
});

it('TLS files come from where they are named, and only those that are there', async () => {
  const providers = {
    secretRef: createSecretProvider(async () => ({ username: 'u' })),
    file: { resolve: async () => ({ values: { 'ca.crt': 'CA', 'tls.crt': '' } }) },
  };
  const subject = { namespace: 'n', label: 'n/t', credentials: { secretRef: { name: 's' } } };
  expect(await resolveCredentials(providers, { ...subject, tls: { file: 'f' } }, false)).toEqual({
    username: 'u',
    ca: 'CA',
    remark: 'the credentials have no key "password"',
  });
});

it('a key that is missing or empty is named, also where the server is who refuses', async () => {
  const username = 'dbintel';
  const remark = 'the credentials have no key "password"';
  expect(await readSecret({ username, pass: 'x' })).toEqual({ username, remark });
  expect(await readSecret({ username, password: '\n' })).toMatchObject({
    remark: 'the password is empty',
  });
  await expect(readSecret({ username: '\n', password: 'x' })).rejects.toThrow('an empty username');
  await expect(readSecret({ user: 'x', password: 'x' })).rejects.toThrow('no key "username"');
});

it('a spec that names nothing has no username', async () => {
  const subject = { namespace: 'n', label: 'n/t', credentials: {}, tls: {} };
  await expect(resolveCredentials({}, subject, false)).rejects.toMatchObject({
    code: 'secret_unavailable',
    message: 'n/t: its credentials have no key "username"',
  });
});
