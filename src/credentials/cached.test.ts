import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { cached } from './cached.ts';
import type { Asked } from './provider.ts';

const hour_ms = 3_600_000;

function start(lifetime_ms?: number) {
  const clock = createFakeClock();
  let reads = 0;
  const provider = cached<{ name: string }>(
    {
      async resolve() {
        reads += 1;
        const values = { password: `pw-${reads}` };
        return lifetime_ms === undefined
          ? { values }
          : { values, expiresAt: clock.now() + lifetime_ms };
      },
    },
    clock,
  );
  const ask = async (over: Partial<Asked<{ name: string }>> = {}) => {
    const asked = { ref: { name: 's' }, namespace: 'n', label: 'n/t', keys: ['password'] };
    return (await provider.resolve({ ...asked, fresh: false, ...over })).values['password'];
  };
  return { clock, ask };
}

it('is asked once an hour, and at once when the server refused what it said', async () => {
  const { clock, ask } = start();
  expect([await ask(), await ask()]).toEqual(['pw-1', 'pw-1']);
  expect([await ask({ fresh: true }), await ask()]).toEqual(['pw-2', 'pw-2']);
  await clock.advance(hour_ms - 1);
  expect(await ask()).toBe('pw-2');
  await clock.advance(1);
  expect(await ask()).toBe('pw-3');
});

it('of one namespace is not another’s, nor one key another', async () => {
  const { ask } = start();
  expect([
    await ask(),
    await ask({ namespace: 'm' }),
    await ask({ ref: { name: 'r' } }),
    await ask({ keys: ['ca.crt'] }),
    await ask(),
  ]).toEqual(['pw-1', 'pw-2', 'pw-3', 'pw-4', 'pw-1']);
});

it('what expires is not given out any more while a cycle could still use it', async () => {
  const { clock, ask } = start(900_000);
  await ask();
  await clock.advance(900_000 - 120_001);
  expect(await ask()).toBe('pw-1');
  await clock.advance(1);
  expect(await ask()).toBe('pw-2');
});
