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

it('a line break at the end of a Secret is not meant', () => {
  const { DBINTEL_REDIS_PASSWORD, DBINTEL_API_TOKEN } = readConfig(
    {},
    { DBINTEL_REDIS_PASSWORD: 'p w \n', DBINTEL_API_TOKEN: '0123456789abcdef\r\n' },
  );
  expect([DBINTEL_REDIS_PASSWORD, DBINTEL_API_TOKEN]).toEqual(['p w ', '0123456789abcdef']);
});

it.each([
  ['postgres://u:p@one:5432,two:5432/db?target_session_attrs=read-write', false],
  ['postgres://u:p@one,two/db', false],
  ['postgres://u:a/b@host:5432/db', false],
  ['postgres://u:p@host:5432/db?sslmode=require', true],
  ['postgresql://u:p@[::1]/db', true],
  ['postgres:///db?host=/var/run/postgresql', true],
])('a history is of one server: %s', (url, fits) => {
  const read = () => readConfig({}, { DBINTEL_HISTORY_URL: url });
  if (fits) expect(read().DBINTEL_HISTORY_URL).toBe(url);
  else expect(read).toThrow(/DBINTEL_HISTORY_URL: no address of one server .* %40/);
});
