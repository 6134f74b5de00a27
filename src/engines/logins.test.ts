import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { AppError } from '../base/errors.ts';
import type { Credentials } from '../model/credentials.ts';
import { createLogins } from './logins.ts';

const as = (password: string): Credentials => ({ username: 'builder', password });
const world = (credentialsNow?: () => Promise<Credentials>) => {
  const clock = createFakeClock();
  const tried: (string | undefined)[] = [];
  const good = { now: 'old' };
  const logins = createLogins({ credentials: as('old'), credentialsNow, clock });
  const logIn = () =>
    logins.with(async ({ password }) => {
      tried.push(password);
      if (password !== good.now) throw new AppError('authentication_failed', 'refused');
    });
  return { clock, tried, good, logIn };
};
const refused = { code: 'authentication_failed' };

it('a password that was changed is taken as soon as it can be read', async () => {
  let now = 'old';
  const { clock, tried, good, logIn } = world(async () => as(now));
  await logIn();
  await logIn();
  good.now = 'new';
  await expect(logIn()).rejects.toMatchObject(refused);
  await clock.advance(11_000);
  await expect(logIn()).rejects.toMatchObject(refused);
  now = 'new';
  await clock.advance(11_000);
  await logIn();
  expect(tried).toEqual(['old', 'old', 'old', 'new']);
});

it('one that is refused is tried again further and further apart', async () => {
  const { clock, tried, good, logIn } = world(async () => as('old'));
  good.now = 'new';
  for (let second = 0; second < 12 * 3_600; second += 2) {
    await expect(logIn()).rejects.toMatchObject(refused);
    await clock.advance(2_000);
  }
  expect(tried.length).toBeGreaterThan(5);
  expect(tried.length).toBeLessThan(20);
  good.now = 'old';
  await clock.advance(3_600_000);
  await logIn();
});

it('where nobody provides them now, the last that are known are tried', async () => {
  const { tried, good, logIn } = world(() =>
    Promise.reject(new AppError('cluster_failed', 'no answer')),
  );
  for (let i = 0; i < 3; i += 1) await logIn();
  good.now = 'new';
  await expect(logIn()).rejects.toMatchObject(refused);
  expect(tried.length).toBe(4);
});
