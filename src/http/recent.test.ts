import { expect, it } from 'vitest';
import { createRecent } from './recent.ts';

it('asks once for all who ask at the same time, and again when it is old', async () => {
  let [at, asked] = [0, 0];
  const recent = createRecent<number>({ kept_ms: 30, most: 2, now: () => at });
  const ask = async () => (asked += 1);
  expect(await Promise.all([recent('a', ask), recent('a', ask)])).toEqual([1, 1]);
  at = 14;
  expect(await recent('a', ask)).toBe(1);
  at = 44;
  expect(await recent('a', ask)).toBe(2);
});
it('asks anew behind the scenes, so that who goes on asking does not wait', async () => {
  let [at, asked] = [0, 0];
  const recent = createRecent<number>({ kept_ms: 30, most: 2, now: () => at });
  const ask = async () => (asked += 1);
  await recent('a', ask);
  at = 15;
  expect(await Promise.all([recent('a', ask), recent('a', ask), asked])).toEqual([1, 1, 2]);
  at = 31;
  expect([await recent('a', ask), asked]).toEqual([2, 3]);
});
it('what cannot be asked anew runs out, and then it is told', async () => {
  let at = 0;
  const recent = createRecent<number>({ kept_ms: 30, most: 2, now: () => at });
  const fail = () => Promise.reject(new Error('away'));
  await recent('a', async () => 1);
  at = 29;
  expect(await recent('a', fail)).toBe(1);
  at = 30;
  await expect(recent('a', fail)).rejects.toThrow('away');
});
it('says what it keeps, and asks nobody for it', async () => {
  let at = 0;
  const recent = createRecent<number>({ kept_ms: 30, most: 2, now: () => at });
  expect(recent.kept('a')).toBeUndefined();
  const asked = recent('a', async () => 1);
  expect([await recent.kept('a'), await asked]).toEqual([1, 1]);
  at = 30;
  expect(recent.kept('a')).toBeUndefined();
});
it('keeps no failure', async () => {
  const recent = createRecent<number>({ kept_ms: 30, most: 2, now: () => 0 });
  await expect(recent('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await recent('a', async () => 1)).toBe(1);
});
