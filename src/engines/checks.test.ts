import { expect, it } from 'vitest';
import { check, clockCheck, tlsCheck } from './checks.ts';

it('what is well has no remedy', () => {
  expect(check('a', true, 'failed', 'observed', 'remediation')).toEqual({
    name: 'a',
    verdict: 'ok',
    observed: 'observed',
  });
  expect(check('a', false, 'failed', 'observed', 'remediation')).toMatchObject({
    verdict: 'failed',
    remediation: 'remediation',
  });
});

it.each([
  [true, 'verify-full', 'ok'],
  [true, 'verify-ca', 'ok'],
  [true, 'require', 'warning'],
  [false, 'verify-full', 'warning'],
])('encrypted: %s, %s → %s', (encrypted, mode, verdict) =>
  expect(tlsCheck(encrypted, mode)).toMatchObject({ verdict }),
);

it.each([
  [0, 'ok', 'less than 1 s apart'],
  [29_000, 'ok', 'the server’s is 29 s ahead of ours'],
  [-31_000, 'warning', 'the server’s is 31 s behind ours'],
])('clocks %i ms apart → %s', (skew_ms, verdict, observed) =>
  expect(clockCheck({ now: String(1_000_000 + skew_ms) }, 1_000_000)).toMatchObject({
    verdict,
    observed,
  }),
);
