import { expect, it } from 'vitest';
import { settingsOf } from './settings.ts';

it('what EXPLAIN does not print is at its default', () => {
  const settings = { work_mem: '64kB', enable_nestloop: 'off' };
  expect(settingsOf({ settings }, 18)).toMatchObject({
    work_mem: '64kB',
    enable_nestloop: 'off',
    hash_mem_multiplier: '2',
    join_collapse_limit: '8',
  });
  expect(settingsOf({ settings: {} }, 14)).toMatchObject({
    work_mem: '4MB',
    hash_mem_multiplier: '1',
  });
});
