import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import {
  prepareValidation,
  validateOne,
  type WorldKind,
  worlds,
} from '../support/validation-world.ts';

/**
 * Approved indexes on real load, once each; `make bench ONLY=validation` does it a hundred times.
 */
let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
  await prepareValidation(server);
});
afterAll(() => server.stop());

it.each(Object.keys(worlds) as WorldKind[])('an index that %s', async (kind) => {
  expect(await validateOne(server, kind, 1)).toBe(worlds[kind].ends);
});
