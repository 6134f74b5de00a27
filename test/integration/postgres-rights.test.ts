import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCycle } from '../../src/collection/cycle.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { freshState } from '../../src/collection/target-state.ts';
import { createPostgresEngine } from '../../src/engines/postgres/engine.ts';
import type { BatchQuery } from '../../src/model/batch.ts';
import { refused } from '../../src/model/refusal.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { dbintel } from '../support/program.ts';
import { cycleDepsFor, makeTarget, openSession, prepareServer } from '../support/target.ts';

/**
 * The role that we print: what it may, and what is said where it may not, or where its connections
 * are used up.
 */
let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
  await server.sql(
    'CREATE ROLE app LOGIN; CREATE SCHEMA ext; CREATE EXTENSION pg_stat_statements SCHEMA ' +
      'ext; REVOKE ALL ON SCHEMA ext FROM PUBLIC',
  );
  await server.sql(
    'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC; GRANT CONNECT ON DATABASE postgres TO app',
  );
  await prepareServer(server);
});
afterAll(() => server.stop());

const deps = () => {
  const target = makeTarget({
    port: server.port,
    spec: {
      collection: { maxQueriesPerCycle: 100, minExecutionCount: 1 },
      safety: { explains: { perSecond: 1_000, burst: 1_000 }, databaseTimeBudget: '100%' },
    },
  });
  const settings = cycleSettings(target.spec);
  return { target, state: freshState(Date.now(), settings.explains, settings.databaseTime) };
};
async function collect() {
  const { target, state } = deps();
  return (await runCycle(state, cycleDepsFor(target), new AbortController().signal)).batch;
}
const connections = async () => {
  await using session = await openSession(deps().target);
  return (await session.prerequisites()).find(({ name }) => name === 'connections');
};

it('the printed SQL is enough where the extension’s schema and the database are closed to all others', async () => {
  await server.sql('SELECT ext.pg_stat_statements_reset()');
  await server.sql(
    'CREATE TABLE plain (id int PRIMARY KEY); GRANT SELECT ON plain TO dbintel; SELECT id ' +
      'FROM plain WHERE id = 3',
  );
  const { queries } = await collect();
  expect(queries.find(({ text }) => text?.includes('FROM plain'))?.result).toHaveProperty('plan');
});

it.each(['Odd "role"', 'user', 'dbintel2'])(
  'the printed SQL creates a role of any name: %s',
  async (role) => {
    const sql = (via: 'direct' | 'function') =>
      createPostgresEngine().prerequisitesSql({
        role,
        schemas: ['public'],
        database: 'postgres',
        via,
        roles: ['app', 'Odd "app"', 'order'],
      });
    await server.sql(
      'DROP ROLE IF EXISTS "Odd ""app""", "order"; CREATE ROLE "Odd ""app"""; CREATE ROLE "order"',
    );
    await server.sql(sql('direct'));
    await server.sql(sql('function').replace(/^CREATE ROLE.*$/m, ''));
    await server.sql(sql('function').replace(/^CREATE ROLE.*$/m, '')); // again, as after an update
    const [found] = await server.sql(
      "SELECT array_agg(proname::text || '=' || proowner::regrole " +
        'ORDER BY proname) AS functions FROM pg_proc WHERE pronamespace = ' +
        "'dbintel_explain'::regnamespace",
    );
    expect(found?.['functions']).toHaveLength(3);
    await server.sql('DROP SCHEMA dbintel_explain CASCADE; DROP OWNED BY "Odd ""app""", "order"');
  },
);

it.each([
  ['no roles for functions', '--via', 'function'],
  ['roles without functions', '--roles', 'app'],
  ['procedures on PostgreSQL', '--via', 'procedure'],
  ['functions on MySQL', '--engine', 'mysql', '--via', 'function', '--roles', 'app'],
  ['a way that is not there', '--via', 'magic'],
])('printing the SQL is wrong use with %s', async (_, ...args) => {
  expect(await dbintel(['prerequisites', '--print-sql', ...args])).toMatchObject({
    code: 2,
    stdout: '',
  });
});

describe('rights that a statement needs, in the tree of its text', () => {
  let queries: readonly BatchQuery[];
  const cases: [what: string, text: string, part: string, detail: string | undefined][] = [
    ['SELECT', 'SELECT a AS r_select FROM readable WHERE a = 1', 'r_select', undefined],
    [
      'FOR UPDATE',
      'SELECT a AS r_lock FROM readable WHERE a = 1 FOR UPDATE',
      'r_lock',
      'UPDATE on public.readable',
    ],
    [
      'FOR SHARE OF an alias',
      'SELECT x.a AS r_share FROM readable x, writable y WHERE x.a = y.a FOR SHARE OF x',
      'r_share',
      'UPDATE on public.readable',
    ],
    [
      'FOR UPDATE OF the other table',
      'SELECT x.a AS r_other FROM readable x, writable y WHERE x.a = y.a FOR UPDATE OF y',
      'r_other',
      undefined,
    ],
    [
      'FOR UPDATE over a subquery',
      'SELECT q.a AS r_sub FROM (SELECT a FROM readable) q FOR UPDATE',
      'r_sub',
      'UPDATE on public.readable',
    ],
    [
      'FOR UPDATE inside',
      'SELECT a AS r_in FROM writable WHERE a IN (SELECT a FROM readable FOR UPDATE)',
      'r_in',
      'UPDATE on public.readable',
    ],
    [
      'FOR UPDATE over a CTE, which it does not lock',
      'WITH readable AS (SELECT 1 AS a) SELECT readable.a AS r_cte ' +
        'FROM readable, writable FOR UPDATE OF writable',
      'r_cte',
      undefined,
    ],
    [
      'DELETE in a CTE',
      'WITH gone AS (DELETE FROM readable WHERE a = -1 RETURNING a AS r_gone) SELECT r_gone ' +
        'FROM gone',
      'r_gone',
      'DELETE on public.readable',
    ],
    [
      'INSERT in a CTE',
      'WITH more AS (INSERT INTO readable (a) VALUES (-5) RETURNING a AS r_more) ' +
        'SELECT r_more FROM more',
      'r_more',
      'INSERT on public.readable',
    ],
    [
      'MERGE that deletes',
      'MERGE INTO readable r_md USING writable w ON r_md.a = w.a + 900 WHEN MATCHED THEN DELETE',
      'r_md',
      'DELETE on public.readable',
    ],
    [
      'MERGE that inserts',
      'MERGE INTO readable r_mi USING writable w ON r_mi.a = w.a WHEN NOT MATCHED ' +
        'AND w.a < 0 THEN INSERT (a) VALUES (w.a)',
      'r_mi',
      'INSERT on public.readable',
    ],
    [
      'MERGE of what may be written',
      'MERGE INTO writable r_mw USING readable r ON r_mw.a = r.a ' +
        'AND r.a < 0 WHEN MATCHED THEN UPDATE SET b = r.b',
      'r_mw',
      undefined,
    ],
    [
      'ON CONFLICT DO UPDATE',
      'INSERT INTO insertable AS r_oc (a) VALUES (-2) ON CONFLICT (a) DO UPDATE SET b = 2',
      'r_oc',
      'UPDATE on public.insertable',
    ],
    [
      'INSERT alone',
      'INSERT INTO insertable AS r_ia (a) VALUES (-3) ON CONFLICT DO NOTHING',
      'r_ia',
      undefined,
    ],
    [
      'RETURNING',
      'INSERT INTO insertable AS r_re (a) VALUES (-4) RETURNING a',
      'r_re',
      'SELECT on public.insertable',
    ],
    [
      'UPDATE with a condition',
      'UPDATE updatable r_uc SET b = 1 WHERE a = -1',
      'r_uc',
      'SELECT on public.updatable',
    ],
    ['UPDATE without one', 'UPDATE updatable r_un SET b = 1', 'r_un', undefined],
    [
      'UPDATE … FROM',
      'UPDATE writable r_uf SET b = 1 FROM hidden h WHERE h.a = r_uf.a AND h.a < 0',
      'r_uf',
      'SELECT on public.hidden',
    ],
  ];
  beforeAll(async () => {
    const tables = ['readable', 'writable', 'insertable', 'updatable', 'hidden'];
    for (const name of tables)
      await server.sql(`CREATE TABLE ${name} (a int PRIMARY KEY, b int);
        GRANT ALL ON ${name} TO app; REVOKE ALL ON ${name} FROM dbintel`);
    await server.sql(`INSERT INTO readable SELECT generate_series(1, 9);
      INSERT INTO writable SELECT generate_series(1, 9);
      GRANT SELECT ON readable TO dbintel; GRANT SELECT, UPDATE ON writable TO dbintel;
      GRANT INSERT ON insertable TO dbintel; GRANT UPDATE ON updatable TO dbintel`);
    await server.sql('SELECT ext.pg_stat_statements_reset()');
    const client = await server.client();
    await client.query('SET ROLE app');
    for (const [, text] of cases) await client.query(text);
    await client.end();
    ({ queries } = await collect());
  });

  it.each(cases)('%s', (_, __, part, detail) => {
    const found = queries.find(({ text }) => text?.includes(part));
    if (detail === undefined) expect(found?.result).toHaveProperty('plan');
    else expect(found?.result).toMatchObject(refused('insufficient_privilege', detail));
  });
});

describe('the limit of connections', () => {
  it.each([
    [4, 'ok'],
    [2, 'ok'],
    [400, 'ok'],
    [-1, 'warning'],
  ])('CONNECTION LIMIT %i: %s, and the remedy is taken', async (limit, verdict) => {
    await server.sql(`ALTER ROLE dbintel CONNECTION LIMIT ${limit}`);
    const found = await connections();
    expect(found?.verdict).toBe(verdict);
    if (found?.remediation) await server.sql(found.remediation);
    expect(await connections()).toMatchObject({ verdict: 'ok' });
  });

  it('a refused connection says whose limit it met', async () => {
    const refused = async () => (await collect()).cycle.outcome;
    await server.sql('ALTER ROLE dbintel CONNECTION LIMIT 0');
    expect(await refused()).toMatchObject({
      error: 'connection_failed',
      detail: expect.stringContaining('CONNECTION LIMIT of the collector’s own role'),
    });
    await server.sql('ALTER ROLE dbintel CONNECTION LIMIT 1'); // for the lock, and none for EXPLAIN
    await server.sql('SELECT a FROM readable WHERE a = 2');
    expect(await refused()).toMatchObject({
      error: expect.stringMatching(/connection_failed|prerequisite_missing/),
    });
    await server.sql(
      'ALTER ROLE dbintel CONNECTION LIMIT 4; ALTER DATABASE postgres CONNECTION LIMIT 0',
    );
    expect(await refused()).toMatchObject({
      error: 'connection_failed',
      detail: expect.stringContaining('CONNECTION LIMIT of the database'),
    });
    await server.sql('ALTER DATABASE postgres CONNECTION LIMIT -1');
    const held: Awaited<ReturnType<typeof server.client>>[] = [];
    for (let full = false; !full; )
      await server.client().then(
        (client) => held.push(client),
        () => (full = true),
      );
    expect(await refused()).toMatchObject({
      error: 'connection_failed',
      detail: expect.stringContaining('max_connections of the server'),
    });
    const [first, second] = held.splice(0, 2);
    await Promise.all([first?.end(), second?.end()]);
    expect(await refused()).toMatchObject({
      error: 'connection_failed',
      detail: expect.stringContaining('reserves for administrators'),
    });
    await Promise.all(held.map((client) => client.end()));
  });
});
