import { expect, it } from 'vitest';
import { losesServer, rememberFailure } from './failure-memory.ts';

it('failures are remembered by their nature, and always expire', () => {
  expect(rememberFailure('unparsable', 'f', 0)?.until).toBe(86_400_000);
  expect(rememberFailure('untrusted_function', 'f', 0)?.until).toBe(3_600_000);
  expect(rememberFailure('undefined_relation', 'f', 0)?.until).toBe(3_600_000);
  expect(rememberFailure('insufficient_privilege', 'f', 0)).toBeUndefined();
  expect(rememberFailure('rate_limited', 'f', 0)).toBeUndefined();
});

it('two statements a day may take the server along', () => {
  const lost = (until: number) => ({ code: 'server_lost' as const, fingerprint: 'f', until });
  const other = { ...lost(9), code: 'statement_timeout' as const };
  expect(losesServer([lost(9), other, other], 5)).toBe(false);
  expect(losesServer([lost(9), lost(7)], 5)).toBe(true);
  expect(losesServer([lost(9), lost(7)], 7)).toBe(false);
});
