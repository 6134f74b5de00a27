import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyse } from '../../src/analysis/analyse.ts';
import { rules } from '../../src/analysis/rules/index.ts';
import { remarkOf, statementsOf } from '../../src/analysis/statements-of.ts';
import type { ReadyStatement, Session } from '../../src/engines/engine.ts';
import type { Finding } from '../../src/model/finding.ts';
import { type Plan, preorder } from '../../src/model/plan.ts';
import type { StatementCounters } from '../../src/model/statistics.ts';
import type { Target } from '../../src/resources/kinds/database-target/target.ts';
import { mysqlVersions, startMysql } from '../support/mysql-server.ts';
import { forgetStatements } from '../support/mysql-shop.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { limits, makeTarget, openSession, prepareMysql, prepareServer } from '../support/target.ts';

/**
 * Every piece of advice that is SQL is run on the server that it is for. It must run as it stands;
 * and afterwards the plan uses the index that it made, or the finding is gone. The tables have
 * names that are words of SQL, and columns of types that cannot be indexed as others can.
 */
const numbers = Array.from({ length: 5 }, (_, i) => i);
const digits = numbers.flatMap((i) => [`(${2 * i})`, `(${2 * i + 1})`]).join(', ');

const familySql = (engine: 'mysql' | 'mariadb') => `
CREATE TABLE digits (d int PRIMARY KEY);
INSERT INTO digits VALUES ${digits};
CREATE TABLE \`order\` (id int PRIMARY KEY, \`key\` int NOT NULL, \`group\` varchar(30) NOT NULL,
  email varchar(100) NOT NULL, long_text varchar(1000) NOT NULL, body text, doc json,
  at datetime NOT NULL, stamp timestamp NOT NULL, \`Mixed \`\`Case\` int NOT NULL, n int, code
    varchar(20) NOT NULL, status varchar(10) NOT NULL, a int NOT NULL, b int NOT NULL,
  latin varchar(60) CHARACTER SET latin1 NOT NULL, KEY by_code (code), KEY by_status (status), KEY
    by_a (a), KEY by_b (b), KEY covering (status, at)) DEFAULT CHARSET utf8mb4 STATS_SAMPLE_PAGES
    = 1000;
INSERT INTO \`order\` SELECT n, n % 5000, concat('g', n % 4000), concat('c', n, '@x.org'),
  concat('l', n), concat('b', n), concat('{"a": ', n, '}'), '2024-01-01' + INTERVAL n MINUTE,
  '2024-01-01' + INTERVAL n MINUTE, n, n % 7000, n, elt(1 + n % 3, 'open', 'paid', 'done'), n %
    40, n % 41, concat('c', n) FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d
    AS n FROM digits a, digits b, digits c, digits e, digits f WHERE f.d < 2 AND e.d < 6) x;
CREATE TABLE client (id int PRIMARY KEY, email varchar(100) NOT NULL, label varchar(60) NOT NULL,
  n int) DEFAULT CHARSET utf8mb4;
INSERT INTO client SELECT id, email, concat('c', id), id FROM \`order\` WHERE id < 1500;
CREATE TABLE old (id int, n int, word varchar(40)) ENGINE = MyISAM;
INSERT INTO old SELECT id, n, email FROM \`order\`;
ANALYZE TABLE \`order\`, client, old${engine === 'mariadb' ? ' PERSISTENT FOR ALL' : ''};
`;

const familyStatements = [
  'SELECT id, email FROM `order` WHERE `key` = 5',
  "SELECT id, email FROM `order` o WHERE o.`key` = 5 AND o.`group` = 'g5'",
  'SELECT id, email FROM `order` WHERE `Mixed ``Case` = 7',
  "SELECT id FROM `order` WHERE email IN ('c5@x.org', 'c6@x.org')",
  "SELECT id FROM `order` WHERE body = 'b77'",
  "SELECT id FROM `order` WHERE long_text = 'l77' AND email = 'c77@x.org'",
  'SELECT id FROM `order` WHERE doc = \'{"a": 5}\'',
  "SELECT id FROM `order` WHERE json_extract(doc, '$.a') = 5",
  "SELECT email FROM `order` WHERE at BETWEEN '2024-01-02' AND '2024-01-02 01:00:00'",
  "SELECT email FROM `order` WHERE stamp > '2024-01-21 20:00:00' - INTERVAL 1 DAY AND `key` = 77",
  "SELECT id FROM `order` WHERE email LIKE 'c77%'",
  "SELECT id FROM `order` WHERE email LIKE '%77@%'",
  "SELECT id FROM `order` WHERE `key` = 5 OR `group` = 'g7'",
  "SELECT id FROM `order` WHERE `key` = 5 AND (n = 3 OR `group` = 'g7')",
  'SELECT id FROM `order` WHERE `key` <> 5 AND n = 3',
  'SELECT id FROM `order` WHERE n IS NULL',
  'SELECT id FROM `order` WHERE coalesce(n, 0) = 5',
  'SELECT id FROM `order` WHERE n + 0 = 5',
  "SELECT id FROM `order` WHERE lower(email) = 'c77@x.org'",
  "SELECT id FROM `order` WHERE trim(`group`) = 'g77'",
  'SELECT id FROM `order` WHERE abs(`key`) = 77',
  "SELECT id FROM `order` WHERE date(at) = '2024-01-03'",
  'SELECT id FROM `order` WHERE year(at) = 2023',
  'SELECT id FROM `order` WHERE year(stamp) = 2023',
  "SELECT id FROM `order` WHERE date_format(at, '%Y-%m') = '2023-05'",
  "SELECT id FROM `order` WHERE cast(n AS char) = '5'",
  "SELECT id FROM `order` WHERE substr(email, 1, 4) = 'c777'",
  "SELECT id FROM `order` WHERE upper(body) = 'B77'",
  "SELECT id FROM `order` WHERE concat(email, '') = 'c77@x.org'",
  'SELECT id FROM `order` WHERE code = 77',
  'SELECT id FROM `order` WHERE email = 77',
  "SELECT id FROM `order` WHERE status = 'open' AND email IN (77, 78)",
  'SELECT id FROM `order` WHERE email = 77 ORDER BY at LIMIT 5',
  'SELECT id, a FROM `order` WHERE (a, id) > (30, 5) ORDER BY a, id LIMIT 5',
  "SELECT status FROM `order` WHERE at = '2024-01-03'",
  "SELECT id, email FROM `order` WHERE status = 'open' AND n = 33",
  "SELECT id, email FROM `order` WHERE status = 'open' AND email LIKE '%7777%'",
  'SELECT id, email FROM `order` WHERE a = 3 AND b = 7',
  'SELECT o.id FROM `order` o JOIN client c ON c.email = o.email WHERE o.`key` = 5',
  'SELECT o.id FROM `order` o JOIN client c ON c.label = o.latin',
  'SELECT o.id FROM `order` o JOIN client c ON c.n = o.n',
  'SELECT o.id FROM `order` o LEFT JOIN client c ON c.n = o.n AND c.label > o.email',
  'SELECT o.id FROM client c, `order` o WHERE o.n = c.id AND c.n < 50',
  'SELECT word FROM old WHERE n = 5 AND id > 3',
  'SELECT id FROM `order` ORDER BY email LIMIT 10 OFFSET 5000',
];

const postgresSql = `
CREATE TABLE "order" (id int PRIMARY KEY, "user" int NOT NULL, "Mixed ""Case" int NOT NULL, email
  text NOT NULL, name varchar(60) NOT NULL, at timestamptz NOT NULL, made timestamp NOT NULL,
  doc jsonb, tags text[], n int, status text NOT NULL, code varchar(20) NOT NULL, active boolean
    NOT NULL);
INSERT INTO "order" SELECT g, g % 5000, g, 'c' || g || '@x.org', 'n' || g,
  '2024-01-01'::timestamptz + g * interval '1 minute', '2024-01-01'::timestamp + g * interval
  '1 minute',
  jsonb_build_object('a', g), ARRAY['t' || g], g % 7000, (ARRAY['open', 'paid', 'done'])[1 + g %
    3], 'k' || g, g % 100 = 0 FROM generate_series(1, 15000) g;
CREATE INDEX by_active ON "order" (n) WHERE active;
CREATE TABLE "Client" (id int PRIMARY KEY, email text NOT NULL, n int);
INSERT INTO "Client" SELECT id, email, n FROM "order" WHERE id <= 5000;
CREATE TABLE fresh AS SELECT * FROM "order";
CREATE TABLE "Fresh 2" AS SELECT * FROM "order";
`;
/** In transactions of their own: rows written in the same one count as written afterwards. */
const postgresAnalyze = ['ANALYZE "order"', 'ANALYZE "Client"'];

const postgresStatements = [
  'SELECT id FROM "order" WHERE "user" = 5',
  'SELECT id FROM "order" o WHERE o."Mixed ""Case" = 7',
  `SELECT id FROM "order" WHERE email = 'c77@x.org' AND "user" = 77`,
  `SELECT id FROM "order" WHERE name = 'n77'`,
  `SELECT id FROM "order" WHERE name IN ('n77', 'n78')`,
  `SELECT id FROM "order" WHERE at BETWEEN '2024-01-03' AND '2024-01-03 01:00:00'`,
  `SELECT id FROM "order" WHERE made > '2024-01-21 20:00:00'`,
  `SELECT id FROM "order" WHERE email LIKE '%77@%'`,
  `SELECT id FROM "order" WHERE doc @> '{"a": 5}'`,
  `SELECT id FROM "order" WHERE doc = '{"a": 5}'`,
  `SELECT id FROM "order" WHERE doc ->> 'a' = '5'`,
  `SELECT id FROM "order" WHERE tags @> ARRAY['t5']`,
  `SELECT id FROM "order" WHERE 't5' = ANY (tags)`,
  `SELECT id FROM "order" WHERE "user" = 5 OR email = 'x'`,
  `SELECT id FROM "order" WHERE coalesce("user", 0) = 5`,
  `SELECT id FROM "order" WHERE lower(email) = 'c77@x.org'`,
  `SELECT id FROM "order" WHERE upper(name) = 'N77'`,
  `SELECT id FROM "order" WHERE at::date = '2024-01-03'`,
  `SELECT id FROM "order" WHERE date_trunc('day', at) = '2024-01-03'`,
  `SELECT id FROM "order" WHERE extract(year FROM at) = 2020`,
  `SELECT id FROM "order" WHERE to_char(at, 'YYYY-MM') = '2020-01'`,
  `SELECT id FROM "order" WHERE substr(code, 1, 3) = 'k77'`,
  `SELECT id FROM "order" WHERE abs("user") = 77`,
  `SELECT id FROM "order" WHERE n = 5`,
  `SELECT o.id FROM "order" o JOIN "Client" c ON c.n = o.n WHERE o."user" = 5`,
  'SELECT count(*) FROM fresh',
  'SELECT count(*) FROM "Fresh 2"',
];

interface World {
  target: Target;
  run(sql: string): Promise<void>;
  /** As a person would run it. */
  apply(sql: string): Promise<unknown>;
  indexes(): Promise<{ name: string; drop: string }[]>;
  stop(): Promise<void>;
}

async function familyWorld(product: (typeof mysqlVersions)[number]): Promise<World> {
  const server = await startMysql({ product });
  await server.sql('CREATE DATABASE `my shop`;');
  await server.sql(familySql(server.engine), 'my shop');
  await prepareMysql(server, ['my shop']);
  await forgetStatements(server);
  const client = await server.client('my shop');
  return {
    target: makeTarget({
      engine: server.engine,
      port: server.port,
      spec: { databases: { include: ['my shop'] } },
    }),
    run: async (sql) => void (await client.query(sql)),
    // From another database: names must say where they are.
    apply: (sql) => server.sql(sql, 'mysql'),
    async indexes() {
      const rows = await server.sql(
        'SELECT DISTINCT TABLE_NAME AS t, INDEX_NAME AS i ' +
          "FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'my shop'",
      );
      return rows.map(({ t, i }) => ({
        name: `${i}`,
        drop: `ALTER TABLE \`my shop\`.\`${t}\` DROP INDEX \`${`${i}`.replaceAll('`', '``')}\``,
      }));
    },
    async stop() {
      await client.end();
      await server.stop();
    },
  };
}

async function postgresWorld(): Promise<World> {
  const server = await startPostgres({ version: '18' });
  await server.sql(postgresSql);
  for (const each of postgresAnalyze) await server.sql(each);
  await prepareServer(server);
  const client = await server.client();
  await client.query('SELECT pg_stat_statements_reset()');
  return {
    target: makeTarget({ port: server.port }),
    run: async (sql) => void (await client.query(sql)),
    apply: (sql) => client.query(sql),
    async indexes() {
      const { rows } = await client.query(
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'",
      );
      return rows.map(({ indexname }: { indexname: string }) => ({
        name: indexname,
        drop: `DROP INDEX "${indexname.replaceAll('"', '""')}"`,
      }));
    },
    async stop() {
      await client.end();
      await server.stop();
    },
  };
}

const worlds: [string, () => Promise<World>, readonly string[], number][] = [
  ...mysqlVersions.map((product): [string, () => Promise<World>, readonly string[], number] => [
    product,
    () => familyWorld(product),
    familyStatements,
    14,
  ]),
  ['postgres-18', postgresWorld, postgresStatements, 9],
];

describe.each(worlds)('%s', (_, make, statements, leastAdvice) => {
  let world: World;
  beforeAll(async () => {
    world = await make();
    for (const sql of statements) await world.run(sql);
  });
  afterAll(() => world?.stop());

  interface Seen {
    text: string;
    plan: Plan;
    findings: Finding[];
  }
  async function look(only?: string): Promise<Seen[]> {
    const session: Session = await openSession(world.target);
    try {
      const counters = (await session.snapshot()).statements.filter(
        ({ calls, key }) => calls > 0 && (only === undefined || key === only),
      );
      const prepared = await session.prepare(counters);
      const seen: Seen[] = [];
      for (const [i, statement] of prepared.entries())
        if (statement.kind === 'ready')
          seen.push(...(await explained(session, statement, counters[i] as StatementCounters)));
      return seen;
    } finally {
      await session.close();
    }
  }
  async function explained(
    session: Session,
    statement: ReadyStatement,
    counters: StatementCounters,
  ): Promise<Seen[]> {
    const answer = await session.explain(statement, { ...limits, timeout_ms: 2_000 });
    if (answer.kind === 'refused') return [];
    const { fingerprint, shape, facts } = statement;
    const context = { stats: { ...counters, isNew: false }, fingerprint, shape, facts };
    return [
      {
        text: counters.key,
        plan: answer.plan,
        findings: analyse(rules, answer.plan, context, { mutes: [], timeShare: 1 }),
      },
    ];
  }

  it('advice that is SQL runs, and does what it is for; other advice is words', async () => {
    const first = await look();
    expect(first.length).toBeGreaterThanOrEqual(statements.length - 2);
    const wrong: unknown[] = [];
    let executed = 0;
    for (const { text, plan, findings } of first)
      for (const { rule, fix, message } of findings) {
        const sql = statementsOf(fix);
        const words = sql === undefined ? fix : (remarkOf(fix) ?? '');
        if (/\bADD INDEX \(|CREATE INDEX|\$\d/.test(words)) wrong.push([rule, fix]);
        if (sql === undefined) continue;
        executed += 1;
        const before = new Set((await world.indexes()).map(({ name }) => name));
        try {
          // One by one: several in one text are one transaction.
          for (const each of sql.split(/(?<=;) /)) await world.apply(each);
        } catch (error) {
          wrong.push([plan.queryText, rule, message, fix, String(error)]);
          continue;
        }
        const made = (await world.indexes()).filter(({ name }) => !before.has(name));
        if (words !== '') {
          // what it is for is another statement, which the words ask for
          for (const { drop } of made) await world.apply(drop);
          continue;
        }
        const [again] = await look(text);
        const used = new Set(
          // `union(a,b)`: both are used.
          again
            ? preorder(again.plan.root).flatMap(({ index }) => index?.name.split(/[(),]/) ?? [])
            : [],
        );
        const gone = again && !again.findings.some((each) => each.rule === rule);
        if (!gone && !made.some(({ name }) => used.has(name)))
          wrong.push([plan.queryText, rule, message, fix, 'did not help']);
        if (made.length > 0 && !made.some(({ name }) => used.has(name)))
          wrong.push([plan.queryText, rule, message, fix, 'is not used']);
        for (const { drop } of made) await world.apply(drop);
      }
    expect(wrong).toEqual([]);
    expect(executed).toBeGreaterThanOrEqual(leastAdvice);
  });

  it('of pages after a row it says what an index finds', async () => {
    if (world.target.spec.engine === 'postgres') return;
    const found = (await look()).find(({ plan }) =>
      / ORDER BY a ?, ID LIMIT/i.test(plan.queryText ?? ''),
    );
    expect(found?.findings.map(({ fix }) => fix)).toContainEqual(
      expect.stringContaining('a >= … AND (a, …) > (…)'),
    );
  });

  it('a value of another type than its indexed column is found, though the server reads an index', async () => {
    if (world.target.spec.engine === 'postgres') return;
    const found = (await look()).find(({ plan }) => /code = \?/i.test(plan.queryText ?? ''));
    expect(found?.plan.root).toMatchObject({ index: { name: 'by_code' } });
    if (world.target.spec.engine === 'mysql' || found?.plan.unusableIndexes)
      expect(found?.findings.map(({ rule }) => rule)).toContain('implicit-cast');
  });
});
