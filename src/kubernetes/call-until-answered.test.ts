import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { seededRandom } from '../base/random.ts';
import { type Attempt, callUntilAnswered, type Patience } from './call-until-answered.ts';
import { kubeError } from './kube-error.ts';

const failed = (status: number, retryAfter?: string): Attempt => ({
  kind: 'failure',
  error: kubeError('GET /', status, { message: 'no' }, retryAfter),
});

/** When each attempt was made, and how it ended. */
async function call(attempts: Attempt[], patience: Patience = {}, random = seededRandom(1)) {
  const clock = createFakeClock();
  const began = clock.monotonic();
  const at: number[] = [];
  const answer = callUntilAnswered(
    async () => {
      at.push(clock.monotonic() - began);
      return attempts[at.length - 1] ?? failed(503);
    },
    patience,
    { clock, random },
  ).catch((error: unknown) => (error as { status: number }).status);
  await clock.advance(60_000);
  return { at, ended: await answer };
}

it('busy and lost is tried again, and what the server says of when is kept to', async () => {
  const { at, ended } = await call([
    failed(0),
    failed(429, '3'),
    { kind: 'answer', answer: 'yes' },
  ]);
  expect(ended).toBe('yes');
  expect((at[2] ?? 0) - (at[1] ?? 0)).toBeGreaterThanOrEqual(3_000);
});

it('many who are told the same do not come back in step', async () => {
  const random = seededRandom(1);
  const answers = [failed(429, '1'), { kind: 'answer', answer: 'yes' } as const];
  const calls = await Promise.all(Array.from({ length: 40 }, () => call(answers, {}, random)));
  const second = calls.map(({ at }) => at[1] ?? 0);
  expect(Math.min(...second)).toBeGreaterThanOrEqual(1_000);
  expect(Math.max(...second)).toBeLessThanOrEqual(2_000);
  expect(new Set(second.map((ms) => Math.floor(ms / 100))).size).toBeGreaterThan(7);
});

it('refused stays refused', async () => {
  expect(await call([failed(403)])).toEqual({ at: [0], ended: 403 });
});

it('what must not be sent twice is not, unless the server says that it has not taken it', async () => {
  expect(await call([failed(0)], { once: true })).toEqual({ at: [0], ended: 0 });
  expect((await call([failed(503), failed(409)], { once: true })).ended).toBe(409);
});

it('ends with the last failure when no attempt fits into its time any more', async () => {
  const { at, ended } = await call([], { timeout_ms: 2_000 });
  expect(ended).toBe(503);
  expect(Math.max(...at)).toBeLessThanOrEqual(2_000);
});
