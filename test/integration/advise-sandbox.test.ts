import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdviceDeps } from '../../src/advisor/run.ts';
import { runAdvice } from '../../src/advisor/run-advice.ts';
import { sandboxOf } from '../../src/app/advice-wiring.ts';
import { AppError } from '../../src/base/errors.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createEngines } from '../../src/engines/index.ts';
import type { MadeAdvice } from '../../src/history/advice.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import { changeLine } from '../../src/model/advice-words.ts';
import { adviceDepsOf } from '../support/advice-deps.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { asApp, makeShop } from '../support/mysql-shop.ts';
import { temporaryFolder } from '../support/postgres-server.ts';
import { cyclesOf, makeTarget, noAbort, prepareMysql } from '../support/target.ts';

/**
 * Advice where a copy was given for it: indexes are really made there, plans are the server's own,
 * and the copy is left as it was. A value that both have is looked for in all that comes out.
 */
const clock = systemClock;
const password = 'sandbox-secret-7';
const secret = 'CANARY-5521';

const grants = `
CREATE USER 'copy'@'%' IDENTIFIED BY '${password}';
GRANT SELECT, INSERT, CREATE, ALTER, INDEX ON shop.* TO 'copy'@'%';
GRANT SELECT ON performance_schema.* TO 'copy'@'%';
`;

/** Values with what ends values, bytes that are no text, names that are hidden or words. */
const odd = `
CREATE TABLE odd (id int PRIMARY KEY, name varchar(100), \`key\` int, raw varbinary(16),
  \`na'me?\` int, long_one longtext) DEFAULT CHARACTER SET utf8mb4;
INSERT INTO odd SELECT id, concat('ü😀''\\\\ %_?', id), id, unhex(lpad(hex(id), 32, 'f')), id,
  repeat('x', 300) FROM orders;
ANALYZE TABLE odd;
`;

describe.each([
  ['mysql-9', { bytesAreKnown: true }],
  ['mariadb-11.4', { bytesAreKnown: false }],
] as const)('%s', (product, { bytesAreKnown }) => {
  const folder = temporaryFolder('advise-sandbox');
  const history = openSqliteHistory(join(folder, 'history.db'));
  let server: MysqlServer;
  let copy: MysqlServer;
  let target: ReturnType<typeof makeTarget>;
  let made: MadeAdvice;

  beforeAll(async () => {
    [server, copy] = await Promise.all([startMysql({ product }), startMysql({ product })]);
    for (const each of [server, copy]) {
      await makeShop(each);
      await each.sql(`UPDATE orders SET email = '${secret}' WHERE id % 10 = 0`, 'shop');
      await each.sql(odd, 'shop');
    }
    await copy.sql(grants);
    await prepareMysql(server, ['shop']);
    target = makeTarget({
      engine: server.engine,
      port: server.port,
      spec: {
        databases: { include: ['shop'] },
        collection: { minExecutionCount: 1, maxQueriesPerCycle: 50 },
        safety: { explains: { perSecond: 100, burst: 1_000 }, databaseTimeBudget: '100%' },
        advice: { mode: 'propose', sandbox: sandboxAt(copy.port) },
      },
    });
    const cycles = cyclesOf(target);
    await history.record((await cycles.run()).batch);
    // Of a statement that is new in the second of the last look it is not known which came after.
    await clock.sleep(1_200);
    await asApp(server, async (app) => {
      for (let i = 1; i <= 20; i += 1) {
        await app.query(`SELECT id, total FROM orders WHERE email = 'c${i}@x.org'`);
        await app.query(`SELECT id, at FROM orders WHERE total BETWEEN ${i} AND ${i + 1}`);
        await app.query(
          `SELECT id FROM orders o WHERE o.customer_id IN (${i}, 500) AND o.total > 9`,
        );
        // Often: it takes so little that it would not count beside the others.
        for (let j = 0; j < 10; j += 1) await app.query(`SELECT total FROM orders WHERE id = ${i}`);
        await app.query(`SELECT id FROM odd WHERE name = 'x${i}'`);
        await app.query(`SELECT id FROM odd o WHERE o.key = ${i} AND long_one LIKE 'y%'`);
        await app.query(`SELECT id FROM odd WHERE raw = x'00ff${10 + i}'`);
        await app.query(`SELECT id FROM odd WHERE \`na'me?\` = ${i}`);
        await app.query(`SELECT max(long_one) FROM odd o WHERE o.key > ${i}`);
      }
    });
    await history.record((await cycles.run()).batch);
    made = await advise();
  }, 300_000);
  afterAll(async () => {
    await history.close();
    await Promise.all([server, copy].map((each) => each.stop()));
    rmSync(folder, { recursive: true });
  });

  const sandboxAt = (port: number) => ({
    host: '127.0.0.1',
    port,
    credentials: { file: '/nowhere' },
    tls: { mode: 'disable' },
    ...(server.engine === 'mysql' ? { requireAuth: ['caching_sha2_password'] } : {}),
  });
  const depsOf = (
    over: object = {},
    signal = noAbort(),
    tell: AdviceDeps['tell'] = () => undefined,
  ): AdviceDeps => {
    const spec = { ...target.spec, advice: { ...target.spec.advice, ...over } };
    const sandbox = sandboxOf(
      { ...target, spec },
      {
        engine: createEngines()[server.engine],
        clock,
        random: systemRandom,
        credentials: async () => ({ username: 'copy', password }),
      },
    );
    return adviceDepsOf(target, history, { sandbox, signal, tell });
  };
  const advise = (over: object = {}, signal = noAbort(), tell?: AdviceDeps['tell']) =>
    runAdvice(
      {
        target: { uid: target.uid, name: target.name, namespace: target.namespace },
        engine: server.engine,
        budgetBytes: 1_073_741_824,
        schemas: [],
        values: 'none',
        every_ms: 86_400_000,
      },
      depsOf(over, signal, tell),
    );
  const created = ({ run }: MadeAdvice) =>
    run.proposals.filter(({ change }) => change.kind === 'create-index');
  const indexes = (of: MysqlServer) =>
    of.sql(`SELECT TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, INDEX_COMMENT
      FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'shop' ORDER BY 1, 2, 3`);

  it('proposes what a plan on the copy gains by, with costs before and after', () => {
    expect(made.run).toMatchObject({ planner: 'sandbox' });
    // A name that the history hides is no statement; MariaDB’s digest knows no bytes.
    const agreement = { compared: bytesAreKnown ? 9 : 8, agreed: bytesAreKnown ? 8 : 7 };
    expect(made.run.agreement).toEqual(agreement);
    expect(made.run.withheld).toContainEqual({ code: 'plan_differs', statements: 1 });
    // One row comes back, whether of few rows or of all: that tells no index’s gain.
    expect(made.run.withheld).toContainEqual({ code: 'value_unknown', statements: 1 });
    const lines = created(made).map(({ change }) => changeLine(change));
    expect(lines).toContainEqual(expect.stringMatching(/^create index on shop\.orders \(email/));
    expect(lines).toContainEqual(expect.stringMatching(/^create index on shop\.orders \(total/));
    const byRules = created(made).filter(({ evidence }) => evidence.planner === 'rules');
    // What the copy could not say.
    expect(byRules.map(({ change }) => changeLine(change))).toEqual(
      bytesAreKnown ? [] : ['create index on shop.odd (raw)'],
    );
    for (const { evidence } of created(made).filter((each) => !byRules.includes(each))) {
      expect(evidence).toMatchObject({ planner: 'sandbox', confidence: 'medium' });
      expect(evidence.because.join()).toContain('planned by a copy of the server');
      const [first] = evidence.statements;
      expect(first?.costAfter).toBeLessThan((first?.costBefore ?? 0) / 2);
    }
    expect(made.plans.length).toBeGreaterThanOrEqual(2);
  });

  it('leaves the copy as it was, and asks nothing more of the server', async () => {
    expect(await indexes(copy)).toEqual(await indexes(server));
    expect(JSON.stringify(await indexes(copy))).not.toContain('dbintel');
  });

  it('no value of a row, and no password, is in what it made', () => {
    const all = JSON.stringify(made);
    expect(all).not.toContain(secret);
    expect(all).not.toContain('@x.org');
    expect(all).not.toContain('😀');
    expect(all).not.toContain(password);
  });

  it('removes what a run that was killed has left behind', async () => {
    await copy.sql(
      "ALTER TABLE shop.orders ADD INDEX dbi_left (total) COMMENT 'dbintel:sandbox', " +
        "ADD INDEX theirs (total) COMMENT 'ours'",
    );
    await advise();
    const left = JSON.stringify(await indexes(copy));
    expect(left).not.toContain('dbi_left');
    expect(left).toContain('theirs');
    await copy.sql('ALTER TABLE shop.orders DROP INDEX theirs');
  });

  it('keeps what it has measured where a table of the copy is held, and says so', async () => {
    const run = advise();
    const seen = async () =>
      JSON.stringify((await indexes(copy)).filter(({ TABLE_NAME }) => TABLE_NAME === 'orders'));
    await expect
      .poll(seen, { timeout: 20_000, interval: 10 })
      .toEqual(expect.stringContaining('dbintel:sandbox'));
    const other = await copy.client('shop');
    try {
      await other.query('BEGIN');
      await other.query('SELECT 1 FROM orders LIMIT 1');
      const kept = await run;
      expect(kept.run.planner).toBe('sandbox');
      expect(kept.run.unseen).toContainEqual({
        kind: 'sandbox-table',
        schema: 'shop',
        table: 'orders',
      });
      expect(kept.run.unseen).toContainEqual({ kind: 'sandbox-left', code: 'lock_timeout' });
      const planned = created(kept).filter(({ evidence }) => evidence.planner === 'sandbox');
      expect(planned.length).toBeGreaterThanOrEqual(2);
      for (const { change } of planned) expect(changeLine(change)).toContain('shop.odd');
      expect(await seen()).toContain('dbintel:sandbox');
    } finally {
      await other.end();
    }
    await advise();
    expect(await indexes(copy)).toEqual(await indexes(server));
  });

  it('ends at once where a stop comes, and leaves nothing', async () => {
    const abort = new AbortController();
    const run = advise({}, abort.signal);
    const seen = async () => JSON.stringify(await indexes(copy)).includes('dbintel:sandbox');
    await expect.poll(seen, { timeout: 20_000, interval: 10 }).toBe(true);
    abort.abort(new AppError('emergency_stop', 'stopped'));
    await expect(run).rejects.toMatchObject({ code: 'emergency_stop' });
    await expect.poll(seen, { timeout: 20_000 }).toBe(false);
  });

  it('keeps what it has measured where the copy dies, and says so', async () => {
    // What was tried is planned as a whole last of all.
    const dies: AdviceDeps['tell'] = ({ kind }) => {
      if (kind === 'check') copy.kill();
    };
    const { run } = await advise({}, noAbort(), dies);
    expect(run.planner).toBe('sandbox');
    const codes = run.unseen?.filter(({ kind }) => kind.startsWith('sandbox'));
    expect(codes).toEqual([
      { kind: 'sandbox-cut', code: 'connection_failed' },
      { kind: 'sandbox-left', code: 'connection_failed' },
    ]);
    const lines = created({ run, plans: [] })
      .filter(({ evidence }) => evidence.planner === 'sandbox')
      .map(({ change }) => changeLine(change));
    expect(lines).toContainEqual(expect.stringMatching(/^create index on shop\.orders \(email/));
    for (const { evidence } of created({ run, plans: [] }))
      if (evidence.planner === 'sandbox')
        for (const each of evidence.statements)
          expect(each.costAfter).toBeLessThan(each.costBefore ?? 0);
    await copy.restart();
    await advise();
    expect(await indexes(copy)).toEqual(await indexes(server));
  });

  it.each([
    ['is the server itself', () => sandboxAt(server.port), 'sandbox_refused'],
    ['does not answer', () => sandboxAt(1), 'connection_failed'],
  ])('advises by rules where the copy %s, and says so', async (_, at, code) => {
    if (code === 'sandbox_refused') await server.sql(grants);
    const before = await indexes(server);
    const { run } = await advise({ sandbox: at() });
    expect(run.unseen).toContainEqual({ kind: 'sandbox', code });
    expect(run.planner).toBe('rules');
    expect(created({ run, plans: [] })[0]?.evidence.confidence).toBe('low');
    expect(await indexes(server)).toEqual(before);
  });
});
