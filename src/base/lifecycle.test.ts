import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createLifecycle } from './lifecycle.ts';

it('parts stop once, in reverse, whatever one of them throws', async () => {
  const order: string[] = [];
  const parts = createLifecycle();
  for (const name of ['a', 'b', 'c']) {
    parts.add(name, () => {
      order.push(name);
      if (name === 'b') throw new Error('no');
    });
  }
  const [failures] = await Promise.all([parts.stop(), parts.stop()]);
  expect(order).toEqual(['c', 'b', 'a']);
  expect(failures.map(({ name }) => name)).toEqual(['b']);
});

it('a part that never stops is named, and nobody waits longer for it', async () => {
  const clock = createFakeClock();
  const parts = createLifecycle();
  parts.add('stuck', () => new Promise<void>(() => undefined));
  parts.add('broken', () => Promise.reject(new Error('no')));
  const stopped = parts.stopWithin(1_000, clock);
  await clock.advance(1_000);
  expect((await stopped).map(({ name }) => name)).toEqual(['broken', 'stuck']);
});
