import { expect } from 'vitest';
import type { EngineName } from '../../../src/model/engine-name.ts';
import { preorder } from '../../../src/model/plan.ts';
import type { Edition, EngineKit, EngineServer, KnownStatement } from '../engine-contract.ts';
import { expectNothingLeftOn } from '../leaks.ts';
import { type MysqlVersion, startMysql } from '../mysql-server.ts';
import { asApp, forgetStatements, makeShop } from '../mysql-shop.ts';
import { prepareMysql } from '../target.ts';

/** What MySQL and MariaDB are asked; each version directly and through procedures. */
type Mode = 'direct' | 'procedure';

/** Where the two differ, and why. */
interface Difference {
  engine: EngineName;
  products: readonly MysqlVersion[];
  /** MySQL counts a prepared statement's runs beside its text's, MariaDB not at all. */
  countsPrepared: boolean;
  /** Of the time that runs take. */
  deviation: boolean;
  /** MySQL plans writes, given the right to do them. */
  write: string;
  /**
   * In a procedure nothing but us ends what MySQL runs while it plans, and who knows what a view
   * holds.
   */
  viewInProcedure?: string;
  refused: Readonly<Record<string, string>>;
}

const byId = 'SELECT total FROM orders WHERE id = ?';
const ofView = 'SELECT total FROM open_orders WHERE id = ?';
const notExplainable = 'not_explainable_statement';

const statements = [
  {
    sql: 'SELECT total FROM orders WHERE id = 7',
    text: 'SELECT total FROM orders WHERE id = ?',
    ops: ['IndexScan'],
  },
  {
    sql: "SELECT id FROM orders WHERE total = 7 AND email = 'x'",
    text: 'SELECT id FROM orders WHERE total = ? AND email = ?',
    ops: ['SeqScan'],
  },
  {
    sql: 'SELECT id FROM orders WHERE customer_id IN (1, 2, 3)',
    text: 'SELECT id FROM orders WHERE customer_id IN (...)',
    ops: ['IndexOnlyScan'],
  },
  {
    sql: 'SELECT * FROM orders WHERE id = 5 FOR UPDATE',
    text: 'SELECT * FROM orders WHERE id = ? FOR UPDATE',
    ops: ['IndexScan'],
  },
  {
    sql:
      'SELECT c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer_id ' +
      "WHERE o.status = 'open'",
    text:
      'SELECT c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer_id ' +
      'WHERE o.status = ?',
    ops: ['NestedLoop', 'HashJoin'],
  },
  {
    sql: 'WITH big AS (SELECT * FROM orders WHERE total > 100) SELECT count(*) FROM big',
    text: 'WITH big AS (SELECT * FROM orders WHERE total > ?) SELECT COUNT(*) FROM big',
    ops: ['SeqScan'],
  },
  {
    sql: 'SELECT id FROM orders WHERE id < 3 UNION ALL SELECT id FROM customers',
    text: 'SELECT id FROM orders WHERE id < ? UNION ALL SELECT id FROM customers',
    ops: ['Append'],
  },
  {
    sql: 'SELECT total FROM open_orders WHERE id = 4',
    text: 'SELECT total FROM open_orders WHERE id = ?',
    ops: ['IndexScan'],
  },
  {
    sql: 'SELECT o.id FROM shop.orders o WHERE o.id = 12',
    text: 'SELECT o.id FROM shop.orders o WHERE o.id = ?',
    ops: ['IndexOnlyScan', 'IndexScan'],
  },
];
const runs = 5;
const prepared = 4;

async function start(product: MysqlVersion, via: Mode): Promise<EngineServer> {
  const server = await startMysql({ product });
  await makeShop(server);
  await prepareMysql(server, ['shop'], via);
  await forgetStatements(server);
  await asApp(server, async (client) => {
    for (const { sql } of statements) for (let i = 0; i < runs; i += 1) await client.query(sql);
    await client.query('UPDATE orders SET total = 3 WHERE id = 4');
    await client.query('INSERT INTO digits VALUES (77)');
    await client.query('SET @a = 5');
    await client.query('COMMIT');
    for (const sql of [byId, 'SELECT name FROM customers WHERE id = ?'])
      for (let i = 0; i < prepared; i += 1) await client.execute(sql, [i]);
  });
  const digests = (column: string, where: string) =>
    server.sql(
      `SELECT ${column} AS found FROM performance_schema.events_statements_summary_by_digest ` +
        `WHERE ${where}`,
    );
  return {
    port: server.port,
    expectedOps: async ({ ops = [] }) => ops,
    nativeIds: async () =>
      new Set((await digests('DIGEST', 'DIGEST IS NOT NULL')).map((row) => row['found'])),
    ownEntries: () =>
      digests(
        'DIGEST_TEXT',
        "DIGEST_TEXT LIKE 'EXPLAIN%' OR DIGEST_TEXT LIKE '%safe_explain%' " +
          "OR DIGEST_TEXT LIKE '%GET_LOCK%'",
      ),
    expectNothingLeft: () => expectNothingLeftOn(server),
    stop: () => server.stop(),
  };
}

function edition(product: MysqlVersion, via: Mode, difference: Difference): Edition {
  const direct = via === 'direct';
  const viewCode = direct ? undefined : difference.viewInProcedure;
  return {
    name: `${product}, ${via}`,
    version: product.replace(/^\w+-/, ''),
    via,
    statements: statements.map(
      (each): KnownStatement =>
        each.text === ofView && viewCode ? { ...each, refused: viewCode } : each,
    ),
    checks: {
      'own digests': { verdict: 'ok' },
      rights: { verdict: 'ok' },
      ...(direct
        ? {}
        : { procedures: { verdict: 'ok', observed: 'safe_explain 3 in dbintel, shop' } }),
    },
    rehearsed: [
      { name: 'health', verdict: 'ok', observed: 'primary' },
      { name: 'counters', verdict: 'ok', observed: expect.stringMatching(/^\d+ statements$/) },
      {
        name: 'catalogs',
        verdict: 'ok',
        observed: expect.stringMatching(
          /^\d+ of the \d+ heaviest statements can be planned(, \w+ ×\d+)*$/,
        ),
      },
    ],
    counted: {
      text: byId,
      calls: difference.countsPrepared ? runs + prepared : runs,
      deviation: difference.deviation,
    },
    refused: {
      'UPDATE orders SET total = ? WHERE id = ?': direct ? difference.write : notExplainable,
      'SET @? = ?': notExplainable,
      COMMIT: notExplainable,
      ...difference.refused,
    },
    tables: {
      of: byId,
      leastRows: 15_001,
      facts: direct
        ? [
            {
              schema: 'shop',
              name: 'orders',
              indexes: expect.arrayContaining([
                expect.objectContaining({ name: 'orders_status', unique: false, keys: ['status'] }),
                expect.objectContaining({ name: 'PRIMARY', unique: true, keys: ['id'] }),
              ]),
            },
          ]
        : [],
    },
    start: () => start(product, via),
  };
}

const familyKit = (difference: Difference): EngineKit => ({
  engine: difference.engine,
  editions: difference.products.flatMap((product) =>
    (['direct', 'procedure'] as const).map((via) => edition(product, via, difference)),
  ),
  form: (text) => text.toLowerCase().replaceAll(/["\s]/g, '').replaceAll('(...)', '(?)'),
  opsOf: ({ root }) => preorder(root).map(({ op }) => op),
  fingerprint: { algorithm: `${difference.engine}-digest`, nativeId: /^[0-9a-f]{32,64}$/ },
  literals: /x\.org|'open'|\b7\b.*attached/,
  remembersRefused: false,
});

export const mysqlKit = familyKit({
  engine: 'mysql',
  products: ['mysql-9'],
  countsPrepared: true,
  deviation: true,
  write: 'insufficient_privilege',
  viewInProcedure: notExplainable,
  refused: { 'SELECT name FROM customers WHERE id = ?': 'no_sample' },
});

export const mariadbKit = familyKit({
  engine: 'mariadb',
  products: ['mariadb-10.11', 'mariadb-11.4'],
  countsPrepared: false,
  deviation: false,
  write: notExplainable,
  refused: {},
});
