import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leastBenefit } from '../../src/advisor/propose-indexes.ts';
import { runAdvice } from '../../src/advisor/run-advice.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import type { MadeAdvice } from '../../src/history/advice.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import { changeLine } from '../../src/model/advice-words.ts';
import { adviceDepsOf } from '../support/advice-deps.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { asApp, makeShop } from '../support/mysql-shop.ts';
import { temporaryFolder } from '../support/postgres-server.ts';
import { cyclesOf, makeTarget, prepareMysql } from '../support/target.ts';

/**
 * Where no planner can be asked elsewhere: what rules advise, put together over a workload that
 * really ran, and indexes that could go by what the catalogs say.
 */
const more = `
CREATE TABLE notes (id int PRIMARY KEY, order_id bigint, label varchar(90), kind varchar(20),
  KEY notes_order (order_id), KEY notes_order_kind (order_id, kind), KEY notes_label (label(10)),
  KEY notes_label_again (label), UNIQUE KEY notes_unique (kind, id),
  CONSTRAINT notes_order FOREIGN KEY (order_id) REFERENCES orders (id));
CREATE TABLE log (id int PRIMARY KEY, at int, KEY log_at (at), KEY log_at_again (at, id))
  ENGINE = MyISAM;
CREATE INDEX orders_total_down ON orders (total DESC);
`;

describe.each(['mysql-9', 'mariadb-11.4'] as const)('%s', (product) => {
  const folder = temporaryFolder('advise-mysql');
  const history = openSqliteHistory(join(folder, 'history.db'));
  let server: MysqlServer;
  let target: ReturnType<typeof makeTarget>;
  let made: MadeAdvice;

  beforeAll(async () => {
    server = await startMysql({ product });
    await makeShop(server);
    await server.sql(more, 'shop');
    await prepareMysql(server, ['shop']);
    target = makeTarget({
      engine: server.engine,
      port: server.port,
      spec: {
        databases: { include: ['shop'] },
        collection: { minExecutionCount: 1, maxQueriesPerCycle: 50 },
        safety: { explains: { perSecond: 100, burst: 1_000 }, databaseTimeBudget: '100%' },
      },
    });
    const cycles = cyclesOf(target);
    await history.record((await cycles.run()).batch);
    // Of a statement that is new in the second of the last look it is not known which came after.
    await systemClock.sleep(1_200);
    await asApp(server, async (app) => {
      // One commit for all, so that a slow disk does not make writes most of the time.
      await app.query('BEGIN');
      for (let i = 1; i <= 20; i += 1) {
        await app.query(`SELECT id, total FROM orders WHERE email = 'c${i}@x.org'`);
        await app.query(
          `SELECT id FROM orders WHERE email = 'c${i}@x.org' AND total > ${i} AND at > now()`,
        );
        await app.query(`SELECT total FROM orders WHERE id = ${i}`);
        await app.query(`INSERT INTO notes VALUES (${i}, ${i}, 'l', 'k')`);
      }
      await app.query('COMMIT');
    });
    await history.record((await cycles.run()).batch);
    made = await advise();
  }, 240_000);
  afterAll(async () => {
    await history.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const solver = () => Promise.reject(new Error('no solver is asked'));
  const advise = (over: object = {}) =>
    runAdvice(
      {
        target: { uid: target.uid, name: target.name, namespace: target.namespace },
        engine: server.engine,
        budgetBytes: 1_073_741_824,
        schemas: [],
        values: 'none',
        every_ms: 86_400_000,
        ...over,
      },
      adviceDepsOf(target, history, { solver }),
    );
  const created = ({ run }: MadeAdvice) =>
    run.proposals.filter(({ change }) => change.kind === 'create-index');

  it('proposes the index that a rule asks for, once for all that it is for', () => {
    expect(made.run.planner).toBe('rules');
    expect(created(made).map(({ change }) => changeLine(change))).toEqual([
      expect.stringMatching(/^create index on shop\.orders \(email(, \w+)?\)$/),
    ]);
    const [proposal] = created(made);
    expect(proposal?.evidence).toMatchObject({ planner: 'rules', confidence: 'low' });
    expect(proposal?.evidence.statements.length).toBe(2);
    for (const { costAfter } of proposal?.evidence.statements ?? [])
      expect(costAfter).toBeUndefined();
    expect(proposal?.evidence.because.join()).toContain('no plan with it was made');
    const { statements = [], benefitMsPerDay = 0, benefitShare } = proposal?.evidence ?? {};
    const spent = statements.reduce((sum, { msPerDay }) => sum + msPerDay, 0);
    expect(benefitMsPerDay / spent).toBeGreaterThan(0.5);
    expect(benefitMsPerDay / spent).toBeLessThanOrEqual(1 + 1e-9);
    expect(benefitShare).toBeGreaterThanOrEqual(leastBenefit);
    expect(benefitShare).toBeLessThanOrEqual(1);
  });

  it('proposes to drop what another index does, and no other', () => {
    const drops = made.run.proposals.filter(({ change }) => change.kind === 'drop-index');
    expect(drops.map(({ change }) => 'name' in change && change.name)).toEqual(['notes_order']);
    // Rows of one order by their keys are found by it alone.
    expect(drops[0]?.evidence.confidence).toBe('medium');
    expect(drops[0]?.evidence.because.join()).toContain('in the order of id');
    expect(drops[0]?.apply[0]).toMatch(/ALTER INDEX `notes_order` (IN|NOT |IG)/);
  });

  it('what it proposes runs, is used, and what takes it back leaves it as it was', async () => {
    const before = await indexes();
    for (const { apply, rollback, change } of made.run.proposals) {
      for (const sql of apply) await server.sql(sql);
      if (change.kind === 'create-index') {
        // No cycle has seen it yet.
        expect(created(await advise())).toEqual([]);
        const plan = await server.sql(
          "EXPLAIN FORMAT=JSON SELECT id, total FROM shop.orders WHERE email = 'c9@x.org'",
        );
        expect(JSON.stringify(plan)).toContain(change.name);
      }
      for (const sql of rollback) await server.sql(sql);
    }
    expect(await indexes()).toEqual(before);
  });
  const indexes = () =>
    server.sql(`SELECT TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, SUB_PART, COLLATION,
      NON_UNIQUE FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'shop'
      ORDER BY 1, 2, 3`);

  it('stays within its budget, and within the schemas that are asked for', async () => {
    expect(created(await advise({ budgetBytes: 1_000 }))).toEqual([]);
    expect((await advise({ schemas: ['other'] })).run.proposals).toEqual([]);
  });

  it('remembers what it saw of all indexes', async () => {
    const looks = await history.indexes(target.uid);
    const of = (name: string) => looks.find((each) => each.name === name);
    expect(of('log_at')).toBeUndefined();
    expect(of('notes_order_kind')).toMatchObject({ servesForeignKey: true, restorable: true });
    expect(of('PRIMARY')).toMatchObject({ needed: 'constraint' });
    expect(of('notes_label')?.index.keys).toEqual([{ column: 'label', letters: 10 }]);
    expect(of('orders_total_down')?.index.keys).toEqual([{ column: 'total', descending: true }]);
    expect(of('orders_status')?.bytes).toBeGreaterThan(100_000);
    expect(of('orders_status')?.scans).toBe(0);
  });
});
