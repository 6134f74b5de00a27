import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { AppError } from '../../../src/base/errors.ts';
import { until } from '../leaks.ts';
import type { PostgresServer } from '../postgres-server.ts';
import { cyclesOf } from '../target.ts';
import type { HazardCase } from './hazard.ts';
import type { PostgresWorld } from './postgres-world.ts';
import { codeOf, find } from './selected.ts';

const logOf = ({ folder }: PostgresServer): string =>
  readFileSync(join(folder, 'server.log'), 'utf8');

/** Locks: what we wait for, and what waits for us. */
export const waitedFor: HazardCase<PostgresWorld> = {
  title: 'of a table whose owner waits for it exclusively: not joined',
  async run({ server, database, run, collect }) {
    const name = await database('CREATE TABLE busy (a int)');
    await run('SELECT a FROM busy WHERE a = 1', name);
    const [holder, waiter] = [await server.client(name), await server.client(name)];
    await holder.query('BEGIN; LOCK busy IN ACCESS SHARE MODE');
    const waiting = waiter.query('BEGIN; LOCK busy IN ACCESS EXCLUSIVE MODE');
    await until(
      async () =>
        (
          await server.sql(
            "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'",
          )
        ).length > 0,
      20_000,
      'someone waits',
    );
    expect(codeOf(await collect({ database: name }), 'busy')).toBe('lock_timeout');
    await holder.query('ROLLBACK');
    await waiting;
    await Promise.all([holder.end(), waiter.end()]);
  },
};

export const held: HazardCase<PostgresWorld> = {
  title: 'of a table that someone has exclusively: not waited for, and others have their turn',
  async run({ server, database, run, targetFor }) {
    const name = await database('CREATE TABLE busy (a int); CREATE TABLE free (a int)');
    for (let columns = 1; columns <= 12; columns += 1)
      await run(`SELECT a${', a'.repeat(columns)} FROM busy WHERE a = 1`, name, 10);
    await run('SELECT a FROM free WHERE a = 1', name);
    const holder = await server.client(name);
    await holder.query('BEGIN; LOCK busy IN ACCESS EXCLUSIVE MODE');
    const logged = logOf(server).length;
    const target = targetFor({ database: name, spec: { safety: { databaseTimeBurst: '1s' } } });
    const result = await cyclesOf(target).run();
    expect(codeOf(result, 'busy')).toBe('lock_timeout');
    expect(codeOf(result, 'free')).toBe('plan');
    expect(logOf(server).slice(logged)).not.toContain('ERROR: ');
    await holder.end();
  },
};

export const lockedRows: HazardCase<PostgresWorld> = {
  title: 'that is not free: waited for until the lock timeout, no longer',
  async run({ server, database, run, collect }) {
    const name = await database('CREATE TABLE busy (a int); GRANT UPDATE ON busy TO dbintel');
    await run('SELECT a FROM busy WHERE a = 1 FOR UPDATE', name);
    const holder = await server.client(name);
    await holder.query('BEGIN; LOCK busy IN EXCLUSIVE MODE');
    const logged = logOf(server).length;
    expect(codeOf(await collect({ database: name }), 'busy')).toBe('lock_timeout');
    expect(
      logOf(server)
        .slice(logged)
        .match(/ERROR: .*/g),
    ).toEqual([expect.stringContaining('lock timeout')]);
    await holder.end();
  },
};

export const catalogHeld: HazardCase<PostgresWorld> = {
  title: 'of a catalog that someone has exclusively: nobody of ours is left waiting for it',
  async run({ server, database, run, collect }) {
    const name = await database('CREATE TABLE t (a int)');
    await run('SELECT a FROM t WHERE a = 1', name);
    const holder = await server.client(name);
    const witness = await server.client(name);
    const waiting = 'SELECT 1 FROM pg_catalog.pg_locks WHERE NOT granted';
    await witness.query(waiting);
    await holder.query('BEGIN; LOCK pg_catalog.pg_proc IN ACCESS EXCLUSIVE MODE');
    const { batch } = await collect({ database: name });
    expect(batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'statement_timeout' });
    await until(
      async () => (await witness.query(waiting)).rows.length === 0,
      10_000,
      'nobody waits',
    );
    await holder.query('ROLLBACK');
    await Promise.all([holder.end(), witness.end()]);
  },
};

export const behindAlter: HazardCase<PostgresWorld> = {
  title: 'production waits behind an ALTER behind our EXPLAIN no longer than timeout + 0.3 s',
  async run({ server, database, run, collect }) {
    const name = await database(
      'CREATE TABLE t (a int); CREATE FUNCTION slow() RETURNS int ' +
        "LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
    );
    await run('SELECT a FROM t WHERE a = slow()', name);
    await server.sql(
      'CREATE OR REPLACE FUNCTION slow() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN ' +
        'PERFORM pg_sleep(30); RETURN 1; END $$',
      name,
    );
    const [owner, production] = [await server.client(name), await server.client(name)];
    const cycle = collect({
      database: name,
      spec: { safety: { allowFunctions: ['public.slow'] } },
    });
    await until(
      async () =>
        (
          await server.sql(
            "SELECT 1 FROM pg_stat_activity WHERE usename = 'dbintel' " +
              "AND query LIKE '%slow%' AND state = 'active'",
          )
        ).length > 0,
      20_000,
      'the EXPLAIN runs',
    );
    const altered = owner.query('ALTER TABLE t ADD COLUMN b int');
    // By the server's own clock: this process has more to do than to read answers.
    const { rows } = await production.query(
      `SELECT extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000 AS waited
        FROM (SELECT count(*) FROM t) counted`,
    );
    expect(Number(rows[0].waited)).toBeLessThan(500 + 1_000);
    await Promise.all([altered, cycle]);
    await Promise.all([owner.end(), production.end()]);
  },
};

export const partitions: HazardCase<PostgresWorld> = {
  title: 'of thousands of partitions: counted before, refused, not taken',
  async run({ server, database, run, collect }) {
    const name = await database(
      'CREATE TABLE big (tenant int, a int) PARTITION BY LIST (tenant); ' +
        "DO $$ BEGIN FOR i IN 1..5000 LOOP EXECUTE format('CREATE TABLE big_%s " +
        "PARTITION OF big FOR VALUES IN (%s)', i, i); END LOOP; END $$",
    );
    // Put into the statement with what it reads, called by another, behind a view; and one that is
    // only called when the statement runs.
    await server.sql(
      `CREATE FUNCTION of_big(int) RETURNS SETOF big STABLE LANGUAGE sql
         AS 'SELECT * FROM Big WHERE tenant = $1';
       CREATE FUNCTION outer_of(int) RETURNS SETOF big STABLE LANGUAGE sql
         AS 'SELECT * FROM public.of_big($1)';
       CREATE FUNCTION written(t int) RETURNS SETOF big STABLE LANGUAGE sql
         BEGIN ATOMIC SELECT * FROM big WHERE tenant = t; END;
       CREATE VIEW over AS SELECT * FROM outer_of(8);
       CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql
         AS $$ BEGIN RETURN (SELECT count(*) FROM big WHERE tenant = 7); END $$;
       CREATE SCHEMA other; GRANT USAGE ON SCHEMA other TO app, dbintel;
       CREATE FUNCTION other.fine(int) RETURNS SETOF big STABLE LANGUAGE sql
         AS 'SELECT * FROM public.big WHERE tenant = $1';
       CREATE FUNCTION fine(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT $1';
       GRANT SELECT ON over TO app, dbintel`,
      name,
    );
    const behind = ['of_big', 'outer_of', 'written', 'other.fine'];
    for (const each of behind) await run(`SELECT a FROM ${each}(7)`, name);
    await run('SELECT a FROM over', name);
    await run('SELECT counted()', name);
    await run('SELECT fine(7)', name);
    await run('SELECT a FROM big WHERE tenant = 7', name);
    await run('WITH big AS (SELECT * FROM big) SELECT a AS hidden FROM big WHERE tenant = 7', name);
    let most = 0;
    let done = false;
    const watcher = (async () => {
      while (!done) {
        const [row] = await server.sql(
          'SELECT count(*) AS n FROM pg_locks l JOIN pg_stat_activity a USING (pid) ' +
            "WHERE a.usename = 'dbintel'",
        );
        most = Math.max(most, Number(row?.['n']));
      }
    })();
    const result = await collect({ database: name });
    done = true;
    await watcher;
    for (const text of ['SELECT counted', 'SELECT fine']) expect(codeOf(result, text)).toBe('plan');
    for (const text of ['big', 'over', ...behind].map((each) => `SELECT a FROM ${each}`))
      expect(find(result, text).result).toMatchObject({ code: 'too_many_relations' });
    for (const text of ['SELECT a FROM big', 'WITH big AS'])
      expect(find(result, text).result).toMatchObject({
        code: 'too_many_relations',
        detail: expect.stringMatching(/^at least \d{4} locks/),
      });
    expect(most).toBeLessThanOrEqual(100);
  },
};

export const tooLarge: HazardCase<PostgresWorld> = {
  title: 'that cannot be counted in time: refused for its own statement, others are planned',
  async run({ server, database, run, collect }) {
    const name = await database('CREATE TABLE t (a int); CREATE TABLE free (a int)');
    // Functions of one name, with bodies of ten thousand words, each of which could be a table.
    await server.sql(
      `DO $$ DECLARE words text := (SELECT string_agg(i::text, ' ') FROM
         generate_series(10000, 20000) i);
       BEGIN FOR i IN 1..99 LOOP FOR kind IN 0..3 LOOP EXECUTE format(
         'CREATE FUNCTION f(%s) RETURNS int IMMUTABLE LANGUAGE plpgsql AS %L',
         array_to_string(array_fill((ARRAY['int', 'text', 'date', 'bool'])[kind + 1],
           ARRAY[i]), ','),
         'BEGIN RETURN 1; /* ' || words || ' */ END'); END LOOP; END LOOP; END $$`,
      name,
    );
    await run('SELECT a FROM t WHERE a = f(1)', name);
    await run('SELECT a FROM free WHERE a = 1', name);
    const result = await collect({ database: name });
    expect(result.batch.cycle.outcome).toEqual({ kind: 'collected' });
    expect(codeOf(result, 'free')).toBe('plan');
    expect(find(result, 'a = f').result).toMatchObject({
      code: 'statement_timeout',
      detail: 'what it touches is too large to be looked at in time, before planning',
    });
  },
};

const readsMany = 'AS $$ BEGIN RETURN (SELECT count(*) FROM public.big); END $$';

export const calledUnnamed: HazardCase<PostgresWorld> = {
  title: 'of partitions that indexes, defaults, operators and casts lead to: counted, not taken',
  async run({ server, database, run, collect }) {
    const name = await database(
      'CREATE TABLE big (tenant int, a int) PARTITION BY LIST (tenant); CREATE TABLE t (a int); ' +
        "DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE big_%s " +
        "PARTITION OF big FOR VALUES IN (%s)', i, i); END LOOP; END $$",
    );
    await server.sql(
      `CREATE FUNCTION reads(int) RETURNS int IMMUTABLE LANGUAGE plpgsql ${readsMany};
       CREATE FUNCTION reads(text, int) RETURNS int STABLE LANGUAGE plpgsql ${readsMany};
       CREATE OPERATOR === (FUNCTION = reads, LEFTARG = text, RIGHTARG = int);
       CREATE TYPE mine AS (x int);
       CREATE FUNCTION reads(mine) RETURNS int STABLE LANGUAGE plpgsql ${readsMany};
       CREATE CAST (mine AS int) WITH FUNCTION reads(mine);
       CREATE TABLE indexed (a int, b int); CREATE INDEX ON indexed ((a + reads(3)));
       CREATE TABLE filled (a int, b int DEFAULT reads(5));
       CREATE TABLE split (a int, b int) PARTITION BY LIST ((a + reads(7)));
       CREATE VIEW viewed AS SELECT a FROM t WHERE a = 'x'::text === 1;
       CREATE FUNCTION written() RETURNS int STABLE LANGUAGE sql
         BEGIN ATOMIC SELECT 'x'::text === 1; END;
       GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO app, dbintel`,
      name,
    );
    const texts = [
      'SELECT a FROM indexed WHERE b = 1',
      'INSERT INTO filled (a) VALUES (1)',
      'SELECT a FROM split WHERE b = 1',
      'SELECT a FROM viewed',
      "SELECT a FROM t WHERE a = 'x'::text === 1",
      'SELECT a FROM t WHERE a = ROW(1)::mine::int',
      'SELECT a FROM t WHERE a = written()',
    ];
    for (const text of texts) await run(text, name);
    const result = await collect({
      database: name,
      spec: { safety: { limits: { relations: '1%' } } },
    });
    for (const text of ['indexed', 'filled', 'split', 'viewed', '===', 'mine', 'written'])
      expect([text, codeOf(result, text)]).toEqual([text, 'too_many_relations']);
  },
};

export const emergencyStop: HazardCase<PostgresWorld> = {
  title: 'an emergency stop ends a running EXPLAIN on the server within 2 s',
  async run({ server, database, run, collect }) {
    const name = await database(
      'CREATE TABLE t (a int); CREATE FUNCTION slow() RETURNS int ' +
        "LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
    );
    await run('SELECT a FROM t WHERE a = slow()', name);
    await server.sql(
      'CREATE OR REPLACE FUNCTION slow() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN ' +
        'LOOP BEGIN PERFORM pg_sleep(30); EXCEPTION WHEN query_canceled THEN NULL; END; ' +
        'END LOOP; END $$',
      name,
    );
    const stop = new AbortController();
    const cycle = collect(
      {
        database: name,
        spec: {
          safety: { allowFunctions: ['public.slow'], statementTimeout: { min: '5s', max: '5s' } },
        },
      },
      stop.signal,
    );
    const running =
      "SELECT 1 FROM pg_stat_activity WHERE usename = 'dbintel' AND state = 'active' " +
      "AND query LIKE '%slow%'";
    await until(async () => (await server.sql(running)).length > 0, 20_000, 'the EXPLAIN runs');
    const started = performance.now();
    stop.abort(new AppError('emergency_stop', 'incident 4711'));
    await until(async () => (await server.sql(running)).length === 0, 3_000, 'it is gone');
    expect(performance.now() - started).toBeLessThan(2_000);
    expect((await cycle).batch.cycle.outcome).toMatchObject({
      kind: 'skipped',
      reason: 'emergency_stop',
    });
  },
};
