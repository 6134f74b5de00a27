import { expect } from 'vitest';
import { runCycle } from '../../../src/collection/cycle.ts';
import { cycleSettings } from '../../../src/collection/settings.ts';
import { freshState } from '../../../src/collection/target-state.ts';
import { expectNothingLeft, until } from '../leaks.ts';
import { startPgBouncer } from '../pgbouncer.ts';
import { startPostgres } from '../postgres-server.ts';
import { startProxy } from '../proxy.ts';
import {
  collectorPassword,
  cycleDepsFor,
  cyclesOf,
  limits,
  makeTarget,
  openSession,
  prepareServer,
} from '../target.ts';
import type { HazardCase } from './hazard.ts';
import type { PostgresWorld } from './postgres-world.ts';
import { codeOf, find } from './selected.ts';

/** Connections that are lost, silent, refused, or not the server’s own. */
export const pooler: HazardCase<PostgresWorld> = {
  title: 'with a pooler in between are refused, and nothing is left in it',
  async run({ server, collect }) {
    const bouncer = await startPgBouncer(server, 'dbintel', collectorPassword);
    const { batch } = await collect({ port: bouncer.port, database: 'postgres' });
    expect(batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'pooled_connection' });
    const backends = await server.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'dbintel'");
    expect(await server.sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")).toEqual([]);
    expect(backends.length).toBeLessThanOrEqual(1); // the pooler's own
    await bouncer.stop();
  },
};

export const silent: HazardCase<PostgresWorld> = {
  title: 'that forward nothing any more: the cycle ends by itself',
  async run({ server, run, collect }) {
    await run('SELECT id FROM healthy WHERE id = 2', 'postgres');
    // In the middle, however fast that is reached: as its second connection is greeted.
    const proxy = await startProxy(server, (said) => {
      if (proxy.connections > 1) proxy.mode = 'silent';
      return said;
    });
    const cycle = collect({ port: proxy.port, database: 'postgres' });
    const started = performance.now();
    expect((await cycle).batch.cycle.outcome.kind).toBe('failed');
    expect(performance.now() - started).toBeLessThan(10_000);
    await proxy.close();
  },
};

export const standsStill: HazardCase<PostgresWorld> = {
  title: 'whose client stands still while receiving: its backend is gone within 5 s',
  async run({ server, database, run, targetFor }) {
    const name = await database('CREATE TABLE t (a int)');
    await server.sql(
      'CREATE TABLE many (a int) PARTITION BY LIST (a); ' +
        "DO $$ BEGIN FOR i IN 1..1500 LOOP EXECUTE format('CREATE TABLE many_%s " +
        "PARTITION OF many FOR VALUES IN (%s)', i, i); END LOOP; END $$; " +
        'ALTER TABLE many OWNER TO app; GRANT SELECT ON many TO dbintel',
      name,
    );
    await run('SELECT a FROM many m1 JOIN many m2 USING (a) JOIN many m3 USING (a)', name);
    const proxy = await startProxy(server);
    const target = targetFor({
      port: proxy.port,
      database: name,
      spec: { safety: { limits: { relations: '100%' }, statementTimeout: { max: '5s' } } },
    });
    const session = await openSession(target);
    await session.lock();
    const seen = (await session.snapshot()).statements.filter(({ database }) => database === name);
    const prepared = (await session.prepare(seen)).find(({ text }) => text?.includes('many m1'));
    if (prepared?.kind !== 'ready') throw new Error(JSON.stringify(prepared));
    const explaining = session
      .explain(prepared, { ...limits, timeout_ms: 5_000, planBytes: 1e9 })
      .then(
        () => 'answered',
        () => 'failed',
      );
    const mine =
      "SELECT state FROM pg_stat_activity WHERE usename = 'dbintel' " +
      "AND query ~ 'EXPLAIN [(]FORMAT|dbintel[.]answer'";
    await until(async () => (await server.sql(mine)).length > 0, 20_000, 'the EXPLAIN runs');
    proxy.mode = 'silent';
    const started = performance.now();
    await until(
      async () =>
        (
          await server.sql(
            "SELECT 1 FROM pg_stat_activity WHERE usename = 'dbintel' " +
              "AND query ~ 'EXPLAIN [(]FORMAT|dbintel[.]answer' AND state = 'active'",
          )
        ).length === 0,
      10_000,
      'the backend has given up',
    );
    expect(performance.now() - started).toBeLessThan(5_000 + 2_000);
    await explaining;
    await session.close();
    await proxy.close();
  },
};

export const lost: HazardCase<PostgresWorld> = {
  title: 'lost in the middle of a cycle: the plans that were made are kept',
  async run({ server, database, run, targetFor }) {
    const name = await database('CREATE TABLE t (a int, b int)');
    for (const column of ['a', 'b'])
      for (const operator of ['=', '<', '>'])
        await run(`SELECT a FROM t WHERE ${column} ${operator} 1`, name);
    const target = targetFor({ database: name });
    const settings = cycleSettings(target.spec);
    let explained = 0;
    const analyse = async () => {
      explained += 1;
      if (explained === 3)
        await server.sql(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dbintel'",
        );
      return [];
    };
    const { batch, state } = await runCycle(
      freshState(Date.now(), settings.explains, settings.databaseTime),
      cycleDepsFor(target, { analyse }),
      new AbortController().signal,
    );
    expect(batch.cycle).toMatchObject({
      outcome: { kind: 'failed', error: 'connection_failed' },
      explained: 4, // the third was sent together with the fourth
    });
    const plans = batch.queries.filter(({ result }) => result.kind === 'explained');
    expect(plans.map(({ stats }) => stats.key).toSorted()).toEqual(
      [...state.explained.keys()].toSorted(),
    );
  },
};

export const crash: HazardCase<PostgresWorld> = {
  title: 'killed in mid-cycle: coded, and the next cycle works after its restart',
  async run({ server, targetFor, collect }) {
    const session = await openSession(targetFor({ database: 'postgres' }));
    server.kill();
    await server.halt(); // until then a backend may still answer
    await expect(session.snapshot()).rejects.toMatchObject({
      code: expect.stringMatching(/connection_failed|server_in_recovery/),
    });
    await session.close();
    const { batch } = await collect({ database: 'postgres' });
    expect(batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: expect.stringMatching(/connection_failed|server_in_recovery/),
    });
    await server.restart();
  },
};

export const slots: HazardCase<PostgresWorld> = {
  title: 'whose connection slots are all taken',
  async run({ server, collect }) {
    await server.sql('ALTER ROLE dbintel CONNECTION LIMIT 0');
    expect((await collect({ database: 'postgres' })).batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: 'connection_failed',
    });
    await server.sql('ALTER ROLE dbintel CONNECTION LIMIT 4');
  },
};

export const reserved: HazardCase<PostgresWorld> = {
  title: 'of which administrators keep many: the last ones are left to applications',
  async run() {
    const settings = { max_connections: '20', superuser_reserved_connections: '10' };
    const server = await startPostgres({ settings });
    try {
      await prepareServer(server);
      const clients = await Promise.all(Array.from({ length: 9 }, () => server.client()));
      const { batch } = await cyclesOf(makeTarget({ port: server.port })).run();
      const { outcome } = batch.cycle;
      expect(outcome).toMatchObject({ kind: 'skipped', reason: 'brake_connections' });
      await Promise.all(clients.map((client) => client.end()));
    } finally {
      await server.stop();
    }
  },
};

export const limitedDatabase: HazardCase<PostgresWorld> = {
  title: 'of a database that leaves one to applications: not taken by us',
  async run({ server, database, run }) {
    const name = await database('CREATE TABLE few (id int)');
    await run('SELECT id FROM few', name);
    await server.sql(`ALTER DATABASE ${name} CONNECTION LIMIT 2`);
    const client = await server.client(name);
    const ofDatabase = { spec: { databases: { include: [name] } } };
    const collected = () =>
      cyclesOf(makeTarget({ port: server.port, database: 'postgres', ...ofDatabase })).run();
    try {
      expect(find(await collected(), 'few').result).toMatchObject({
        code: 'connection_failed',
        detail: `database ${name}: 1 of its CONNECTION LIMIT of 2 are in use`,
      });
    } finally {
      await client.end();
    }
    const outcomeNow = async () => codeOf(await collected(), 'few');
    await expect.poll(outcomeNow, { timeout: 10_000 }).toBe('plan');
    await server.sql(`ALTER DATABASE ${name} CONNECTION LIMIT 6`);
    const clients = await Promise.all(Array.from({ length: 5 }, () => server.client(name)));
    const { batch } = await cyclesOf(makeTarget({ port: server.port, database: name })).run();
    const { outcome } = batch.cycle;
    expect(outcome).toMatchObject({ kind: 'skipped', reason: 'brake_connections' });
    await Promise.all(clients.map((each) => each.end()));
  },
};

export const password: HazardCase<PostgresWorld> = {
  title: 'whose password was changed: read again, and used',
  async run({ server, targetFor, collect }) {
    await server.sql("ALTER ROLE dbintel PASSWORD 'rotated'");
    const asked: boolean[] = [];
    const target = targetFor({ database: 'postgres' });
    const settings = cycleSettings(target.spec);
    const credentials = async (fresh: boolean) => {
      asked.push(fresh);
      return { username: 'dbintel', password: fresh ? 'rotated' : collectorPassword };
    };
    const { batch } = await runCycle(
      freshState(Date.now(), settings.explains, settings.databaseTime),
      cycleDepsFor(target, { credentials }),
      new AbortController().signal,
    );
    expect(asked).toEqual([false, true]);
    expect(batch.cycle.outcome.kind).toBe('collected');
    const stale = await collect({ database: 'postgres' });
    expect(stale.batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: 'authentication_failed',
    });
    await server.sql(`ALTER ROLE dbintel PASSWORD '${collectorPassword}'`);
  },
};

export const severalServers: HazardCase<PostgresWorld> = {
  title: 'a worker on another server than the lock: refused',
  async run({ server, run, collect }) {
    const other = await startPostgres();
    await prepareServer(other);
    await run('SELECT id FROM healthy WHERE id = 3', 'postgres');
    let turn = 0;
    const proxy = await startProxy({
      get port() {
        return [server, other][turn++ % 2]?.port ?? 0;
      },
    });
    const { batch } = await collect({ port: proxy.port, database: 'postgres' });
    expect(batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'several_servers' });
    expect(batch.queries).toEqual([]);
    await proxy.close();
    await expectNothingLeft(other);
    await other.stop();
  },
};

export const otherProduct: HazardCase<PostgresWorld> = {
  title: 'to another product than the spec names: said, and soon',
  async run({ server, targetFor }) {
    const { spec: postgres } = targetFor({ database: 'postgres' });
    const target = makeTarget({ engine: 'mysql', port: postgres.connection.port ?? server.port });
    const settings = cycleSettings(target.spec);
    const { batch } = await runCycle(
      freshState(Date.now(), settings.explains, settings.databaseTime),
      cycleDepsFor(target),
      new AbortController().signal,
    );
    expect(batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'connection_failed' });
  },
};

export const readOnly: HazardCase<PostgresWorld> = {
  title: 'that is read only: collected from all the same',
  async run({ server, run, collect }) {
    await run('SELECT id FROM healthy WHERE id = 5', 'postgres');
    const set = async (value: string) => {
      await server.sql(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
      await server.sql('SELECT pg_reload_conf()');
      await until(
        async () =>
          (await server.sql('SHOW default_transaction_read_only'))[0]?.[
            'default_transaction_read_only'
          ] === value,
        20_000,
        'it is set',
      );
    };
    await set('on');
    expect(codeOf(await collect({ database: 'postgres' }), 'healthy')).toBe('plan');
    await set('off');
  },
};
