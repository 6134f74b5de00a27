import { expect, test } from 'vitest';
import { takeToken } from './session.ts';

const take = (hash: string) => {
  const addresses: string[] = [];
  const history = {
    state: null,
    replaceState: (_: unknown, __: string, address: string) => void addresses.push(address),
  };
  const location = { pathname: '/ui/', search: '?q=a', hash };
  return { token: takeToken(location as Location, history as unknown as History), addresses };
};

test('the token leaves the address, what is beside it stays', () => {
  expect(take('#token=abc&node=7')).toEqual({ token: 'abc', addresses: ['/ui/?q=a#node=7'] });
  expect(take('#token=abc')).toEqual({ token: 'abc', addresses: ['/ui/?q=a'] });
});
test('without one the address is left alone', () => {
  expect(take('#queries')).toEqual({ token: undefined, addresses: [] });
});
