import { expect, it } from 'vitest';
import { createSessionKey, type Session } from './session-cookie.ts';

const now = 1_700_000_000_000;
const maria: Session = {
  identity: { kind: 'user', user: 'maria', groups: ['dba', 'system:authenticated'] },
  expiresAt: now + 1,
};
const key = createSessionKey('a-token-of-twenty-letters');

it('is what every process with the same token signed', () => {
  const other = createSessionKey('a-token-of-twenty-letters');
  expect(other.verify(key.sign(maria, 'n'), now)).toEqual(maria);
});
it('is over when its time is', () => {
  expect(key.verify(key.sign(maria, 'n'), now + 1)).toBeUndefined();
});
it('is nobody’s with another token, or without what it was signed with', () => {
  const value = key.sign(maria, 'n');
  expect(createSessionKey('another-token-of-letters').verify(value, now)).toBeUndefined();
  const [version = '', , mac = ''] = value.split('.');
  const forged = Buffer.from(JSON.stringify({ ...maria, identity: { kind: 'token' } }));
  const payload = forged.toString('base64url');
  for (const text of [
    '',
    '.',
    'v1',
    mac,
    `${version}.${payload}.${mac}`,
    `${version}.${payload}.`,
    `${version}.${payload}`,
    value.slice(0, -1),
    `${value}.${mac}`,
    value.replace('v1', 'v2'),
  ])
    expect(key.verify(text, now), text).toBeUndefined();
});
it('fits into a cookie, however many groups somebody is in: the last are left out', () => {
  const groups = Array.from({ length: 500 }, (_, i) => `a-group-with-a-long-name-${i}`);
  const value = key.sign({ ...maria, identity: { kind: 'user', user: 'maria', groups } }, 'n');
  expect(value.length).toBeLessThan(4_000);
  const identity = key.verify(value, now)?.identity;
  expect(identity?.kind === 'user' && identity.groups.length).toBeGreaterThan(50);
  expect(identity).toMatchObject({ groups: expect.arrayContaining([groups[0]]) });
});
