import { expect, it } from 'vitest';
import { settingColumns, settingsOf } from './server-settings.ts';

it('names what the server gives, and of its switches those that are off and should be on', () => {
  expect(settingColumns(['join_cache_level'])).toContain(
    '@@GLOBAL.join_cache_level AS join_cache_level, @@GLOBAL.optimizer_switch',
  );
  const row = {
    sort_buffer_size: '262144',
    join_cache_level: '2',
    join_buffer_size: null,
    version: '11.4.5',
    optimizer_switch: 'index_merge=on,semijoin=off,mrr=off,derived_merge=off',
  };
  expect(settingsOf(row, ['join_cache_level'])).toEqual({
    sort_buffer_size: '262144',
    join_cache_level: '2',
    optimizer_switch: 'semijoin=off,derived_merge=off',
  });
  expect(settingsOf({ optimizer_switch: 'semijoin=on,mrr=off' })).toEqual({});
});
