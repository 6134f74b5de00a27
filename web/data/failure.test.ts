import { expect, test } from 'vitest';
import { asFailure, failureOf, mayPass } from './failure.ts';

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
test('what is thrown otherwise is a failure of the page', () => {
  expect(asFailure(new TypeError('x is not a function')).message).toContain('x is not a function');
});
