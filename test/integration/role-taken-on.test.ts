import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { cyclesOf, makeTarget, openSession, prepareServer } from '../support/target.ts';

/**
 * One logs in and takes on another role at once: ALTER ROLE … SET role, as credentials are made
 * that a vault hands out for an hour. The server asks of a signal whose login it is that it ends.
 */
let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
  await prepareServer(server);
  await server.sql(
    'CREATE ROLE monitoring ROLE dbintel; GRANT pg_read_all_stats TO monitoring; ' +
      'CREATE TABLE t (a int); GRANT SELECT ON t TO monitoring; ' +
      "CREATE FUNCTION stubborn() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; " +
      'ALTER ROLE dbintel RESET ALL; ALTER ROLE dbintel CONNECTION LIMIT -1; ' +
      "ALTER ROLE dbintel SET role = 'monitoring'",
  );
});
afterAll(() => server.stop());

const target = () =>
  makeTarget({
    port: server.port,
    spec: { collection: { minExecutionCount: 1 }, safety: { allowFunctions: ['public.stubborn'] } },
  });

it('what its planning runs and swallows a cancel is ended by the watchdog', async () => {
  await server.sql('SELECT a FROM t WHERE a = stubborn()');
  await server.sql(
    'CREATE OR REPLACE FUNCTION stubborn() RETURNS int ' +
      'LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN LOOP BEGIN PERFORM pg_sleep(30); ' +
      'EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$',
  );
  await cyclesOf(target()).run();
  const log = readFileSync(join(server.folder, 'server.log'), 'utf8');
  expect(log).not.toContain('permission denied to');
  expect(log).toContain('terminating connection due to administrator command');
});

it('the lock of a former owner that is still there is taken over', async () => {
  await using former = await openSession(target(), { epoch: 1 });
  expect(await former.lock()).toBe(true);
  await using next = await openSession(target(), { epoch: 2 });
  expect(await next.lock()).toBe(true);
});

it('what belongs to the login is mended of the role that logs in', async () => {
  await using session = await openSession(target());
  const remedies = Object.fromEntries(
    (await session.prerequisites()).map(({ name, remediation }) => [name, remediation]),
  );
  expect(remedies['connections']).toContain('ALTER ROLE dbintel CONNECTION LIMIT 4;');
  expect(remedies['own statistics']).toContain('ALTER ROLE dbintel SET pg_stat_statements.track');
});
