import pg from 'pg';
import {
  type PostgresServer,
  type PostgresVersion,
  startPostgres,
} from '../support/postgres-server.ts';
import { prepareServer } from '../support/target.ts';
import type { World } from './case.ts';
import { keptData } from './kept-data.ts';
import type { ServerName } from './result.ts';
import {
  type Application,
  applicationPassword,
  type Counters,
  callTimeout_s,
  type IndexName,
  isSurroundings,
  type Settings,
  type Stage,
} from './stage.ts';

/** PostgreSQL: a copy is a database made of the world's as a template. */
const settings = {
  // What a copy is like is the case's to say.
  autovacuum: 'off',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '1h',
  'pg_stat_statements.max': '10000',
};

export async function postgresStage(name: ServerName, world: World): Promise<Stage> {
  const version = name.replace('postgres-', '') as PostgresVersion;
  const { server, origin } = await keptData(name, world, {
    start: (dataFrom) => startPostgres({ version, settings, ...(dataFrom ? { dataFrom } : {}) }),
    load,
  });
  const watching = await server.client();
  const roles = new Map<string, string>();
  return {
    engine: 'postgres',
    port: server.port,
    origin,
    async copy(copy, tables) {
      await server.sql(`CREATE DATABASE ${copy} TEMPLATE ${origin}`);
      // A new database knows nothing of when its tables were looked at.
      await server.sql(`VACUUM ANALYZE ${tables.map(quoteName).join(', ')}`, copy);
    },
    drop: async (copy) => void (await server.sql(`DROP DATABASE ${copy} WITH (FORCE)`)),
    tidy: async (database, tables) =>
      void (await server.sql(`VACUUM ${tables.map(quoteName).join(', ')}`, database)),
    run: (statements, database) => runAll(server, statements, database),
    open: async (database, of) => openApplication(server, database, await roleWith(of)),
    counters: (database) => countersOf(watching, database),
    indexes: async (database) => (await server.sql(indexesSql, database)) as unknown as IndexName[],
    // The copy goes, and its indexes with it.
    dropIndexes: async () => undefined,
    setForAll: async () => undefined,
    async stop() {
      await watching.end();
      await server.stop();
    },
  };

  async function roleWith(of: Settings): Promise<string> {
    const key = JSON.stringify(of);
    if (key === '{}') return 'app';
    const role = roles.get(key) ?? `app_${roles.size + 1}`;
    if (roles.has(key)) return role;
    roles.set(key, role);
    await server.sql(`CREATE ROLE ${role} LOGIN PASSWORD '${applicationPassword}' IN ROLE app`);
    for (const [setting, value] of Object.entries(of))
      await server.sql(`ALTER ROLE ${role} SET ${setting} = ${pg.escapeLiteral(value)}`);
    return role;
  }
}

const quoteName = (table: string) => table.split('.').map(pg.escapeIdentifier).join('.');

/** The collector may also write: only then is a write planned for it. */
async function load(server: PostgresServer, world: World, origin: string): Promise<void> {
  await server.sql(`CREATE ROLE app LOGIN PASSWORD '${applicationPassword}'`);
  await server.sql('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  await server.sql(`CREATE DATABASE ${origin}`);
  await prepareServer(server, origin);
  await server.sql(
    `
    CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
    ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app;
    ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO app;
    ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO dbintel;`,
    origin,
  );
  await runAll(server, world.load('postgres'), origin);
  await server.sql('CHECKPOINT');
}

async function runAll(
  server: PostgresServer,
  statements: readonly string[],
  database: string,
): Promise<void> {
  const client = await server.client(database);
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function openApplication(
  { port }: PostgresServer,
  database: string,
  user: string,
): Promise<Application> {
  const password = applicationPassword;
  const client = new pg.Client({ host: '127.0.0.1', port, user, password, database });
  await client.connect();
  await client.query(`SET statement_timeout = '${callTimeout_s}s'`);
  return {
    query: async (sql) => void (await client.query(sql)),
    // A statement is counted before the server says that it is done.
    settled: async () => undefined,
    close: () => client.end(),
  };
}

const indexesSql = `SELECT tablename AS "table", indexname AS name FROM pg_indexes
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`;

const countersSql = `
SELECT s.queryid::text AS id, s.query, sum(s.calls)::float8 AS calls,
  sum(s.total_exec_time) AS ms,
  sum(s.shared_blks_hit + s.shared_blks_read + s.local_blks_hit + s.local_blks_read
    + s.temp_blks_read + s.temp_blks_written)::float8 AS looked
FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.userid
WHERE d.datname = $1 AND r.rolname LIKE 'app%' AND s.toplevel GROUP BY 1, 2`;

async function countersOf(watching: pg.Client, database: string): Promise<Counters[]> {
  const { rows } = await watching.query(countersSql, [database]);
  return rows
    .filter(({ query }) => !isSurroundings(query))
    .map(({ id, calls, ms, looked }) => ({ id, calls, ms, looked }));
}
