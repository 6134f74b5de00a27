import { expect, it } from 'vitest';
import { readConfig } from './config.ts';

it('names every variable that is wrong, and quotes none: one of them is a secret', () => {
  const wrong = { DBINTEL_STATE: 'hunter2', DBINTEL_REDIS_MODE: 'hunter3' };
  const read = () => readConfig({}, wrong);
  expect(read).toThrow(expect.objectContaining({ code: 'invalid_config' }));
  expect(read).toThrow(/DBINTEL_STATE: [^]*DBINTEL_REDIS_MODE: /);
  expect(read).not.toThrow(/hunter/);
});

it('a flag of the command goes before the environment', () => {
  const { DBINTEL_STATE } = readConfig({ DBINTEL_STATE: 'memory' }, { DBINTEL_STATE: 'sqlite' });
  expect(DBINTEL_STATE).toBe('memory');
});
