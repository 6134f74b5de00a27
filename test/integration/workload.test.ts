import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import { type PostgresServer, startPostgres, temporaryFolder } from '../support/postgres-server.ts';
import { cyclesOf, makeTarget, prepareServer } from '../support/target.ts';

/** What a real cycle learned of a statement is what is asked of the history later. */
let server: PostgresServer;
const folder = temporaryFolder('workload');
const history = openSqliteHistory(join(folder, 'history.db'));

beforeAll(async () => {
  server = await startPostgres();
  await prepareServer(server);
  await server.sql(
    'CREATE TABLE orders (id int PRIMARY KEY, n int); ' +
      'INSERT INTO orders SELECT g, g FROM generate_series(1, 9000) g; ANALYZE orders; ' +
      'GRANT SELECT ON orders TO dbintel',
  );
});
afterAll(async () => {
  await history.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

it('gives each statement with its weight, plan, shape and the facts of its tables', async () => {
  const client = await server.client();
  for (let i = 0; i < 6; i += 1) await client.query('SELECT id FROM orders WHERE n = $1', [i]);
  await client.end();
  const target = makeTarget({ port: server.port });
  const { batch } = await cyclesOf(target).run();
  await history.record(batch);
  const question = { target: target.uid, since: 0, signal: new AbortController().signal };
  const statements = await Array.fromAsync(history.workload(question));
  expect(statements).toContainEqual(
    expect.objectContaining({
      text: 'SELECT id FROM orders WHERE n = $1',
      plan: expect.objectContaining({ engine: 'postgres' }),
      shape: expect.objectContaining({
        comparisons: [expect.objectContaining({ column: 'n', operator: '=', with: 'value' })],
      }),
      facts: [
        expect.objectContaining({
          name: 'orders',
          rows: 9_000,
          indexes: [expect.objectContaining({ name: 'orders_pkey' })],
        }),
      ],
    }),
  );
});
