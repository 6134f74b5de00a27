import { describe, expect, it } from 'vitest';
import { createProxyReader, peerOf } from './trusted-proxy.ts';

const headers = {
  'x-forwarded-user': 'maria@example.com',
  'x-forwarded-groups': 'dba, oncall',
  'x-forwarded-for': '203.0.113.9, 198.51.100.7',
};
const maria = { user: 'maria@example.com', groups: ['dba', 'oncall', 'system:authenticated'] };
const secret = 'a-secret-of-the-proxy';

it.each(['X-Forwarded-User', 'x-forwarded-groups', 'X-Dbintel-Proxy'])(
  'whoever is named by %s twice is nobody',
  (name) => {
    const socket = { remoteAddress: '10.0.0.1' };
    const rawHeaders = Object.entries(headers).flat();
    const proxy = createProxyReader({ addresses: ['10.0.0.1'] });
    expect(proxy.subject(peerOf({ socket, headers, rawHeaders }))).toEqual(maria);
    const more = [...rawHeaders, name, 'x', name, 'x'];
    expect(proxy.subject(peerOf({ socket, headers, rawHeaders: more }))).toBeUndefined();
  },
);

describe('who asks is', () => {
  it.each([
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['fd00::7', true],
    ['10.2.0.1', false],
    ['fd01::7', false],
    ['', false],
  ])('believed from %s: %s', (address, believed) => {
    const proxy = createProxyReader({ addresses: ['10.1.0.0/16', 'fd00::/16'] });
    expect(proxy.subject({ address, headers })).toEqual(believed ? maria : undefined);
    expect(proxy.address({ address, headers }) === '198.51.100.7').toBe(believed);
  });
  it.each([
    [secret, true],
    ['a-secret-of-somebody', false],
    [undefined, false],
  ])('believed with the secret %s: %s', (given, believed) => {
    const proxy = createProxyReader({ addresses: [], secret });
    const told = given === undefined ? headers : { ...headers, 'x-dbintel-proxy': given };
    expect(proxy.subject({ address: '9.9.9.9', headers: told })).toEqual(
      believed ? maria : undefined,
    );
  });
  it('believed by both where both are given', () => {
    const proxy = createProxyReader({ addresses: ['10.1.2.3'], secret });
    const told = { ...headers, 'x-dbintel-proxy': secret };
    expect(proxy.subject({ address: '10.1.2.3', headers: told })).toEqual(maria);
    expect(proxy.subject({ address: '10.1.2.4', headers: told })).toBeUndefined();
    expect(proxy.subject({ address: '10.1.2.3', headers })).toBeUndefined();
  });
  it('nobody’s word where nothing is configured', () => {
    const proxy = createProxyReader({ addresses: [] });
    expect(proxy.subject({ address: '127.0.0.1', headers })).toBeUndefined();
    expect(proxy.address({ address: '::ffff:127.0.0.1', headers })).toBe('127.0.0.1');
  });
  it('never one of the cluster’s own', () => {
    const proxy = createProxyReader({ addresses: ['10.0.0.1'] });
    const told = (more: object) =>
      proxy.subject({ address: '10.0.0.1', headers: { ...headers, ...more } });
    expect(told({ 'x-forwarded-user': 'system:admin' })).toBeUndefined();
    expect(told({ 'x-forwarded-groups': 'system:masters,dba' })).toEqual({
      ...maria,
      groups: ['dba', 'system:authenticated'],
    });
  });
});
