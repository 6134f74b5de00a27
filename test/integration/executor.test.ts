import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { indexName } from '../../src/advice/identity.ts';
import { AppError } from '../../src/base/errors.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { openPostgresIndexWork } from '../../src/engines/postgres/index-work.ts';
import type { Change } from '../../src/model/proposal.ts';
import {
  asItBegins,
  builderPassword,
  byCustomer,
  commandsOf,
  type ExecutorWorld,
  endedWhen,
  executorWorld,
  killedAfter,
  prepareBuilder,
  type WorldOptions,
} from '../support/executor-world.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { prepareSloths, setPace } from '../support/sloths.ts';
import { makeTarget } from '../support/target.ts';

const unused = { kind: 'unused' as const, since: 0, servers: [], unknownServers: false };

/** The approval loop on real servers: each way in which a build can fail, and what is left. */
describe.each(['18', '14'] as const)('PostgreSQL %s', (version) => {
  let server: PostgresServer;
  const worlds: ExecutorWorld[] = [];
  const world = (change?: Change, more: WorldOptions = {}) => {
    const made = executorWorld(server, change, more);
    worlds.push(made);
    return made;
  };
  beforeAll(async () => {
    server = await startPostgres({ version, settings: { max_prepared_transactions: '2' } });
    await prepareBuilder(server, 40_000);
    await prepareSloths(server);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
  });
  afterEach(async () => {
    for (const each of worlds.splice(0)) each.close();
    await server.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid()`,
    );
    for (const { name } of await invalidOrOurs()) await server.sql(`DROP INDEX shop."${name}"`);
  });
  const indexes = (where: string) =>
    server.sql(`SELECT c.relname AS name, i.indisvalid AS valid,
      obj_description(c.oid, 'pg_class') AS mark FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'shop' AND ${where}`) as Promise<
      { name: string; valid: boolean; mark: string | null }[]
    >;
  const invalidOrOurs = () => indexes(`c.relname LIKE 'dbi%'`);
  const invalid = () => indexes('NOT i.indisvalid');

  it('builds what was approved, marks it, and keeps it once its effect is shown', async () => {
    const w = world();
    expect(await w.pass()).toBe('Proposed');
    expect(await invalidOrOurs()).toEqual([]);
    await w.approve();
    expect(await w.pass()).toBe('Approved');
    expect(await w.pass()).toBe('Observing');
    const [made] = await invalidOrOurs();
    expect(made).toMatchObject({ name: w.name, valid: true });
    expect(made?.mark).toContain(`dbintel:${w.id}:`);
    w.verdict.now = { kind: 'improved' };
    expect(await w.settle()).toBe('Kept');
    expect(await w.current()).toMatchObject({ state: { approvedBy: 'dba', reason: 'improved' } });
  });

  it('takes back what made something slower', async () => {
    const w = world();
    await w.approve();
    w.verdict.now = { kind: 'regression', reason: 'regression' };
    expect(await w.settle()).toBe('RolledBack');
    expect(await invalidOrOurs()).toEqual([]);
  });

  it('takes back what is not approved any more', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    await w.pass();
    await w.revoke();
    expect(await w.settle()).toBe('RolledBack');
    expect(await invalidOrOurs()).toEqual([]);
  });

  it.each([
    ['taken back', 'Withdrawn'],
    ['rejected', 'Withdrawn'],
    ['not to be read', 'Deferred'],
  ] as const)('begins nothing where at that moment the approval is %s', async (what, phase) => {
    const w = world();
    const said = commandsOf(w);
    await w.approve();
    await w.pass();
    const mend = asItBegins(w, async () => {
      if (what === 'taken back') await w.revoke();
      if (what === 'rejected') await w.approve('dba', 'Reject');
      if (what === 'not to be read')
        w.ports.store.read = () => Promise.reject(new AppError('cluster_failed', 'no answer'));
    });
    expect(await w.pass()).toBe(phase);
    expect(said).toEqual([]);
    mend();
    await w.approve();
    w.wait(3_600_000);
    expect(await w.settle()).toBe('Observing');
    expect((await w.current()).state.attempt).toBe(1);
  });

  it('does nothing without an approval, nor under a stop', async () => {
    const w = world();
    await w.pass();
    w.gate.now = { kind: 'closed', reason: 'emergency_stop', stop: true };
    await w.approve();
    expect(await w.settle()).toBe('Deferred');
    expect(await invalidOrOurs()).toEqual([]);
    w.gate.now = { kind: 'open' };
    w.wait(3_600_000);
    expect(await w.settle()).toBe('Observing');
  });

  it('is kept waiting by a writer: leaves nothing invalid, tries again, and succeeds', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    const writer = await server.client();
    await writer.query('BEGIN; UPDATE shop.orders SET total = 1 WHERE id = 1');
    expect(await w.pass()).toBe('Cleaning');
    expect((await w.current()).state.failure).toEqual({ reason: 'lock_timeout', final: false });
    await writer.query('ROLLBACK');
    await writer.end();
    expect(await w.settle()).toBe('Observing');
    expect(await invalid()).toEqual([]);
  });

  it('gives up after three attempts, and nothing is left', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    const writer = await server.client();
    const seen: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      await writer.query('BEGIN; UPDATE shop.orders SET total = 1 WHERE id = 1');
      seen.push(await w.pass());
      await writer.query('ROLLBACK');
      seen.push(await w.pass());
      w.wait(3_600_000);
    }
    await writer.end();
    expect(seen).toEqual(['Cleaning', 'Approved', 'Cleaning', 'Approved', 'Cleaning', 'Failed']);
    expect((await w.current()).state).toMatchObject({ reason: 'lock_timeout', attempt: 3 });
    expect(await invalidOrOurs()).toEqual([]);
  });

  it('does not begin where a transaction has been open for long', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    const reader = await server.client();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
    await using work = await openWork(w);
    expect(await work.preflight()).toBeUndefined();
    expect(await work.preflight(1)).toBe('old_snapshot');
    await reader.query('ROLLBACK');
    await reader.end();
  });

  it.each([
    ['who idles after a write: a build', '', 'UPDATE shop.orders SET total = 1 WHERE id = 1'],
    ['who idles after a look: a drop', 'drop', 'SELECT 1 FROM shop.orders LIMIT 1'],
    ['what is prepared: a build', '', 'DELETE FROM shop.orders WHERE id = 2', 'PREPARE'],
  ])('waits beside %s where that is old', async (_, drop, sql, prepare = '') => {
    const index = { ...byCustomer, keys: [{ column: 'total' }] };
    const gone: Change = { kind: 'drop-index', name: 'old', index, because: unused };
    const w = world(drop ? gone : undefined);
    await using work = await openWork(w);
    const idle = await server.client();
    await idle.query(`BEGIN; ${sql}`);
    if (prepare) await idle.query(`PREPARE TRANSACTION 'forgotten'`);
    await systemClock.sleep(1_100);
    expect(await work.preflight(1_000)).toBe('old_snapshot');
    expect(await work.preflight()).toBeUndefined();
    await idle.query(prepare ? `ROLLBACK PREPARED 'forgotten'` : 'ROLLBACK');
    expect(await work.preflight(1_000)).toBeUndefined();
    await idle.end();
  });

  it('builds beside who idles after a look, for whom it does not wait', async () => {
    const w = world();
    await using work = await openWork(w);
    const idle = await server.client();
    await idle.query('BEGIN; SELECT 1 FROM shop.orders LIMIT 1');
    await systemClock.sleep(100);
    expect(await work.preflight(1)).toBeUndefined();
    await idle.end();
  });

  it('an old snapshot in the last phase leaves one that every write pays for; it is removed', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    const reader = await server.client();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
    expect(await w.pass()).toMatch(/Cleaning|Approved/);
    expect((await w.current()).state.failure?.reason ?? (await w.current()).state.reason).toBe(
      'lock_timeout',
    );
    await reader.query('ROLLBACK');
    await reader.end();
    expect(await w.settle()).toBe('Observing');
    expect(await invalid()).toEqual([]);
  });

  it('waits for reports of seconds, which wait for nobody, and is taken back beside them', async () => {
    const w = world(undefined, { patience_ms: 60_000 });
    await w.approve();
    await w.pass();
    let busy = true;
    const reports = [0, 1_500, 3_000].map(async (after_ms) => {
      const client = await server.client();
      await systemClock.sleep(after_ms);
      while (busy)
        await client.query(`SELECT pg_sleep(4.5) FROM (SELECT count(*) FROM shop.orders) counted`);
      await client.end();
    });
    await systemClock.sleep(3_500);
    expect(await w.pass()).toBe('Observing');
    await w.revoke();
    expect(await w.pass()).toBe('RolledBack');
    expect(await invalidOrOurs()).toEqual([]);
    busy = false;
    await Promise.all(reports);
  });

  it('a server that ends long transactions of everybody does not end a build', async () => {
    if (version === '18') await server.sql(`ALTER ROLE builder SET transaction_timeout = '1s'`);
    const w = world(undefined, { patience_ms: 60_000 });
    await w.approve();
    await w.pass();
    const writer = await server.client();
    await writer.query('BEGIN; UPDATE shop.orders SET total = 1 WHERE id = 1');
    const building = w.pass();
    await systemClock.sleep(3_000);
    await writer.query('ROLLBACK');
    await writer.end();
    expect(await building).toBe('Observing');
    await server.sql(`ALTER ROLE builder RESET ALL`);
  });

  it('what it left is known again by an expression that the server writes otherwise', async () => {
    await server.sql('ALTER TABLE shop.orders ADD email varchar(80)');
    const index = { ...byCustomer, keys: [{ expression: 'lower("email")' }] };
    const w = world({ kind: 'create-index', name: indexName(index), index });
    await w.approve();
    await w.pass();
    const writer = await server.client();
    await writer.query('BEGIN; UPDATE shop.orders SET total = 1 WHERE id = 1');
    expect(await w.pass()).toBe('Cleaning');
    await writer.query('ROLLBACK');
    await writer.end();
    expect(await w.settle()).toBe('Observing');
    expect(await invalid()).toEqual([]);
    await server.sql('ALTER TABLE shop.orders DROP email');
  });

  it('the backend is killed in the build: what is left is removed, and built again', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    const writer = await server.client();
    await writer.query('BEGIN; UPDATE shop.orders SET total = 1 WHERE id = 1');
    const building = w.pass();
    await until(async () => (await builders()).length > 0, 20_000, 'it is being built');
    for (const { pid } of await builders()) await server.sql(`SELECT pg_terminate_backend(${pid})`);
    await building.catch(() => undefined);
    await until(async () => (await sessions()).length === 0, 20_000, 'the server has ended it');
    await writer.query('ROLLBACK');
    await writer.end();
    expect(await w.settle()).toBe('Observing');
    expect(await invalid()).toEqual([]);
  });
  /** Who is not here any more has let go of its locks, too. */
  const sessions = (which = 'true') =>
    server.sql(`SELECT pid FROM pg_stat_activity
      WHERE application_name LIKE 'dbintel-executor/%' AND ${which}`) as Promise<{ pid: number }[]>;
  const builders = () => sessions(`query LIKE '%CREATE INDEX%' AND state = 'active'`);

  it('a stop ends a build that runs; what it left is removed when the stop is lifted', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    const reader = await server.client();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
    await server.sql(`ALTER ROLE builder SET lock_timeout = '60s'`);
    const building = w.pass();
    await until(async () => (await builders()).length > 0, 20_000, 'it is being built');
    w.gate.now = { kind: 'closed', reason: 'emergency_stop', stop: true };
    await building;
    expect(await builders()).toEqual([]);
    await reader.query('ROLLBACK');
    await reader.end();
    w.gate.now = { kind: 'open' };
    expect(await w.settle()).toBe('Observing');
    expect(await invalid()).toEqual([]);
  });

  it('an index that somebody made under its name is left alone', async () => {
    const w = world();
    await server.sql(`CREATE INDEX "${w.name}" ON shop.orders (total)`);
    await w.approve();
    expect(await w.settle()).toBe('Failed');
    expect((await w.current()).state.reason).toBe('name_taken');
    expect((await invalidOrOurs()).map(({ name }) => name)).toEqual([w.name]);
  });

  it('an index that is dropped by hand is not made again', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    await w.pass();
    await server.sql(`DROP INDEX shop."${w.name}"`);
    expect(await w.settle()).toBe('Gone');
    expect(await invalidOrOurs()).toEqual([]);
  });

  it('of two executors, one builds', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    await using first = await openWork(w);
    await using second = await openWork(w);
    expect([await first.lock(), await second.lock()]).toEqual([true, false]);
    expect(await second.look()).toEqual({ kind: 'busy' });
    expect(await w.pass()).toBe('Deferred');
  });

  it('drops what was approved, and makes it again where it is missed', async () => {
    await server.sql('CREATE INDEX dbi_old ON shop.orders (total DESC) WHERE total > 5');
    const index = {
      ...byCustomer,
      keys: [{ column: 'total', descending: true as const }],
      where: 'total > 5',
    };
    const w = world({ kind: 'drop-index', name: 'dbi_old', index, because: unused });
    await w.approve();
    await w.pass();
    expect(await w.pass()).toBe('Observing');
    expect(await invalidOrOurs()).toEqual([]);
    w.verdict.now = { kind: 'regression', reason: 'regression' };
    expect(await w.settle()).toBe('RolledBack');
    expect(await invalidOrOurs()).toMatchObject([{ name: 'dbi_old', valid: true }]);
  });

  it('does not drop as unused what has been read since, where the server says when', async () => {
    await server.sql('CREATE INDEX dbi_read ON shop.orders (total)');
    await server.sql(`SET enable_seqscan = off; SET enable_bitmapscan = off;
      SELECT count(*) FROM shop.orders WHERE total = 5`);
    const index = { ...byCustomer, keys: [{ column: 'total' }] };
    const because = { kind: 'unused' as const, since: 1, servers: [], unknownServers: false };
    const w = world({ kind: 'drop-index', name: 'dbi_read', index, because });
    await w.approve();
    await w.pass();
    expect(await w.pass()).toBe(version === '18' ? 'Deferred' : 'Observing');
    if (version === '18') expect((await w.current()).state.reason).toBe('used_since');
  });

  it('builds nothing beyond the budget, what it has built before included', async () => {
    await server.sql(`CREATE INDEX dbi_before ON shop.orders (note, id);
      COMMENT ON INDEX shop.dbi_before IS 'dbintel:other:hash'`);
    const w = world(undefined, { spec: { advice: { budget: '2Mi' } } });
    await w.approve();
    expect(await w.settle()).toBe('Deferred');
    const { state } = await w.current();
    expect(state.reason).toBe('index_budget_spent');
    expect(state.detail).toMatch(/^this index 8 KiB, built already [2-9](\.\d)? MiB, of 2 MiB$/);
    expect((await invalidOrOurs()).map(({ name }) => name)).toEqual(['dbi_before']);
    await server.sql('DROP INDEX shop.dbi_before');
    w.wait(3_600_000);
    expect(await w.settle()).toBe('Observing');
    expect((await w.current()).state.detail).toBeUndefined();
  });

  it('does not drop one that has another definition by now', async () => {
    await server.sql('CREATE INDEX dbi_other ON shop.orders (total)');
    const w = world({ kind: 'drop-index', name: 'dbi_other', index: byCustomer, because: unused });
    await w.approve();
    expect(await w.settle()).toBe('Failed');
    expect((await invalidOrOurs()).length).toBe(1);
  });

  it.each(['note text_pattern_ops', 'note COLLATE "C"', 'note) WITH (fillfactor = 50'])(
    'does not drop one that somebody has made anew as (%s)',
    async (keys) => {
      await server.sql(`CREATE INDEX dbi_other ON shop.orders (${keys})`);
      const index = { ...byCustomer, keys: [{ column: 'note' }] };
      const w = world({ kind: 'drop-index', name: 'dbi_other', index, because: unused });
      await w.approve();
      expect(await w.settle()).toBe('Failed');
      expect((await w.current()).state.reason).toBe('definition_changed');
      expect((await invalidOrOurs()).length).toBe(1);
    },
  );

  // Before 15 a tablespace wants a folder of its own on the server.
  if (version === '18')
    it('does not drop one that lies elsewhere by now', async () => {
      const admin = await server.client();
      await admin.query('SET allow_in_place_tablespaces = on');
      await admin.query(`CREATE TABLESPACE fast LOCATION ''`);
      await admin.query('CREATE INDEX dbi_total ON shop.orders (total) TABLESPACE fast');
      const index = { ...byCustomer, keys: [{ column: 'total' }] };
      const w = world({ kind: 'drop-index', name: 'dbi_total', index, because: unused });
      await w.approve();
      expect(await w.settle()).toBe('Failed');
      expect((await w.current()).state.reason).toBe('definition_changed');
      await admin.query('DROP INDEX shop.dbi_total');
      await admin.query('DROP TABLESPACE fast');
      await admin.end();
    });

  it('drops as redundant only beside the one that does all that it could', async () => {
    const make = (name: string, keys: string) =>
      server.sql(`CREATE INDEX ${name} ON shop.orders (${keys})`);
    await make('dbi_narrow', 'total');
    const index = { ...byCustomer, keys: [{ column: 'total' }] };
    const because = { kind: 'redundant' as const, covered: 'dbi_wide' };
    const w = world({ kind: 'drop-index', name: 'dbi_narrow', index, because });
    await w.approve();
    await w.pass();
    for (const keys of [
      '',
      'id, total',
      'total DESC, id',
      'total, id) WHERE (id > 5',
      'total, id',
    ]) {
      if (keys) await make('dbi_wide', keys);
      const phase = await w.pass();
      expect([keys, phase]).toEqual([keys, keys === 'total, id' ? 'Observing' : 'Deferred']);
      if (phase === 'Deferred') expect((await w.current()).state.reason).toBe('cover_gone');
      if (phase === 'Deferred' && keys) await server.sql('DROP INDEX shop.dbi_wide');
      w.wait(3_600_000);
    }
    expect((await invalidOrOurs()).map(({ name }) => name)).toEqual(['dbi_wide']);
  });

  it('what was to go as redundant, and is gone, was changed by hand', async () => {
    await server.sql('CREATE INDEX dbi_stays ON shop.orders (note)');
    const index = { ...byCustomer, keys: [{ column: 'note' }] };
    const because = { kind: 'redundant' as const, covered: 'dbi_stays' };
    const w = world({ kind: 'drop-index', name: 'dbi_gone', index, because });
    await w.approve();
    expect(await w.settle()).toBe('Gone');
    expect((await w.current()).state.reason).toBe('changed_by_hand');
  });

  it.each([
    ['is unique of more', 'UNIQUE', '(total)', 'UNIQUE', '(total, id)'],
    ['sorts otherwise', '', '(note)', '', '(note COLLATE "C", id)'],
    ['is of another expression', '', '((total + 1))', '', '((total + 2), id)'],
    ['keeps less', '', '(total) INCLUDE (note)', '', '(total, id)'],
  ])('does not drop as redundant beside one that %s', async (_, one, narrow, other, wide) => {
    await server.sql(`CREATE TABLE shop.few (id int, total int, note text);
      ALTER TABLE shop.few OWNER TO builder;
      CREATE ${one} INDEX narrow ON shop.few ${narrow};
      CREATE ${other} INDEX wide ON shop.few ${wide}`);
    const because = { kind: 'redundant' as const, covered: 'wide' };
    const index = { ...byCustomer, table: 'few' };
    const w = world({ kind: 'drop-index', name: 'narrow', index, because });
    await using work = await openWork(w);
    expect(await work.preflight()).toBe('cover_gone');
    await server.sql(`DROP INDEX shop.wide; CREATE ${one} INDEX wide ON shop.few ${narrow}`);
    expect(await work.preflight()).toBeUndefined();
    await server.sql('DROP TABLE shop.few');
  });

  it('does not drop as invalid what somebody has built again', async () => {
    await server.sql('CREATE INDEX dbi_mended ON shop.orders (total)');
    const index = { ...byCustomer, keys: [{ column: 'total' }] };
    const because = { kind: 'invalid' as const };
    const w = world({ kind: 'drop-index', name: 'dbi_mended', index, because });
    await w.approve();
    await w.pass();
    expect(await w.pass()).toBe('Deferred');
    expect((await w.current()).state.reason).toBe('valid_by_now');
    expect(await invalidOrOurs()).toMatchObject([{ name: 'dbi_mended', valid: true }]);
  });

  it('whoever takes it back is heard without a history, and outside of window and blackout', async () => {
    const closed = (reason: 'outside_window' | 'blackout') =>
      ({ kind: 'closed', reason, stop: false }) as const;
    for (const reason of ['outside_window', 'blackout'] as const) {
      const w = world();
      await w.approve();
      expect(await w.settle()).toBe('Observing');
      w.gate.now = closed(reason);
      w.ports.judge = () => Promise.reject(new AppError('connection_failed', 'no history'));
      await w.revoke();
      expect(await w.pass()).toBe('RolledBack');
      expect(await invalidOrOurs()).toEqual([]);
    }
    const w = world();
    await w.approve();
    expect(await w.settle()).toBe('Observing');
    w.verdict.now = { kind: 'regression', reason: 'regression' };
    w.gate.now = closed('blackout');
    expect(await w.settle()).toBe('Observing');
    w.gate.now = closed('outside_window');
    expect(await w.settle()).toBe('RolledBack');
  });

  it('where its target names another server, nothing is begun, built or called done there', async () => {
    await server.sql('CREATE DATABASE elsewhere');
    const there = await server.client('elsewhere');
    await there.query(`CREATE SCHEMA shop AUTHORIZATION builder;
      CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer int, total int);
      ALTER TABLE shop.orders OWNER TO builder`);
    const index = { ...byCustomer, keys: [{ column: 'total' }] };
    const gone: Change = { kind: 'drop-index', name: 'old', index, because: unused };
    await server.sql('CREATE INDEX old ON shop.orders (total)');
    const [waiting, built, dropped] = [world(), world(), world(gone)];
    for (const each of [waiting, built, dropped]) {
      await each.approve();
      expect(await each.pass()).toBe('Approved');
    }
    for (const each of [built, dropped]) expect(await each.settle()).toBe('Observing');
    await dropped.revoke();
    const found = await dropped.current();
    await dropped.ports.store.write(found, { ...found.state, phase: 'RollingBack' });
    const before = built.address.now;
    for (const each of [waiting, built, dropped]) {
      const { open } = each.ports;
      each.ports.open = (given, signal) => open({ ...given, database: 'elsewhere' }, signal);
      each.address.now = 'elsewhere:5432';
    }
    expect(await waiting.pass()).toBe('Deferred');
    expect((await waiting.current()).state.reason).toBe('server_changed');
    for (const [each, what] of [
      [built, 'left'],
      [dropped, 'hidden or missing'],
    ] as const) {
      expect(await each.settle()).toBe('Gone');
      const detail = `index ${each.name} may be ${what} on ${before}`;
      expect((await each.current()).state).toMatchObject({ reason: 'server_changed', detail });
    }
    const { rows } = await there.query(
      `SELECT FROM pg_indexes WHERE schemaname = 'shop'
      AND indexname IN ('old', $1)`,
      [built.name],
    );
    expect(rows).toEqual([]);
    await there.end();
    await server.sql('DROP DATABASE elsewhere');
  });

  it('counts an approval for the server that it was advised for, and for no other', async () => {
    const w = world();
    const here = w.address.now;
    w.proposal.server = here;
    w.address.now = 'elsewhere:5432';
    await w.approve();
    expect(await w.settle()).toBe('Proposed');
    expect((await w.current()).state.reason).toBe('server_changed');
    w.proposal.server = 'elsewhere:5432';
    expect((await w.current()).approval).toBeUndefined();
    w.proposal.server = here;
    w.address.now = here;
    expect(await w.pass()).toBe('Approved');
    expect((await w.current()).state.server).toBe(here);
  });

  it('tells once what an approval waits for until somebody sees to it', async () => {
    const w = world();
    const told: string[] = [];
    w.ports.onPhase = (_, { phase, reason }) => told.push(`${phase} ${reason}`);
    w.gate.now = { kind: 'closed', reason: 'outside_window', stop: false };
    await w.approve();
    await w.settle();
    w.address.now = '127.0.0.1:1';
    w.wait(3_600_000);
    await w.settle();
    expect(told).toEqual([
      'Approved approved',
      'Deferred outside_window',
      'Deferred server_changed',
    ]);
  });

  it('says of what is under way that its server is not reached, as long as it is not', async () => {
    const w = world();
    await w.approve();
    expect(await w.settle()).toBe('Observing');
    await server.sql('ALTER ROLE builder NOLOGIN');
    expect(await w.pass()).toBe('Observing');
    const { detail } = (await w.current()).state;
    expect(detail).toBe('its server is not reached now: authentication_failed');
    await server.sql('ALTER ROLE builder LOGIN');
    expect(await w.pass()).toBe('Observing');
    expect((await w.current()).state.detail).toBeUndefined();
  });

  it('goes on where its target names the same server by another name', async () => {
    const w = world();
    await w.approve();
    expect(await w.settle()).toBe('Observing');
    w.address.now = 'the-same:5432';
    expect(await w.settle()).toBe('Observing');
    expect((await w.current()).state.server).toBe('the-same:5432');
    await w.revoke();
    expect(await w.settle()).toBe('RolledBack');
    expect(await invalidOrOurs()).toEqual([]);
  });

  it('builds none beside another that does the same, and none on other rows for it', async () => {
    const index = {
      ...byCustomer,
      keys: [{ column: 'customer' }, { column: 'total', descending: true as const }],
      where: "note = 'open'",
      include: ['id'],
    };
    const w = world({ kind: 'create-index', name: 'dbi_twin', index });
    await w.approve();
    await w.pass();
    const keys = '(customer, total DESC) INCLUDE (note, id)';
    for (const [twin, phase] of [
      [`${keys} WHERE note = 'open'`, 'Deferred'],
      [`(customer, total) INCLUDE (id) WHERE note = 'open'`, 'Observing'],
    ] as const) {
      await server.sql(`CREATE INDEX dbi_by_hand ON shop.orders ${twin}`);
      expect(await w.pass()).toBe(phase);
      if (phase === 'Deferred') expect((await w.current()).state.reason).toBe('served_by_now');
      await server.sql('DROP INDEX shop.dbi_by_hand');
      w.wait(3_600_000);
    }
  });

  it('does not say that it took back what somebody has renamed', async () => {
    const w = world();
    await w.approve();
    await w.settle();
    await server.sql(`ALTER INDEX shop.${w.name} RENAME TO dbi_adopted`);
    const found = await w.current();
    await w.ports.store.write(found, { ...found.state, phase: 'RollingBack' });
    await w.revoke();
    expect(await w.settle()).toBe('Gone');
    expect((await w.current()).state.detail).toContain('still there');
    expect((await invalidOrOurs()).map(({ name }) => name)).toEqual(['dbi_adopted']);
  });

  it('what somebody brings back by hand is not dropped while it is built', async () => {
    await server.sql('CREATE INDEX dbi_missed ON shop.orders (total)');
    const index = { ...byCustomer, keys: [{ column: 'total' }] };
    const w = world({ kind: 'drop-index', name: 'dbi_missed', index, because: unused });
    const said = commandsOf(w);
    await w.approve();
    expect(await w.settle()).toBe('Observing');
    await w.revoke();
    const found = await w.current();
    await w.ports.store.write(found, { ...found.state, phase: 'RollingBack', attempt: 1 });
    const [writer, dba] = [await server.client(), await server.client()];
    await writer.query('BEGIN; UPDATE shop.orders SET total = total WHERE id = 1');
    const made = dba.query('CREATE INDEX CONCURRENTLY dbi_missed ON shop.orders (total)');
    await until(async () => (await invalidOrOurs()).length > 0, 20_000, 'it is begun by hand');
    expect(await w.pass()).toBe('RollingBack');
    await writer.query('ROLLBACK');
    await made;
    expect(await w.pass()).toBe('RolledBack');
    expect(said).toEqual(['drop']);
    await Promise.all([writer, dba].map((each) => each.end()));
  });

  it('says that its role does not own the table', async () => {
    await server.sql(
      'CREATE TABLE shop.others (id int); ALTER TABLE shop.others OWNER TO postgres',
    );
    const index = { ...byCustomer, table: 'others', keys: [{ column: 'id' }] };
    const w = world({ kind: 'create-index', name: indexName(index), index });
    await w.approve();
    expect(await w.settle()).toBe('Deferred');
    expect((await w.current()).state.reason).toBe('role_lacks_ownership');
    await server.sql('DROP TABLE shop.others');
  });

  it('says why what it has built does not get its mark', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    const { open } = w.ports;
    w.ports.open = async (...given) => {
      const work = await open(...given);
      work.build = async () => {
        await server.sql(`CREATE INDEX ${w.name} ON shop.orders (customer);
          ALTER TABLE shop.orders OWNER TO postgres`);
        return undefined;
      };
      return work;
    };
    await w.pass();
    w.ports.open = open;
    expect(await w.pass()).toBe('Applying');
    expect((await w.current()).state.detail).toBe(
      'it is built, to mark it failed: role_lacks_ownership',
    );
    await server.sql('ALTER TABLE shop.orders OWNER TO builder');
    expect(await w.pass()).toBe('Observing');
    expect((await w.current()).state.detail).toBeUndefined();
  });

  it('of a partitioned table it goes on where it failed, and takes all of it back', async () => {
    await server.sql(`CREATE TABLE shop.days (day int, customer int) PARTITION BY LIST (day);
      ALTER TABLE shop.days OWNER TO builder`);
    const partitions = [1, 2, 3].map((day) => ({
      schema: 'shop',
      table: `days_${day}`,
      name: `dbi_days_${day}`,
    }));
    for (const { table } of partitions)
      await server.sql(`CREATE TABLE shop.${table} PARTITION OF shop.days
        FOR VALUES IN (${table.slice(-1)}); ALTER TABLE shop.${table} OWNER TO builder`);
    const index = { ...byCustomer, table: 'days' };
    const w = world({ kind: 'create-index', name: 'dbi_days', index, partitions });
    await w.approve();
    await w.pass();
    const writer = await server.client();
    await writer.query('BEGIN; INSERT INTO shop.days_2 VALUES (2, 1)');
    expect(await w.pass()).toBe('Applying');
    await writer.query('ROLLBACK');
    await writer.end();
    expect(await w.settle()).toBe('Observing');
    expect(await invalid()).toEqual([]);
    expect((await invalidOrOurs()).length).toBe(4);
    await w.revoke();
    expect(await w.settle()).toBe('RolledBack');
    expect(await invalidOrOurs()).toEqual([]);
    await server.sql('DROP TABLE shop.days');
  });

  it('to drop that of a partitioned table keeps nobody waiting for longer than two seconds', async () => {
    await server.sql(`CREATE TABLE shop.days (day int, customer int) PARTITION BY LIST (day);
      ALTER TABLE shop.days OWNER TO builder`);
    const days = [1, 2, 3, 4, 5];
    for (const day of days)
      await server.sql(`CREATE TABLE shop.days_${day} PARTITION OF shop.days
        FOR VALUES IN (${day}); ALTER TABLE shop.days_${day} OWNER TO builder`);
    const partitions = days.map((day) => ({
      schema: 'shop',
      table: `days_${day}`,
      name: `dbi_days_${day}`,
    }));
    const index = { ...byCustomer, table: 'days' };
    const w = world({ kind: 'create-index', name: 'dbi_days', index, partitions });
    await w.approve();
    expect(await w.settle()).toBe('Observing');
    await w.revoke();
    // One after the other: each ends before the drop would give up to wait for it.
    const reports = days.map(async (day) => {
      const client = await server.client();
      await client.query(`SELECT pg_sleep(${1.5 * day}) FROM (
        SELECT count(*) FROM shop.days_${day}) counted`);
      await client.end();
    });
    const reader = await server.client();
    await systemClock.sleep(200);
    const dropping = w.pass();
    await systemClock.sleep(300);
    // By the server's own clock: this process has more to do than to read answers.
    const { rows } = await reader.query(
      `SELECT extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000 AS ms
        FROM (SELECT count(*) FROM shop.days WHERE day = 1) counted`,
    );
    expect(Number(rows[0].ms)).toBeLessThan(2_500);
    expect(await dropping).toBe('RollingBack');
    const { state } = await w.current();
    expect(state).toMatchObject({ detail: 'to take it back failed: lock_timeout' });
    expect(state.reason).toBe('approval_revoked');
    await Promise.all(reports);
    await reader.end();
    expect(await w.settle()).toBe('RolledBack');
    expect(await invalidOrOurs()).toEqual([]);
    await server.sql('DROP TABLE shop.days');
  });

  it('leaves the index of a partition that was approved by itself', async () => {
    await server.sql(`CREATE TABLE shop.weeks (week int, customer int) PARTITION BY LIST (week);
      CREATE TABLE shop.weeks_1 PARTITION OF shop.weeks FOR VALUES IN (1);
      ALTER TABLE shop.weeks OWNER TO builder; ALTER TABLE shop.weeks_1 OWNER TO builder`);
    const index = { ...byCustomer, table: 'weeks_1' };
    const alone = world({ kind: 'create-index', name: 'dbi_weeks_1', index });
    await alone.approve();
    expect(await alone.settle()).toBe('Observing');
    const partitions = [{ schema: 'shop', table: 'weeks_1', name: 'dbi_weeks_1' }];
    const root = { ...byCustomer, table: 'weeks' };
    const w = world({ kind: 'create-index', name: 'dbi_weeks', index: root, partitions });
    await w.approve();
    expect(await w.settle()).toBe('Failed');
    expect((await w.current()).state.reason).toBe('name_taken');
    expect(await alone.settle()).toBe('Observing');
    expect(await invalid()).toEqual([]);
    expect((await invalidOrOurs()).length).toBe(1);
    await server.sql('DROP TABLE shop.weeks');
  });

  it('does not begin where the table has other partitions by now', async () => {
    await server.sql(`CREATE TABLE shop.weeks (week int, customer int) PARTITION BY LIST (week);
      ALTER TABLE shop.weeks OWNER TO builder`);
    const add = (week: number) =>
      server.sql(`CREATE TABLE shop.weeks_${week} PARTITION OF shop.weeks
        FOR VALUES IN (${week}); ALTER TABLE shop.weeks_${week} OWNER TO builder`);
    for (const week of [1, 2]) await add(week);
    const partitions = ['weeks_1', 'weeks_2'].map((table) => ({
      schema: 'shop',
      table,
      name: `dbi_${table}`,
    }));
    const index = { ...byCustomer, table: 'weeks' };
    const w = world({ kind: 'create-index', name: 'dbi_weeks', index, partitions });
    await w.approve();
    await w.pass();
    await add(3);
    expect(await w.pass()).toBe('Deferred');
    expect((await w.current()).state.reason).toBe('partitions_changed');
    await server.sql('DROP TABLE shop.weeks_3; DROP TABLE shop.weeks_1');
    w.wait(3_600_000);
    expect(await w.pass()).toBe('Deferred');
    expect(await invalidOrOurs()).toEqual([]);
    await add(1);
    w.wait(3_600_000);
    expect(await w.settle()).toBe('Observing');
    await server.sql('DROP TABLE shop.weeks');
  });

  it('does not begin where the table has no partitions any more: writers would wait', async () => {
    await server.sql(`CREATE TABLE shop.weeks (week int, customer int) PARTITION BY LIST (week);
      CREATE TABLE shop.weeks_1 PARTITION OF shop.weeks FOR VALUES IN (1);
      ALTER TABLE shop.weeks OWNER TO builder; ALTER TABLE shop.weeks_1 OWNER TO builder`);
    const partitions = [{ schema: 'shop', table: 'weeks_1', name: 'dbi_weeks_1' }];
    const index = { ...byCustomer, table: 'weeks' };
    const w = world({ kind: 'create-index', name: 'dbi_weeks', index, partitions });
    await w.approve();
    await w.pass();
    await server.sql(`DROP TABLE shop.weeks; CREATE TABLE shop.weeks AS
        SELECT 1 AS week, n AS customer FROM generate_series(1, 1000) n;
      ALTER TABLE shop.weeks OWNER TO builder`);
    const said = commandsOf(w);
    expect(await w.pass()).toBe('Deferred');
    expect((await w.current()).state.reason).toBe('partitions_changed');
    expect(said).toEqual([]);
    await server.sql('DROP TABLE shop.weeks');
  });

  it.each(['DROP TABLE shop.weeks_1', 'ALTER TABLE shop.weeks DETACH PARTITION shop.weeks_1'])(
    'says that a partition went as it was built, and leaves nothing: %s',
    async (goes) => {
      await server.sql(`CREATE TABLE shop.weeks (week int, customer int) PARTITION BY LIST (week);
        CREATE TABLE shop.weeks_1 PARTITION OF shop.weeks FOR VALUES IN (1);
        CREATE TABLE shop.weeks_2 PARTITION OF shop.weeks FOR VALUES IN (2);
        ALTER TABLE shop.weeks OWNER TO builder; ALTER TABLE shop.weeks_1 OWNER TO builder;
        ALTER TABLE shop.weeks_2 OWNER TO builder`);
      const partitions = ['weeks_1', 'weeks_2'].map((table) => ({
        schema: 'shop',
        table,
        name: `dbi_${table}`,
      }));
      const index = { ...byCustomer, table: 'weeks' };
      const w = world({ kind: 'create-index', name: 'dbi_weeks', index, partitions });
      await w.approve();
      asItBegins(w, () => server.sql(goes).catch(() => undefined));
      expect(await w.settle()).toBe('Failed');
      expect((await w.current()).state).toMatchObject({ reason: 'partitions_changed', attempt: 1 });
      expect(await invalidOrOurs()).toEqual([]);
      await server.sql('DROP TABLE shop.weeks; DROP TABLE IF EXISTS shop.weeks_1');
    },
  );

  it('does not begin where a partition has got partitions itself', async () => {
    await server.sql(`CREATE TABLE shop.years (day int, customer int) PARTITION BY LIST (day);
      CREATE TABLE shop.years_1 PARTITION OF shop.years FOR VALUES IN (1);
      CREATE TABLE shop.years_2 PARTITION OF shop.years FOR VALUES IN (2)
        PARTITION BY LIST (customer);
      CREATE TABLE shop.years_2_1 PARTITION OF shop.years_2 FOR VALUES IN (1);
      ALTER TABLE shop.years OWNER TO builder; ALTER TABLE shop.years_1 OWNER TO builder;
      ALTER TABLE shop.years_2 OWNER TO builder; ALTER TABLE shop.years_2_1 OWNER TO builder`);
    const partitions = ['years_1', 'years_2'].map((table) => ({
      schema: 'shop',
      table,
      name: `dbi_${table}`,
    }));
    const index = { ...byCustomer, table: 'years' };
    for (const change of [{ partitions }, {}]) {
      const w = world({ kind: 'create-index', name: 'dbi_years', index, ...change });
      await w.approve();
      expect(await w.settle()).toBe('Deferred');
      expect((await w.current()).state.reason).toBe('partitions_nested');
      expect(await invalidOrOurs()).toEqual([]);
    }
    await server.sql('DROP TABLE shop.years');
  });

  const slow: Change = {
    kind: 'create-index',
    name: 'dbi_slow',
    index: { ...byCustomer, table: 'sloths', keys: [{ column: 'pace' }] },
  };
  const untilBuilt = () =>
    until(async () => (await builders()).length > 0, 20_000, 'it is being built');

  it('what is built is taken back beside a build on another table, not on its own', async () => {
    await setPace(server, 0);
    const keys = [{ column: 'id' }, { column: 'pace' }];
    const [taken, same] = [
      world(),
      world({ ...slow, name: 'dbi_same', index: { ...slow.index, keys } }),
    ];
    for (const each of [taken, same]) {
      await each.approve();
      expect(await each.settle()).toBe('Observing');
      await each.revoke();
    }
    await setPace(server, 10);
    const w = world(slow);
    await w.approve();
    await w.pass();
    const building = w.pass();
    await untilBuilt();
    const began = performance.now();
    expect(await taken.settle()).toBe('RolledBack');
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await same.pass()).toBe('Observing');
    expect((await builders()).length).toBe(1);
    expect((await invalidOrOurs()).map(({ name }) => name).sort()).toEqual([
      'dbi_same',
      'dbi_slow',
    ]);
    await setPace(server, 0);
    w.gate.now = { kind: 'closed', reason: 'emergency_stop', stop: true };
    await building;
    w.gate.now = { kind: 'open' };
    w.wait(3_600_000);
    expect(await w.settle()).toBe('Observing');
    expect(await same.settle()).toBe('RolledBack');
  });

  it('a stop that ends a build uses none of its tries, however often', async () => {
    const w = world(slow);
    await setPace(server, 10);
    await w.approve();
    for (let i = 0; i < 4; i += 1) {
      w.gate.now = { kind: 'open' };
      const building = w.settle();
      await untilBuilt();
      w.gate.now = { kind: 'closed', reason: 'emergency_stop', stop: true };
      expect(await building).toBe('Applying');
      expect(await builders()).toEqual([]);
      expect((await w.current()).state).toMatchObject({ attempt: 0, reason: 'emergency_stop' });
      w.wait(3_600_000);
    }
    await setPace(server, 0);
    w.gate.now = { kind: 'open' };
    expect(await w.settle()).toBe('Observing');
    expect(await invalid()).toEqual([]);
  }, 120_000);

  it.each([
    ['the login is locked', 'NOLOGIN', 'LOGIN'],
    ['the password is changed', `PASSWORD 'pw-new'`, `PASSWORD '${builderPassword}'`],
  ])('a stop ends a build whose watcher was cut off where %s', async (_, hurt, mend) => {
    const w = world(slow);
    await setPace(server, 10);
    await w.approve();
    await w.pass();
    const building = w.pass().catch(() => undefined);
    await untilBuilt();
    await server.sql(`ALTER ROLE builder ${hurt}`);
    // It asks something now and again.
    const cut = () =>
      server.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE usename = 'builder' AND state = 'idle'`);
    await until(async () => (await cut()).length === 1, 20_000, 'the watcher is cut off');
    await systemClock.sleep(3_000);
    expect((await builders()).length).toBe(1);
    w.gate.now = { kind: 'closed', reason: 'emergency_stop', stop: true };
    await until(async () => (await builders()).length === 0, 20_000, 'it is ended');
    await server.sql(`ALTER ROLE builder ${mend}`);
    await building;
    await setPace(server, 0);
    w.gate.now = { kind: 'open' };
    w.wait(3_600_000);
    expect(await w.settle()).toBe('Observing');
    expect(await invalid()).toEqual([]);
  });

  it('a build of ours that takes too long is ended, removed, and not tried again', async () => {
    const w = world(slow);
    await setPace(server, 10);
    await w.approve();
    await w.pass();
    const building = w.pass();
    await untilBuilt();
    w.wait(12 * 3_600_000);
    expect(await building).toBe('Failed');
    expect((await w.current()).state).toMatchObject({ reason: 'deadline', attempt: 1 });
    expect(await invalidOrOurs()).toEqual([]);
  });

  it('told to end, an executor ends its build, removes it, and the next one goes on', async () => {
    const w = world(slow);
    await setPace(server, 10);
    await w.approve();
    expect(await endedWhen(server, w, untilBuilt)).toBeLessThan(20_000);
    expect(await builders()).toEqual([]);
    expect(await invalidOrOurs()).toEqual([]);
    expect((await w.current()).state).toMatchObject({
      phase: 'Deferred',
      reason: 'program_ending',
      attempt: 0,
    });
    await setPace(server, 0);
    expect(await w.settle()).toBe('Observing');
  });

  it('told to end, it leaves to the server what brings back an index that is missed', async () => {
    await setPace(server, 0);
    await server.sql('CREATE INDEX dbi_slow ON shop.sloths (pace)');
    const dropped = world({ ...slow, kind: 'drop-index', because: unused });
    await dropped.approve();
    expect(await dropped.settle()).toBe('Observing');
    await setPace(server, 10);
    await dropped.revoke();
    const ending = new AbortController();
    const building = dropped.settle(ending.signal);
    await untilBuilt();
    ending.abort();
    expect(await building).toBe('RollingBack');
    expect((await builders()).length).toBe(1);
    expect(await dropped.pass()).toBe('RollingBack');
    await setPace(server, 0);
    for (const { pid } of await builders()) await server.sql(`SELECT pg_terminate_backend(${pid})`);
    await until(async () => (await builders()).length === 0, 20_000, 'it is over');
    dropped.wait(3_600_000);
    expect(await dropped.settle()).toBe('RolledBack');
    expect(await invalidOrOurs()).toMatchObject([{ name: 'dbi_slow', valid: true }]);
  });

  it('an executor is killed at any moment: the next one comes to the same end', async () => {
    for (const after_ms of [0, 60, 120, 400]) {
      const w = world();
      await w.approve();
      await killedAfter(server, w, after_ms);
      await until(async () => (await sessions()).length === 0, 30_000, 'the server has ended');
      expect(await w.settle()).toBe('Observing');
      expect(await invalid()).toEqual([]);
      await server.sql(`DROP INDEX shop."${w.name}"`);
    }
  });

  const openWork = (w: ExecutorWorld) =>
    openPostgresIndexWork({
      target: makeTarget({ port: server.port }),
      credentials: { username: 'builder', password: builderPassword },
      database: 'postgres',
      change: w.proposal.change as never,
      mark: 'dbintel:test',
      uid: w.id,
      clock: systemClock,
      signal: new AbortController().signal,
    });
});
