import { expect, it } from 'vitest';
import { makeTarget } from '../../test/support/target.ts';
import { systemClock } from '../base/node/clock.ts';
import type { EngineName } from '../model/engine-name.ts';
import { connectOptions } from './connect-options.ts';

const reached = (engine: EngineName, port?: number) => {
  const target = makeTarget({ engine, port: port ?? 1 });
  const { port: _, ...connection } = target.spec.connection;
  const spec = { ...target.spec, connection: { ...connection, ...(port ? { port } : {}) } };
  return connectOptions(
    {
      target: { ...target, spec },
      credentials: { username: 'builder', password: 'pw' },
      clock: systemClock,
      signal: new AbortController().signal,
    },
    'shop',
    'dbintel-executor/1',
  );
};

it.each([
  ['postgres', 5_432],
  ['mysql', 3_306],
  ['mariadb', 3_306],
] as const)('%s is reached at its own port where none is named', (engine, port) => {
  expect(reached(engine)).toMatchObject({ host: '127.0.0.1', port, database: 'shop' });
  expect(reached(engine, 7_000).port).toBe(7_000);
});
