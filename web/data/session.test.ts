import { expect, test } from 'vitest';
import { takeOffer, takeToken } from './session.ts';

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

test('a link on a page of somebody else asks before it signs in', () => {
  const offer = (sentBy: string | undefined) => {
    const location = { pathname: '/ui/', search: '', hash: '#token=abc' } as Location;
    const history = { state: null, replaceState: () => undefined } as unknown as History;
    return takeOffer(location, history, sentBy);
  };
  for (const own of ['none', 'same-origin'])
    expect(offer(own)).toEqual({ token: 'abc', ask: false });
  for (const foreign of ['cross-site', 'same-site', undefined])
    expect(offer(foreign)).toEqual({ token: 'abc', ask: true });
});
