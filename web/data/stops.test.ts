import { afterEach, expect, it, vi } from 'vitest';
import { resume } from './stops.ts';

const answers = (status: number, error: string) =>
  vi.stubGlobal('fetch', async () => Response.json({ error, message: 'why' }, { status }));
afterEach(() => vi.unstubAllGlobals());

it('a stop that somebody else has lifted meanwhile is lifted', async () => {
  answers(404, 'not_found');
  expect(await resume({ id: 's-1' })).toBeUndefined();
});
it('one that stays in force is told', async () => {
  answers(409, 'emergency_stop');
  await expect(resume({ id: 's-1' })).rejects.toThrow('why');
});
