import { expect, test } from 'vitest';
import { asFailure, failureOf, mayPass, untilAgain_ms } from './failure.ts';

test.each([
  [401, 'unauthorised', false],
  [403, 'forbidden', false],
  [404, 'missing', false],
  [409, 'refused', false],
  [429, 'busy', true],
  [500, 'broken', true],
  [503, 'busy', true],
])('%d is %s', (status, kind, again) => {
  const failure = failureOf(status, undefined);
  expect([failure.kind, mayPass(failure)]).toEqual([kind, again]);
  expect(failure.message).not.toBe('');
});

test('what the program says of it is told', () => {
  expect(
    failureOf(404, { error: 'elsewhere', message: 'ask pod b', owner: 'b', more: 1 }),
  ).toMatchObject({ kind: 'elsewhere', message: 'ask pod b', code: 'elsewhere', owner: 'b' });
});
test.each([
  ['7', 0, 7_000],
  ['7', 4, 8_000],
  ['3600', 0, 30_000],
  ['Wed, 21 Oct 2026 07:28:00 GMT', 0, 500],
  [null, 1, 1_000],
])('who is told to wait (%s) asks again then, failure %d: %d ms', (after, failed, ms) =>
  expect(untilAgain_ms(failed, failureOf(429, {}, after))).toBe(ms),
);
test('what is thrown otherwise is a failure of the page', () => {
  expect(asFailure(new TypeError('x is not a function')).message).toContain('x is not a function');
});
