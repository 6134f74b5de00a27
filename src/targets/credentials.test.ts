import { expect, it } from 'vitest';
import { makeTarget } from '../../test/support/target.ts';
import { readCredentials } from './credentials.ts';

/** As a Secret's bytes come: decoded as UTF-8, whatever they are. */
const read = (password: Buffer | string) =>
  readCredentials(
    { secret: async () => ({ username: 'dbintel\n', password: password.toString() }) },
    makeTarget({ port: 1 }),
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
