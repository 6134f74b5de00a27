import { type Connection, createConnection } from 'mysql2/promise';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { prepareMysql } from '../support/target.ts';
import type { World } from './case.ts';
import { keptData } from './kept-data.ts';
import { copySchema } from './mysql-copy.ts';
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

/**
 * MySQL and MariaDB: a copy is a schema with the tables that its cases need. Roles have no settings
 * there: while cases with some are run and collected, all have them.
 */
const settings = [
  '--innodb-buffer-pool-size=256M',
  '--innodb-doublewrite=0',
  // Texts with values are had from it: of all that is run between two cycles.
  '--performance-schema-events-statements-history-long-size=20000',
];

export async function mysqlStage(name: ServerName, world: World): Promise<Stage> {
  const product = name as 'mysql-9' | 'mariadb-11.4';
  const { server, origin } = await keptData(name, world, {
    start: (dataFrom) => startMysql({ product, settings, ...(dataFrom ? { dataFrom } : {}) }),
    load,
  });
  const root = await server.client();
  await prepareMysql(server, []);
  const first = firstCopy(origin);
  let changed: string[] = [];
  return {
    engine: server.engine,
    port: server.port,
    origin,
    async copy(copy, tables) {
      // It comes with the kept data.
      if (copy !== first) await copySchema(root, origin, copy, tables);
      await root.query(
        `GRANT SELECT, INSERT, UPDATE, DELETE, SHOW VIEW ON \`${copy}\`.* TO dbintel`,
      );
      await root.query(`GRANT ALL ON \`${copy}\`.* TO app`);
    },
    drop: async (copy) => void (copy === first || (await root.query(`DROP DATABASE \`${copy}\``))),
    // InnoDB purges by itself.
    tidy: async () => undefined,
    run: (statements, database) => runAll(server, statements, database),
    open: (database) => openApplication(server, database),
    counters: (database) => countersOf(root, database),
    indexes: (database) => indexesOf(root, database),
    async dropIndexes(database, indexes) {
      for (const { table, name } of indexes)
        await root.query(`DROP INDEX \`${name}\` ON \`${database}\`.\`${table}\``);
    },
    async setForAll(of) {
      await setGlobally(root, changed, of);
      changed = Object.keys(of);
    },
    async stop() {
      await root.end();
      await server.stop();
    },
  };
}

/** A copy of all of the world, for cases that change nothing. */
export const firstCopy = (origin: string): string => `${origin}_1`;

async function load(server: MysqlServer, world: World, origin: string): Promise<void> {
  await server.sql(`CREATE DATABASE ${origin};`);
  await server.sql(`CREATE USER app IDENTIFIED BY '${applicationPassword}';`);
  await server.sql(`GRANT ALL ON \`${origin}\`.* TO app;`);
  await runAll(server, world.load(server.engine), origin);
  const client = await server.client();
  await copySchema(client, origin, firstCopy(origin), 'all');
  await client.end();
}

async function runAll(
  server: MysqlServer,
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
  { port, engine }: MysqlServer,
  database: string,
): Promise<Application> {
  const client = await createConnection({
    host: '127.0.0.1',
    port,
    user: 'app',
    password: applicationPassword,
    database,
  });
  await client.query(
    engine === 'mysql'
      ? `SET SESSION max_execution_time = ${callTimeout_s * 1_000}`
      : `SET SESSION max_statement_time = ${callTimeout_s}`,
  );
  return {
    query: async (sql) => void (await client.query(sql)),
    // A statement is counted after the answer is sent, and before the next is read.
    settled: async () => void (await client.query('DO 0')),
    close: () => client.end(),
  };
}

const countersSql = `
SELECT DIGEST AS id, DIGEST_TEXT AS query, COUNT_STAR AS calls, SUM_TIMER_WAIT / 1e9 AS ms,
  SUM_ROWS_EXAMINED AS looked
FROM performance_schema.events_statements_summary_by_digest
WHERE SCHEMA_NAME = ? AND DIGEST IS NOT NULL`;

async function countersOf(root: Connection, database: string): Promise<Counters[]> {
  const [rows] = await root.query(countersSql, [database]);
  return (rows as Record<string, unknown>[])
    .filter(({ query }) => !isSurroundings(String(query)))
    .map((row) => ({
      id: String(row['id']),
      calls: Number(row['calls']),
      ms: Number(row['ms']),
      looked: Number(row['looked']),
    }));
}

async function indexesOf(root: Connection, database: string): Promise<IndexName[]> {
  const [rows] = await root.query(
    `SELECT DISTINCT TABLE_NAME AS \`table\`, INDEX_NAME AS name FROM information_schema.STATISTICS
     WHERE TABLE_SCHEMA = ?`,
    [database],
  );
  return rows as IndexName[];
}

async function setGlobally(
  root: Connection,
  before: readonly string[],
  of: Settings,
): Promise<void> {
  for (const name of before) await root.query(`SET GLOBAL ${name} = DEFAULT`);
  for (const [name, value] of Object.entries(of))
    await root.query(`SET GLOBAL ${name} = ?`, [/^\d+$/.test(value) ? Number(value) : value]);
}
