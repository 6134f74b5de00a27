import type { EngineName } from '../src/model/engine-name.ts';
import { type MysqlServer, type MysqlVersion, startMysql } from '../test/support/mysql-server.ts';
import { asApp } from '../test/support/mysql-shop.ts';
import { type PostgresServer, startPostgres } from '../test/support/postgres-server.ts';
import { prepareMysql, prepareServer } from '../test/support/target.ts';
import { countOurs, serverCounts } from './contenders.ts';
import { alternate, type Figure, type Pair, type Values } from './figures.ts';
import { sleep } from './harness.ts';
import type { Revision } from './revision.ts';
import { startStandalone } from './standalone.ts';

/**
 * What a target costs its server, facts about its tables included: the time of all that the
 * collector sends, from the first cycle on: as PostgreSQL counts it, and as the collector waits for
 * it on MySQL and MariaDB, which do not count it (its sessions have themselves left out). The three
 * servers side by side, each with the two revisions in turns.
 */
const rounds = 3;
const tables = 24;
const statementsOfTable = 4;
/** Until all statements have been looked at. */
const first_s = 20;
/** Four cycles more. */
const later_s = 40;

const products = ['postgres', 'mysql-9', 'mariadb-11.4'] as const;
type Product = (typeof products)[number];
const figuresOf = (product: Product) => [`${product}: first sight`, `${product}: four cycles more`];
const both = (product: Product) => `${product}: both`;

export const factsFigures: readonly Figure[] = products.flatMap((product) => [
  ...figuresOf(product).map((name): Figure => ({ name, unit: 'ms', goal: '' })),
  { name: both(product), unit: 'ms', goal: '≤ 1.10' },
]);

/** A server with an application on it, told apart by nothing else. */
interface Stage {
  engine: EngineName;
  port: number;
  database: string;
  /** Milliseconds that the collector's statements took so far; absent: it says that itself. */
  databaseMs?(): Promise<number>;
  runOnce(): Promise<void>;
  stop(): Promise<void>;
}

export async function pairFacts(before: Revision, after: Revision): Promise<Pair> {
  const pairs = await Promise.all(products.map((product) => pairOf(product, before, after)));
  return pairs.reduce((all, { before: was, after: is }) => ({
    before: together(all.before, was),
    after: together(all.after, is),
  }));
}

async function pairOf(product: Product, before: Revision, after: Revision): Promise<Pair> {
  const stage = await (product === 'postgres' ? postgresStage() : mysqlStage(product));
  try {
    // What a server reads for the first time is on neither's account.
    await watch(stage, product, before);
    const [was = [], is = []] = await alternate(rounds, [before, after], (revision) =>
      watch(stage, product, revision),
    );
    return { before: was, after: is };
  } finally {
    await stage.stop();
  }
}

const together = (some: readonly Values[], more: readonly Values[]): Values[] =>
  more.map((values, round) => ({ ...some[round], ...values }));

async function watch(stage: Stage, product: Product, { program }: Revision): Promise<Values> {
  let working = true;
  const work = (async () => {
    while (working) await stage.runOnce();
  })();
  const one = await startStandalone({
    program,
    engine: stage.engine,
    port: stage.port,
    databases: [stage.database],
    collection: { interval: '10s', maxQueriesPerCycle: 200, minExecutionCount: 1 },
    safety: { explains: { perSecond: 100, burst: 1_000 }, databaseTimeBudget: '100%' },
  });
  const databaseMs =
    stage.databaseMs ??
    (async () => 1_000 * (await one.metric('dbintel_database_time_seconds_total')));
  try {
    // A program that was just started has taken nothing, and answers a moment later.
    const start = (await stage.databaseMs?.()) ?? 0;
    await sleep(first_s * 1_000);
    const middle = await databaseMs();
    await sleep(later_s * 1_000);
    const end = await databaseMs();
    const [first, later] = figuresOf(product) as [string, string];
    return { [first]: middle - start, [later]: end - middle, [both(product)]: end - start };
  } finally {
    working = false;
    await work;
    await one.stop();
  }
}

const names = Array.from({ length: tables }, (_, i) => `t${i}`);

const textsOf = (table: string): string[] =>
  [
    `SELECT id, c FROM ${table} WHERE a = 7 ORDER BY b LIMIT 5`,
    `SELECT count(*) FROM ${table} WHERE b < 50 AND c LIKE 'x%'`,
    `SELECT x.id FROM ${table} x JOIN t0 y ON y.id = x.a WHERE x.b = 3`,
    `SELECT a, max(b) FROM ${table} GROUP BY a`,
  ].slice(0, statementsOfTable);

async function postgresStage(): Promise<Stage> {
  const server: PostgresServer = await startPostgres({});
  await prepareServer(server);
  for (const name of names)
    await server.sql(
      `CREATE TABLE ${name} (id int PRIMARY KEY, a int, b int, c text); ` +
        `INSERT INTO ${name} SELECT g, g % 100, g % 1000, 'x' || g ` +
        'FROM generate_series(1, 1000) g; ' +
        `CREATE INDEX ON ${name} (a); ANALYZE ${name}; GRANT SELECT ON ${name} TO dbintel`,
    );
  await countOurs(server);
  const client = await server.client();
  return {
    engine: 'postgres',
    port: server.port,
    database: 'postgres',
    databaseMs: async () => (await serverCounts(server, 'dbintel')).databaseMs,
    async runOnce() {
      for (const text of names.flatMap(textsOf)) await client.query(text);
      await sleep(1_000);
    },
    async stop() {
      await client.end();
      await server.stop();
    },
  };
}

async function mysqlStage(product: MysqlVersion): Promise<Stage> {
  const server: MysqlServer = await startMysql({ product });
  await server.sql('CREATE DATABASE shop;');
  for (const name of names)
    await server.sql(
      `CREATE TABLE ${name} (id int PRIMARY KEY, a int, b int, c varchar(40), KEY (a));\n` +
        `INSERT INTO ${name} WITH RECURSIVE g (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g ` +
        "WHERE n < 1000) SELECT n, n % 100, n % 1000, concat('x', n) FROM g;\n" +
        `ANALYZE TABLE ${name};`,
      'shop',
    );
  await server.sql("CREATE USER app IDENTIFIED BY 'app';\nGRANT ALL ON shop.* TO app;");
  await prepareMysql(server, ['shop']);
  return {
    engine: server.engine,
    port: server.port,
    database: 'shop',
    runOnce: () =>
      asApp(server, async (client) => {
        for (const text of names.flatMap(textsOf)) await client.query(text);
        await sleep(1_000);
      }),
    stop: () => server.stop(),
  };
}
