import { expect, it } from 'vitest';
import { AppError } from '../../base/errors.ts';
import { failureOf } from './index-work.ts';

it.each([
  ['its tmpdir is full', 1878, 'no_space'],
  ['it could not sort', 1034, 'sort_failed'],
  ['more was written beside it than its log holds', 1799, 'online_log_full'],
])('says that %s', (_, errno, reason) => {
  const cause = Object.assign(new Error('refused'), { errno, sqlState: 'HY000' });
  const error = new AppError('connection_failed', 'refused', { cause });
  expect(failureOf(error)).toEqual({ reason, final: true });
});
