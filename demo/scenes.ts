import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dialectOf } from '../src/dialects/index.ts';
import { createEngines } from '../src/engines/index.ts';
import type { EngineName } from '../src/model/engine-name.ts';
import { type MysqlVersion, startMysql } from '../test/support/mysql-server.ts';
import { startPostgres } from '../test/support/postgres-server.ts';
import { startWorkload } from './workload.ts';
import { connectAs, startMysqlWorkload } from './workload-mysql.ts';

/**
 * A real server with a shop in it, its application at work, and the collector's role made by the
 * very SQL that we print for people.
 */
export interface Scene {
  /** `PostgreSQL 18.4 on 127.0.0.1:40211 · shop with 312,000 rows · 14 statements running`. */
  headline: string;
  port: number;
  /** Lines of the target's manifest that differ from engine to engine. */
  connection: string[];
  /** Of the role that owns the tables, where an index that is advised can be built. */
  owner?: string;
  stop(): Promise<void>;
}

const here = dirname(fileURLToPath(import.meta.url));
const rows = (count: unknown) => `shop with ${Number(count).toLocaleString('en-US')} rows`;

export const scenes: Record<EngineName, (password: string) => Promise<Scene>> = {
  postgres: postgresScene,
  mysql: (password) => mysqlScene('mysql-9', password),
  mariadb: (password) => mysqlScene('mariadb-11.4', password),
};

async function postgresScene(password: string): Promise<Scene> {
  const server = await startPostgres({
    detached: true,
    settings: { track_activity_query_size: '4096', track_io_timing: 'on', autovacuum: 'on' },
    hba:
      'host all postgres 127.0.0.1/32 trust\nhost all shop_app 127.0.0.1/32 trust\n' +
      'host all all 127.0.0.1/32 scram-sha-256\n',
  });
  await server.sql('CREATE DATABASE shop');
  await server.sql(readFileSync(join(here, 'shop.sql'), 'utf8'), 'shop');
  await server.sql(
    createEngines().postgres.prerequisitesSql({
      role: 'dbintel',
      schemas: ['public'],
      database: 'shop',
    }),
    'shop',
  );
  await server.sql(
    `ALTER ROLE dbintel PASSWORD '${password}'; GRANT SELECT ` +
      'ON ALL TABLES IN SCHEMA public TO dbintel; SELECT pg_stat_statements_reset()',
    'shop',
  );
  const [size] = await server.sql(
    'SELECT sum(n_live_tup)::bigint AS n FROM pg_stat_user_tables',
    'shop',
  );
  const workload = await startWorkload({
    host: server.host,
    port: server.port,
    user: 'shop_app',
    database: 'shop',
  });
  await workload.begun;
  const [version] = await server.sql('SHOW server_version');
  return {
    owner: 'shop_app',
    headline:
      `PostgreSQL ${version?.['server_version']} on 127.0.0.1:${server.port} · ` +
      `${rows(size?.['n'])} · ${workload.statements} statements running`,
    port: server.port,
    connection: ['    database: shop'],
    async stop() {
      await workload.stop();
      await server.stop();
    },
  };
}

/** Without TLS they are asked for by name. */
const asksForMethods = '    requireAuth: [caching_sha2_password, mysql_native_password]';

async function mysqlScene(product: MysqlVersion, password: string): Promise<Scene> {
  const server = await startMysql({
    product,
    detached: true,
    settings: [
      '--performance-schema-max-sql-text-length=4096',
      '--performance-schema-max-digest-length=4096',
      '--max-digest-length=4096',
    ],
  });
  const engine = createEngines()[server.engine];
  await server.sql('CREATE DATABASE shop CHARACTER SET utf8mb4;');
  await server.sql(readFileSync(join(here, 'shop-mysql.sql'), 'utf8'), 'shop');
  await server.sql(
    engine.prerequisitesSql({ role: 'dbintel', schemas: ['shop'], database: 'shop' }),
  );
  await server.sql(`ALTER USER dbintel IDENTIFIED BY '${password}';`);
  await server.sql('CREATE USER shop_app;');
  await server.sql('GRANT SELECT, INSERT, UPDATE ON shop.* TO shop_app;');
  await server.sql('TRUNCATE performance_schema.events_statements_summary_by_digest;');
  const [size] = await server.sql(
    "SELECT SUM(TABLE_ROWS) AS n FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop'",
  );
  const workload = await startMysqlWorkload(connectAs(server.port, 'shop_app', 'shop'));
  await workload.begun;
  const [version] = await server.sql('SELECT VERSION() AS v');
  return {
    headline:
      `${dialectOf(server.engine).label} ${String(version?.['v']).replace(/-.*$/, '')} on ` +
      `127.0.0.1:${server.port} · ${rows(size?.['n'])} · ${workload.statements} statements ` +
      'running',
    port: server.port,
    connection: [asksForMethods],
    async stop() {
      await workload.stop();
      await server.stop();
    },
  };
}
