import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CycleResult, runCycle } from '../../src/collection/cycle.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { freshState } from '../../src/collection/target-state.ts';
import type { BatchQuery } from '../../src/model/batch.ts';
import { preorder } from '../../src/model/plan.ts';
import { refused } from '../../src/model/refusal.ts';
import { until } from '../support/leaks.ts';
import { type MysqlServer, mysqlVersions, startMysql } from '../support/mysql-server.ts';
import { asApp, forgetStatements, makeShop } from '../support/mysql-shop.ts';
import {
  cycleDepsFor,
  makeTarget,
  openSession,
  prepareMysql,
  type TargetOptions,
  usualTimeout,
} from '../support/target.ts';

/**
 * The plan is that of the statement as production means it, or there is a reason; and what keeps
 * plans away is said.
 */
describe.each(mysqlVersions)('%s', (product) => {
  let server: MysqlServer;
  const isMysql = product.startsWith('mysql');

  beforeAll(async () => {
    server = await startMysql({ product });
    await makeShop(server);
    await server.sql(
      'CREATE TABLE txt (id int PRIMARY KEY, b varchar(200), c int, KEY b (b));',
      'shop',
    );
    await server.sql("INSERT INTO txt SELECT id, CONCAT('b', id), id FROM customers;", 'shop');
    await server.sql('CREATE TABLE sessions (id int PRIMARY KEY, customer_id int);', 'shop');
    await server.sql('ANALYZE TABLE txt, sessions;', 'shop');
    await prepareMysql(server, ['shop']);
  });
  beforeEach(() => forgetStatements(server));
  afterAll(() => server.stop());

  const run = (sql: string, settings: readonly string[] = []) =>
    asApp(server, async (client) => {
      for (const each of settings) await client.query(each);
      for (let i = 0; i < 5; i += 1) await client.query(sql);
    });
  const targetFor = (options: Partial<TargetOptions> = {}) =>
    makeTarget({
      engine: server.engine,
      port: server.port,
      ...options,
      spec: { databases: { include: ['shop'] }, ...options.spec },
    });

  async function collect(options: Partial<TargetOptions> = {}): Promise<CycleResult> {
    const target = targetFor(options);
    const settings = cycleSettings(target.spec);
    return runCycle(
      freshState(Date.now(), settings.explains, settings.databaseTime),
      cycleDepsFor(target),
      new AbortController().signal,
    );
  }
  function find({ batch }: CycleResult, part: string): BatchQuery {
    const query = batch.queries.find(({ text }) =>
      text?.toLowerCase().includes(part.toLowerCase()),
    );
    if (query) return query;
    throw new Error(
      `not selected: ${part} among ` +
        `${JSON.stringify(batch.queries.map(({ text }) => text))}; ` +
        `${JSON.stringify(batch.cycle.outcome)}`,
    );
  }
  function planOf(result: CycleResult, part: string) {
    const { result: each } = find(result, part);
    if (each.kind === 'refused') throw new Error(JSON.stringify(each));
    return each.plan;
  }
  const reads = (result: CycleResult, part: string) =>
    [...preorder(planOf(result, part).root)].flatMap(({ op, index }) =>
      index ? [`${op} ${index.name}`] : [op],
    );

  describe('the session that ran it', () => {
    it('had ANSI_QUOTES: what it quoted is a column', async () => {
      await run(`SELECT id AS quoted FROM txt WHERE "b" = 'b7'`, ["SET sql_mode = 'ANSI_QUOTES'"]);
      expect(reads(await collect(), 'quoted').join()).toContain('b');
      expect(planOf(await collect(), 'quoted').totals.nodes).toBeGreaterThan(0);
    });

    it('had not: what it quoted is a value', async () => {
      await run('SELECT id AS valued FROM txt WHERE b = "b7"');
      expect(reads(await collect(), 'valued').join()).toContain('b');
    });

    it('had NO_BACKSLASH_ESCAPES: a backslash ends no string', async () => {
      await run(String.raw`SELECT id AS slashed FROM txt WHERE b > 'x\' AND c > 7 AND id > '8'`, [
        "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
      ]);
      expect(reads(await collect(), 'slashed')).not.toEqual([]);
    });

    it('was allowed to select what it did not group by', async () => {
      await run('SELECT customer_id, total AS loose FROM orders GROUP BY customer_id', [
        "SET sql_mode = ''",
      ]);
      expect(reads(await collect(), 'loose')).not.toEqual([]);
    });

    it('knew what || and @v are: marked, since we do not', async () => {
      await run('SELECT id AS marked, @v FROM txt WHERE c > 5', ['SET @v = 7']);
      expect(planOf(await collect(), 'marked').lossiness).toContain('session_dependent');
      await run("SELECT id AS piped, b || 'x' FROM txt WHERE c > 5");
      expect(planOf(await collect(), 'piped').lossiness).toContain('session_dependent');
      await run('SELECT id AS negated FROM txt WHERE NOT c BETWEEN 3 AND 5', [
        "SET sql_mode = 'HIGH_NOT_PRECEDENCE'",
      ]);
      expect(planOf(await collect(), 'negated').lossiness).toContain('session_dependent');
    });

    it('knew in which character set it casts: by that an index is of use, or not', async () => {
      await server.sql(
        'CREATE TABLE old (id int PRIMARY KEY, a varchar(20) CHARACTER SET latin1, KEY a (a));',
        'shop',
      );
      await server.sql("INSERT INTO old SELECT id, CONCAT('a', id) FROM customers;", 'shop');
      await run("SELECT id AS in_latin FROM old WHERE a = CAST('a7' AS CHAR)", [
        'SET NAMES latin1',
      ]);
      expect(planOf(await collect(), 'in_latin').lossiness).toContain('session_dependent');
    });

    it('had IGNORE_SPACE: COUNT (*) is a function', async () => {
      await run('SELECT COUNT (*) AS spaced FROM txt WHERE c > 5', [
        "SET sql_mode = 'IGNORE_SPACE'",
      ]);
      expect(reads(await collect(), 'spaced').join()).toContain('Scan');
    });
  });

  it('what a statement calls is counted with it, and events not: nothing of it is seen', async () => {
    await server.sql(
      `CREATE TABLE seen (id int);
DELIMITER //
CREATE PROCEDURE ordered(IN x INT) BEGIN
  SELECT total AS within_call FROM orders WHERE customer_id = x;
  PREPARE made FROM 'SELECT total AS within_text FROM orders WHERE customer_id = 8';
  EXECUTE made;
END//
CREATE TRIGGER told AFTER INSERT ON seen FOR EACH ROW
  UPDATE customers SET name = 'within_trigger' WHERE id = NEW.id//
CREATE EVENT now_and_then ON SCHEDULE EVERY 1 SECOND
  DO INSERT INTO seen SELECT COUNT(*) FROM txt WHERE c = 3//
DELIMITER ;
GRANT EXECUTE ON shop.* TO app;
SET GLOBAL event_scheduler = ON;`,
      'shop',
    );
    const happened = async () => (await server.sql('SELECT id FROM seen', 'shop')).length > 0;
    await until(happened, 30_000, 'the event');
    await server.sql(
      `DROP EVENT now_and_then;
SET GLOBAL event_scheduler = OFF;`,
      'shop',
    );
    await run('CALL ordered(5)');
    await run('INSERT INTO seen VALUES (3)');
    const result = await collect();
    const texts = result.batch.queries.map(({ text }) => text).toSorted();
    expect(texts).toEqual(['CALL ordered(?)', 'INSERT INTO seen VALUES (?)']);
    expect(find(result, 'CALL').result).toEqual(
      refused(
        'not_explainable_statement',
        'the server counts what the procedure runs as part of its CALL, and not by itself',
      ),
    );
  });
  it('what is listed has its text, also where nothing was asked about it yet', async () => {
    await asApp(server, (client) =>
      client.query(
        'SELECT COUNT(*) AS rare FROM orders o JOIN customers c ON c.id = o.customer_id',
      ),
    );
    const { top } = (await collect()).batch.cycle;
    expect(top.find(({ text }) => text.includes('rare'))).toMatchObject({ code: 'below_minimum' });
    expect(top.filter(({ text }) => text === '')).toEqual([]);
  });

  const ordinary: [string, string][] = [
    [
      'server variables, as drivers ask for them',
      'SELECT @@session.auto_increment_increment AS settings, @@character_set_client, @@version',
    ],
    [
      'a server variable in a condition',
      'SELECT id AS settings FROM txt WHERE c > @@GLOBAL.max_connections',
    ],
    [
      'names that begin with digits',
      'SELECT 2fa AS settings, t.2fa, 1e1 FROM twofactor t WHERE 2fa > .5 ORDER BY t.2fa',
    ],
    [
      'a table that a function makes',
      "SELECT j.k AS settings FROM txt, JSON_TABLE(txt.b, '$' COLUMNS (k int PATH '$' NULL " +
        'ON ERROR)) j WHERE txt.c = 5000',
    ],
    ...(isMysql
      ? []
      : [
          [
            'a table of the sequence engine',
            'SELECT seq AS settings FROM seq_1_to_10 JOIN txt ON txt.id = seq',
          ] as [string, string],
        ]),
  ];
  it.each(ordinary)('%s: a plan', async (_, sql) => {
    await server.sql(
      'CREATE TABLE IF NOT EXISTS twofactor (`2fa` int, KEY `2fa` (`2fa`));',
      'shop',
    );
    await run(sql);
    expect(reads(await collect(), 'settings')).not.toEqual([]);
  });

  it('LAST_INSERT_ID() is an ordinary function', async () => {
    await run('SELECT c AS latest FROM txt WHERE id = LAST_INSERT_ID()');
    expect(reads(await collect(), 'latest')).not.toEqual([]);
  });

  it('a lock that a view takes is given back after its EXPLAIN, and one in the text is refused', async () => {
    await server.sql(
      "CREATE VIEW locking AS SELECT c AS held FROM txt WHERE id = GET_LOCK('app-lock', 20);",
      'shop',
    );
    await run('SELECT held FROM locking');
    await run("SELECT c AS direct_lock FROM txt WHERE id = `GET_LOCK`('other-lock', 20)");
    const target = targetFor();
    const settings = cycleSettings(target.spec);
    const held: unknown[] = [];
    const analyse = async () => {
      held.push(
        ...(await server.sql(
          "SELECT IS_USED_LOCK('app-lock') AS a, IS_USED_LOCK('other-lock') AS b",
        )),
      );
      return [];
    };
    const result = await runCycle(
      freshState(Date.now(), settings.explains, settings.databaseTime),
      cycleDepsFor(target, { analyse }),
      new AbortController().signal,
    );
    expect(held).toEqual([{ a: null, b: null }]);
    expect(find(result, 'direct_lock').result).toMatchObject({
      code: 'not_explainable_statement',
      detail: expect.stringContaining('get_lock'),
    });
    await server.sql('DROP VIEW locking;', 'shop');
  });

  if (isMysql) {
    it('DELETE from one of several tables wants the right on that one', async () => {
      await run('DELETE s FROM customers c JOIN sessions s ON s.customer_id = c.id WHERE c.id = 7');
      expect(find(await collect(), 'DELETE').result).toMatchObject({
        code: 'insufficient_privilege',
        detail: 'DELETE on shop.sessions',
      });
      await server.sql('GRANT DELETE ON shop.sessions TO dbintel;');
      expect(reads(await collect(), 'DELETE')).not.toEqual([]);
      await server.sql('REVOKE DELETE ON shop.sessions FROM dbintel;');
    });

    it('a right to write that the account has by a role counts, and no other', async () => {
      await run('DELETE FROM sessions WHERE id = 7');
      await run('DELETE FROM txt WHERE id = -7');
      await server.sql(
        'CREATE ROLE writer;\nGRANT DELETE ON shop.sessions TO writer;\n' +
          'GRANT writer TO dbintel;\nSET DEFAULT ROLE writer TO dbintel;',
      );
      const result = await collect();
      await server.sql('DROP ROLE writer;');
      expect(planOf(result, 'DELETE FROM sessions').root.op).toBe('Modify');
      expect(find(result, 'DELETE FROM txt').result).toMatchObject({
        code: 'insufficient_privilege',
      });
    });

    it('a write that is planned on a MyISAM table keeps nobody from reading it', async () => {
      await server.sql('CREATE TABLE whole (id int PRIMARY KEY, a int) ENGINE = MyISAM;', 'shop');
      await server.sql('INSERT INTO whole SELECT id, id FROM customers;', 'shop');
      await server.sql('CREATE TABLE parts (id int PRIMARY KEY, a int);', 'shop');
      await server.sql(
        'CREATE TRIGGER counts AFTER UPDATE ON parts FOR EACH ROW UPDATE whole SET a = 1;',
        'shop',
      );
      await run('UPDATE parts SET a = 7 WHERE id = 7');
      await run('UPDATE whole SET a = 7 WHERE id = 7');
      await run('INSERT HIGH_PRIORITY IGNORE INTO whole VALUES (7, 7)');
      await server.sql('GRANT INSERT, UPDATE ON shop.whole TO dbintel;');
      await server.sql('GRANT UPDATE ON shop.parts TO dbintel;');
      const [reader, other] = [await server.client('shop'), await server.client('shop')];
      const reading = reader.query('SELECT SLEEP(0.02), a FROM whole').catch(() => undefined);
      await waiting(other, 'User sleep');
      let done = false;
      const cycle = collect().finally(() => (done = true));
      while (!done) await other.query('SELECT a FROM whole WHERE id = 8');
      const result = await cycle;
      await server.sql(`KILL QUERY ${reader.threadId}`);
      await reading;
      // By the server's own clock: this process has more to do than to read answers.
      const [waited] = await server.sql(
        `SELECT SUM_LOCK_TIME / 1e9 AS ms
         FROM performance_schema.events_statements_summary_by_digest
         WHERE DIGEST_TEXT LIKE 'SELECT%a%FROM%whole%WHERE%id% = ?'`,
      );
      await Promise.all([reader.end(), other.end()]);
      await server.sql('DROP TABLE parts, whole;', 'shop');
      for (const write of ['UPDATE whole', 'INTO whole', 'UPDATE parts'])
        expect(find(result, write).result).toMatchObject({ code: 'lock_timeout' });
      expect(Number(waited?.['ms'])).toBeLessThan(400);
    });

    it('what waits for FLUSH TABLES waits for a lock', async () => {
      await run('SELECT b AS flushed FROM txt WHERE id = 7');
      const [reader, owner] = [await server.client('shop'), await server.client('shop')];
      const reading = reader.query('SELECT SLEEP(0.02) FROM txt').catch(() => undefined);
      await waiting(owner, 'User sleep');
      const flushing = owner.query('FLUSH TABLES');
      const other = await server.client('shop');
      await waiting(other, 'Waiting for table flush');
      const result = await collect();
      await server.sql(`KILL QUERY ${reader.threadId}`);
      await Promise.all([reading, flushing]);
      await Promise.all([reader.end(), owner.end(), other.end()]);
      expect(find(result, 'flushed').result).toMatchObject({ code: 'lock_timeout' });
    });

    it('INSERT … SELECT from what JSON_TABLE makes has a plan', async () => {
      await run(
        "INSERT INTO sessions SELECT 1, j.k FROM txt, JSON_TABLE('[]', '$[*]' COLUMNS (k " +
          "int PATH '$')) j WHERE txt.id = 3",
      );
      await server.sql('GRANT INSERT ON shop.sessions TO dbintel;');
      expect(planOf(await collect(), 'INSERT INTO sessions').root.op).toBe('Modify');
      await server.sql('REVOKE INSERT ON shop.sessions FROM dbintel;');
    });

    it('an ALTER that waits is not joined, and says nothing about our timeout', async () => {
      await run('SELECT b AS altered FROM txt WHERE id = 7');
      await run('SELECT total AS elsewhere FROM orders WHERE id = 7');
      const reader = await server.client('shop');
      await reader.query('BEGIN');
      await reader.query('SELECT 1 FROM txt LIMIT 1');
      const owner = await server.client('shop');
      const altering = owner.query('ALTER TABLE txt ADD COLUMN later int');
      await waiting(reader, 'Waiting for table metadata lock');
      const spec = { safety: { statementTimeout: usualTimeout } };
      const [result, again] = [await collect({ spec }), await collect({ spec })];
      await reader.query('COMMIT');
      await altering;
      await owner.query('ALTER TABLE txt DROP COLUMN later');
      await Promise.all([reader.end(), owner.end()]);
      expect(find(result, 'altered').result).toMatchObject({
        code: 'lock_timeout',
        detail: expect.stringContaining('shop.txt'),
      });
      expect(reads(result, 'elsewhere')).not.toEqual([]);
      expect(result.batch.cycle.safety.statementTimeoutMs).toBe(
        again.batch.cycle.safety.statementTimeoutMs,
      );
    });

    it.each([
      [
        'LOCK TABLES … READ',
        'LOCK TABLES txt READ',
        'UNLOCK TABLES',
        'lock_timeout',
        'shop.txt is locked',
      ],
      [
        'FLUSH TABLES WITH READ LOCK',
        'FLUSH TABLES WITH READ LOCK',
        'UNLOCK TABLES',
        'lock_timeout',
        'shop.txt is locked',
      ],
      [
        'read_only',
        'SET GLOBAL read_only = ON',
        'SET GLOBAL read_only = OFF',
        'not_explainable_statement',
        'the server is read-only',
      ],
      [
        'READ ONLY = 1',
        'ALTER SCHEMA shop READ ONLY = 1',
        'ALTER SCHEMA shop READ ONLY = 0',
        'not_explainable_statement',
        'error 3989',
      ],
    ])(
      '%s: no write is sent that would wait or be refused, reads go on',
      async (_, lock, unlock, code, detail) => {
        await run('UPDATE txt SET c = c WHERE id = 7');
        await run('SELECT c AS beside FROM txt WHERE id = 7');
        await server.sql('GRANT UPDATE ON shop.txt TO dbintel;');
        const owner = await server.client('shop');
        await owner.query(lock);
        const result = await collect();
        await owner.query(unlock);
        await owner.end();
        await server.sql('REVOKE UPDATE ON shop.txt FROM dbintel;');
        expect(find(result, 'UPDATE').result).toMatchObject({
          code,
          detail: expect.stringContaining(detail),
        });
        expect(reads(result, 'beside')).not.toEqual([]);
      },
    );

    it('the same below a view, where its table is not named: the wait ends, and is called one', async () => {
      await server.sql('CREATE VIEW above AS SELECT b AS covered FROM txt;', 'shop');
      await run("SELECT covered FROM above WHERE covered = 'b7'");
      const owner = await server.client('shop');
      await owner.query('LOCK TABLES txt WRITE');
      const result = await collect();
      await owner.query('UNLOCK TABLES');
      await owner.end();
      expect(find(result, 'covered').result).toMatchObject({ code: 'lock_timeout' });
      await server.sql('DROP VIEW above;', 'shop');
    });

    it('statements that run prepared only: said before, with their share of the time', async () => {
      await asApp(server, async (client) => {
        for (let i = 0; i < 50; i += 1)
          await client.execute('SELECT COUNT(*) AS prepared FROM orders WHERE total > ?', [i]);
      });
      const result = await collect();
      expect(find(result, 'prepared').result).toMatchObject({ code: 'no_sample' });
      const check = result.prerequisites?.find(({ name }) => name === 'prepared');
      expect(check).toMatchObject({
        verdict: 'warning',
        observed: expect.stringMatching(/^\d\d+% of the time is of prepared statements/),
      });
    });
  } else {
    it('statements that run prepared: said before', async () => {
      await asApp(server, async (client) => {
        for (let i = 0; i < 200; i += 1)
          await client.execute('SELECT COUNT(*) AS prepared FROM txt WHERE id > ?', [i]);
      });
      await using session = await openSession(targetFor());
      const check = (await session.prerequisites()).find(({ name }) => name === 'prepared');
      expect(check).toMatchObject({
        verdict: 'warning',
        observed: expect.stringContaining('MariaDB does not even count'),
      });
    });

    it('histories that no account writes to: said, and the remedy mends it', async () => {
      const check = async () => {
        await using session = await openSession(targetFor());
        return (await session.prerequisites()).find(({ name }) => name === 'samples');
      };
      await server.sql("UPDATE performance_schema.setup_actors SET HISTORY = 'NO';");
      const broken = await check();
      expect(broken).toMatchObject({
        verdict: 'warning',
        observed: expect.stringContaining('only what runs at that moment'),
      });
      await server.sql((broken?.remediation ?? '').replace(/ +--.*$/, ''));
      expect((await check())?.observed).toContain('events_statements_history_long');
      await run('SELECT id AS kept FROM txt WHERE id = 7');
      expect(reads(await collect(), 'kept')).not.toEqual([]);
    });

    it('EXECUTE by name is listed as it was said', async () => {
      await run('EXECUTE named USING @v', [
        "PREPARE named FROM 'SELECT id FROM txt WHERE id = ?'",
        'SET @v = 7',
      ]);
      expect((await collect()).batch.queries.map(({ text }) => text)).toContain(
        'EXECUTE named USING @?',
      );
    });

    it('a text that the long history has lost is taken from the history of its own session', async () => {
      await asApp(server, async (client) => {
        for (let i = 0; i < 6; i += 1)
          await client.query(`SELECT COUNT(*) AS heavy FROM orders WHERE total > ${i}`);
        await flood(server, 1_100);
        await using session = await openSession(targetFor());
        const check = (await session.prerequisites()).find(({ name }) => name === 'samples');
        expect(check).toMatchObject({
          verdict: 'warning',
          observed: expect.stringContaining('its 1000 statements cover the last'),
        });
        expect(check?.remediation).toContain(
          'performance_schema_events_statements_history_long_size = ',
        );
        await session.close();
        expect(reads(await collect(), 'heavy')).not.toEqual([]);
      });
    });
  }

  it('a text that was cut within a character of a comment is not planned without its last conditions', async () => {
    const limit = Number(
      (await server.sql('SELECT @@performance_schema_max_sql_text_length AS n'))[0]?.['n'],
    );
    for (const shift of [0, 1, 2]) {
      const head = `SELECT id AS cut${shift} FROM txt WHERE c = 7 /* `;
      const filler = '漢'.repeat(Math.ceil((limit - head.length) / 3) + 4);
      await run(`${head}${'x'.repeat(shift)}${filler} */ AND id = 8`);
    }
    const result = await collect();
    for (const shift of [0, 1, 2])
      expect(find(result, `cut${shift}`).result).toMatchObject({ code: 'truncated_text' });
  });

  it('what fails while it is planned fails alone: a wrong value, a damaged table, a definer gone', async () => {
    await server.sql(
      `CREATE TABLE damaged (id int PRIMARY KEY, c int) ENGINE = MyISAM;
INSERT INTO damaged VALUES (1, 1), (2, 2);
CREATE USER former;
GRANT SELECT ON shop.txt TO former;
CREATE DEFINER = former VIEW orphan AS SELECT id AS orphaned FROM txt;
CREATE USER poorer;
GRANT SELECT ON shop.txt TO poorer;
CREATE DEFINER = poorer VIEW robbed AS SELECT id AS taken FROM txt;`,
      'shop',
    );
    await run('SELECT c AS broken FROM damaged WHERE c > 0');
    await run('SELECT orphaned FROM orphan WHERE orphaned = 7');
    await run('SELECT taken FROM robbed WHERE taken = 7');
    const injected = "SELECT id AS injected FROM txt WHERE b = EXTRACTVALUE('<a/>', '~x')";
    await asApp(server, async (client) => {
      for (let i = 0; i < 5; i += 1) await expect(client.query(injected)).rejects.toThrow('XPATH');
    });
    await run('SELECT id AS sound FROM txt WHERE c > 5');
    await server.sql('DROP USER former;\nREVOKE SELECT ON shop.txt FROM poorer;\nFLUSH TABLES;');
    writeFileSync(join(server.folder, 'data/shop/damaged.MYI'), 'no index');
    const result = await collect();
    await server
      .sql('DROP USER poorer;\nDROP VIEW orphan, robbed;\nDROP TABLE damaged;', 'shop')
      .catch(() => undefined);
    expect(result.batch.cycle.outcome).toEqual({ kind: 'collected' });
    const codeAndDetail = (part: string) => find(result, part).result;
    expect(codeAndDetail('injected')).toEqual(refused('unparsable', 'error 1105'));
    expect(codeAndDetail('broken')).toEqual(refused('unparsable', 'error 130'));
    for (const part of ['orphaned', 'taken'])
      expect(codeAndDetail(part)).toMatchObject({
        code: 'insufficient_privilege',
        detail: expect.stringMatching(/definer.*SHOW CREATE VIEW/),
      });
    expect(reads(result, 'sound')).not.toEqual([]);
  });

  describe('what counts statements is off', () => {
    const consumers = [
      'global_instrumentation',
      'thread_instrumentation',
      'statements_digest',
      'events_statements_current',
    ];
    const off: [string, string, string][] = [
      ...consumers.map((name): [string, string, string] => [
        name,
        `UPDATE performance_schema.setup_consumers SET ENABLED = 'NO' WHERE NAME = '${name}';`,
        'digests',
      ]),
      [
        'instruments',
        "UPDATE performance_schema.setup_instruments SET ENABLED = 'NO' " +
          "WHERE NAME LIKE 'statement/%';",
        'instruments',
      ],
      [
        'timing',
        "UPDATE performance_schema.setup_instruments SET TIMED = 'NO' " +
          "WHERE NAME LIKE 'statement/%';",
        'instruments',
      ],
      [
        'actors',
        "UPDATE performance_schema.setup_actors SET ENABLED = 'NO', HISTORY = 'NO' " +
          "WHERE USER = '%';",
        'instruments',
      ],
      ['no actors', "DELETE FROM performance_schema.setup_actors WHERE USER = '%';", 'instruments'],
    ];
    it.each(off)('%s: a failed prerequisite, and its remedy mends it', async (_, break_, name) => {
      await server.sql(break_);
      const checkNow = async () => {
        await using session = await openSession(targetFor());
        return (await session.prerequisites()).find((each) => each.name === name);
      };
      const broken = await checkNow();
      expect(broken).toMatchObject({ verdict: 'failed' });
      await server.sql((broken?.remediation ?? '').replace(/ +--.*$/, ''));
      expect(await checkNow()).toMatchObject({ verdict: 'ok' });
      await run('SELECT id AS counted FROM txt WHERE id = 7');
      expect(reads(await collect(), 'counted')).not.toEqual([]);
    });
  });
});

/** Other statements of other sessions, more than the long history holds. */
const flood = (server: MysqlServer, count: number) =>
  asApp(server, async (client) => {
    for (let i = 0; i < count; i += 1) await client.query(`SELECT id FROM txt WHERE id = ${i}`);
  });

async function waiting(client: Connection, state: string): Promise<void> {
  for (let i = 0; i < 1_000; i += 1) {
    const [rows] = await client.query(
      'SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE STATE = ?',
      [state],
    );
    if (Number((rows as { n: number }[])[0]?.n) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nobody is ${state}`);
}
