import { expect, it } from 'vitest';
import { rememberFailure } from './failure-memory.ts';

it('failures are remembered by their nature, and always expire', () => {
  expect(rememberFailure('unparsable', 'f', 0)?.until).toBe(86_400_000);
  expect(rememberFailure('untrusted_function', 'f', 0)?.until).toBe(3_600_000);
  expect(rememberFailure('insufficient_privilege', 'f', 0)).toBeUndefined();
  expect(rememberFailure('rate_limited', 'f', 0)).toBeUndefined();
});
