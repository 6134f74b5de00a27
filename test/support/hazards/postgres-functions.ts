import { expect } from 'vitest';
import { until } from '../leaks.ts';
import { cyclesOf, dueAgain, limits, openSession } from '../target.ts';
import type { HazardCase } from './hazard.ts';
import type { PostgresWorld } from './postgres-world.ts';
import { codeOf, find } from './selected.ts';

/** What functions of others do while a statement is planned. */
const evil =
  'CREATE TABLE loot (who text); CREATE FUNCTION evil() RETURNS int ' +
  "LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_notify('evil', current_user); " +
  "RAISE EXCEPTION 'executed as %', current_user; END $$";

const places: [place: string, setup: string, text: string][] = [
  ['named in the text', '', 'SELECT evil() AS marker'],
  ['behind a view', 'CREATE VIEW v AS SELECT evil() AS marker', 'SELECT marker FROM v'],
  [
    'behind a view on a view',
    'CREATE VIEW v AS SELECT evil() AS marker; CREATE VIEW w AS SELECT marker FROM v',
    'SELECT marker FROM w',
  ],
  [
    'in a check constraint',
    'CREATE TABLE t (marker int); ALTER TABLE t ADD CONSTRAINT c CHECK (marker <> evil()) ' +
      'NOT VALID',
    'SELECT marker FROM t',
  ],
  [
    'in an index',
    "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'; " +
      'CREATE TABLE t (marker int); CREATE INDEX ON t (f(marker))',
    'SELECT marker FROM t',
  ],
  [
    'in a policy',
    'CREATE TABLE t (marker int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; ' +
      'CREATE POLICY p ON t USING (marker = evil())',
    'SELECT marker FROM t',
  ],
  [
    'as an operator',
    "CREATE FUNCTION eq(text, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT evil() " +
      "= 1'; CREATE OPERATOR === (FUNCTION = eq, LEFTARG = text, RIGHTARG = int)",
    "SELECT 1 AS marker WHERE 'a'::text === 1",
  ],
  [
    'as a column',
    'CREATE TABLE t (a int); CREATE FUNCTION marker(t) RETURNS int ' +
      "LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
    'SELECT t.marker FROM t',
  ],
  [
    'in a domain',
    "CREATE FUNCTION f(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true'; " +
      'CREATE DOMAIN d AS int CHECK (f(VALUE)); CREATE TABLE t (marker d)',
    'SELECT marker FROM t',
  ],
];

export const functionsOfOthers = places.map(
  ([place, setup, text]): HazardCase<PostgresWorld> => ({
    title: `${place}: never executed, coded`,
    async run({ server, database, run, collect }) {
      const name = await database(`${evil}; ${setup}`);
      // The application itself runs a harmless stand-in, so that the statement is known; then the
      // function turns.
      await server.sql(
        "CREATE OR REPLACE FUNCTION evil() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; " +
          'ALTER FUNCTION evil() OWNER TO app',
        name,
      );
      await run(text, name);
      await server.sql(
        `CREATE OR REPLACE ${evil.slice(evil.indexOf('FUNCTION'))}; ` +
          'ALTER FUNCTION evil() OWNER TO app',
        name,
      );
      const listener = await server.client(name);
      const heard: string[] = [];
      listener.on('notification', ({ payload }) => heard.push(payload ?? ''));
      await listener.query('LISTEN evil');
      const result = await collect({ database: name });
      await listener.end();
      expect(codeOf(result, 'marker')).toBe('untrusted_function');
      expect(heard).toEqual([]);
    },
  }),
);

export const allowedWrites: HazardCase<PostgresWorld> = {
  title: 'allowed by name it is planned; what it writes is refused by the server',
  async run({ server, database, run, collect }) {
    const name = await database(
      'CREATE TABLE loot (who text); CREATE FUNCTION writes() RETURNS int ' +
        'LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN INSERT INTO loot VALUES (current_user); ' +
        'RETURN 1; END $$; CREATE TABLE t (a int)',
    );
    await server.sql('GRANT INSERT ON loot TO dbintel', name);
    await server.sql(
      "CREATE OR REPLACE FUNCTION writes() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
      name,
    );
    await run('SELECT a FROM t WHERE a = writes()', name);
    await server.sql(
      'CREATE OR REPLACE FUNCTION writes() RETURNS int ' +
        'LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN INSERT INTO loot VALUES (current_user); ' +
        'RETURN 1; END $$',
      name,
    );
    const result = await collect({
      database: name,
      spec: { safety: { allowFunctions: ['public.writes'] } },
    });
    expect(codeOf(result, 'writes')).not.toBe('plan');
    expect(await server.sql('SELECT * FROM loot', name)).toEqual([]);
  },
};

export const locks: HazardCase<PostgresWorld> = {
  title: 'one that takes a lock of its session: given back with the statement, not with the cycle',
  async run({ server, database, run, targetFor }) {
    const name = await database('CREATE TABLE t (a int)');
    await server.sql(
      'CREATE FUNCTION locks() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN ' +
        'PERFORM pg_advisory_lock(4711); RETURN 1; END $$',
      name,
    );
    await run('SELECT a FROM t WHERE a = locks()', name);
    await using session = await openSession(targetFor({ database: name }));
    const { statements } = await session.snapshot();
    const prepared = await session.prepare(statements.filter(({ user }) => user === 'app'));
    const ready = prepared.find(({ text }) => text?.includes('locks()'));
    if (ready?.kind !== 'ready') throw new Error(JSON.stringify(ready));
    expect(await session.explain(ready, limits)).toMatchObject({ kind: 'explained' });
    expect(await server.sql('SELECT 1 FROM pg_locks WHERE objid = 4711')).toEqual([]);
  },
};

export const sleeps: HazardCase<PostgresWorld> = {
  title: 'one that sleeps ends with the statement timeout',
  async run({ server, database, run, collect }) {
    const name = await database(
      "CREATE FUNCTION sleepy() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; " +
        'CREATE TABLE t (a int)',
    );
    await run('SELECT a FROM t WHERE a = sleepy()', name);
    await server.sql(
      'CREATE OR REPLACE FUNCTION sleepy() RETURNS int ' +
        'LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(30); RETURN 1; END $$',
      name,
    );
    const started = performance.now();
    const result = await collect({
      database: name,
      spec: { safety: { allowFunctions: ['public.sleepy'] } },
    });
    expect(codeOf(result, 'sleepy')).toBe('statement_timeout');
    expect(result.batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: 'statement_timeout',
    });
    expect(performance.now() - started).toBeLessThan(3_000);
  },
};

export const fails: HazardCase<PostgresWorld> = {
  title: 'one that fails while it is planned is no question of types, whatever error it chooses',
  async run({ server, database, run, collect }) {
    const name = await database(
      "CREATE FUNCTION fails() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; " +
        'CREATE TABLE t (a int)',
    );
    await run('SELECT a FROM t WHERE a = fails() AND a > 3', name);
    await server.sql(
      'CREATE OR REPLACE FUNCTION fails() RETURNS int ' +
        "LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '42883'; " +
        'END $$',
      name,
    );
    const result = await collect({
      database: name,
      spec: { safety: { allowFunctions: ['public.fails'] } },
    });
    expect(find(result, 'fails').result).toMatchObject({
      code: 'parameter_type_unknown',
      detail: 'SQLSTATE 42883',
    });
  },
};

export const swallowsCancel: HazardCase<PostgresWorld> = {
  title: 'one that swallows cancel is gone within timeout + 1 s',
  async run({ server, database, run, collect }) {
    const name = await database(
      "CREATE FUNCTION stubborn() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; " +
        'CREATE TABLE t (a int)',
    );
    await run('SELECT a FROM t WHERE a = stubborn()', name);
    await server.sql(
      'CREATE OR REPLACE FUNCTION stubborn() RETURNS int ' +
        'LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN LOOP BEGIN PERFORM pg_sleep(30); ' +
        'EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$',
      name,
    );
    const cycle = collect({
      database: name,
      spec: { safety: { allowFunctions: ['public.stubborn'] } },
    });
    const running =
      'SELECT extract(epoch FROM clock_timestamp() - query_start) * 1000 AS ms ' +
      "FROM pg_stat_activity WHERE usename = 'dbintel' AND state = 'active' " +
      "AND query LIKE '%stubborn%'";
    await until(async () => (await server.sql(running)).length > 0, 20_000, 'the EXPLAIN runs');
    let longest = 0;
    await until(
      async () => {
        const [row] = await server.sql(running);
        longest = Math.max(longest, Number(row?.['ms'] ?? 0));
        return row === undefined;
      },
      5_000,
      'its backend is gone',
    );
    expect(longest).toBeLessThan(500 + 1_000);
    expect(codeOf(await cycle, 'stubborn')).toBe('statement_timeout');
  },
};

export const amongOthers: HazardCase<PostgresWorld> = {
  title: 'that swallow cancel, sent in one write with others: these have their plans all the same',
  async run({ server, database, run, targetFor }) {
    const functions = ['stubborn', 'deaf'];
    const make = (body: string) =>
      functions.map((name) => `CREATE OR REPLACE FUNCTION ${name}() RETURNS int ${body}`).join(';');
    const name = await database(
      `${make("LANGUAGE sql IMMUTABLE AS 'SELECT 1'")}; CREATE TABLE t (a int)`,
    );
    const healthy = Array.from({ length: 7 }, (_, i) => `SELECT a FROM t WHERE a + ${i} = a`);
    const hostile = functions.map((each) => `SELECT a FROM t WHERE a = ${each}()`);
    const [first = '', ...others] = healthy;
    const texts = [first, ...hostile, ...others].flatMap(
      (text, i) =>
        // distinct texts, though constants are not
        `${text} AND ${Array.from({ length: i + 1 }, () => 'a > 0').join(' AND ')}`,
    );
    for (const text of texts) await run(text, name);
    const cycles = cyclesOf(
      targetFor({
        database: name,
        spec: {
          collection: { maxQueriesPerCycle: 20 },
          safety: {
            allowFunctions: functions.map((each) => `public.${each}`),
            statementTimeout: { min: '100ms', max: '1s' },
            explains: { perSecond: 100, burst: 1_000 },
            databaseTimeBurst: '10m',
          },
        },
      }),
    );
    for (let i = 0; i < 2; i += 1) {
      const { batch } = await cycles.run();
      expect(batch.cycle.explained).toBe(texts.length);
      cycles.state = dueAgain(cycles.state);
    }
    await server.sql(
      make(
        'LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN LOOP BEGIN PERFORM pg_sleep(30); ' +
          'EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$',
      ),
      name,
    );
    const started = performance.now();
    const { batch } = await cycles.run();
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(batch.cycle).toMatchObject({
      outcome: { kind: 'collected' },
      explained: healthy.length,
      unexplained: { statement_timeout: hostile.length },
    });
  },
};

export const manyTogether: HazardCase<PostgresWorld> = {
  title: 'that all swallow cancel, sent in one write: the budget ends it after the second',
  async run({ server, database, run, targetFor }) {
    const make = (body: string) => `CREATE OR REPLACE FUNCTION deaf() RETURNS int ${body}`;
    const name = await database(
      `${make("LANGUAGE sql IMMUTABLE AS 'SELECT 1'")}; CREATE TABLE t (a int)`,
    );
    const texts = Array.from(
      { length: 8 },
      (_, i) => `SELECT a FROM t WHERE a = deaf()${' AND a > 0'.repeat(i)}`,
    );
    for (const text of texts) await run(text, name);
    const spec = {
      collection: { maxQueriesPerCycle: 20 },
      safety: {
        allowFunctions: ['public.deaf'],
        statementTimeout: { min: '100ms', max: '1s' },
        explains: { perSecond: 100, burst: 1_000 },
        databaseTimeBudget: '1%',
        databaseTimeBurst: '10m',
      },
    };
    const cycles = cyclesOf(targetFor({ database: name, spec }));
    for (let i = 0; i < 2; i += 1) {
      const { batch } = await cycles.run();
      expect(batch.cycle.explained).toBe(texts.length);
      cycles.state = dueAgain(cycles.state);
    }
    await server.sql(
      make(
        'LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN LOOP BEGIN PERFORM pg_sleep(30); ' +
          'EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$',
      ),
      name,
    );
    cycles.state = { ...cycles.state, databaseTime: { tokens: 1_000, at: Date.now() } };
    const { batch } = await cycles.run();
    expect(batch.cycle.explained).toBe(0);
    const { statement_timeout = 0, budget_spent = 0 } = batch.cycle.unexplained;
    expect(statement_timeout).toBeLessThanOrEqual(2);
    expect(statement_timeout + budget_spent).toBe(texts.length);
  },
};

/** While a statement is planned the process `victim` selects ends as by a fault, or for memory. */
async function crashWhilePlanning(
  { server, database, run, targetFor }: PostgresWorld,
  victim: (planning: number) => Promise<number>,
) {
  const make = (body: string) => `CREATE OR REPLACE FUNCTION deadly() RETURNS int ${body}`;
  const name = await database(
    `${make("LANGUAGE sql IMMUTABLE AS 'SELECT 1'")}; CREATE TABLE t (a int)`,
  );
  await run('SELECT a FROM t WHERE a = deadly()', name);
  await server.sql(
    make('LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(20); RETURN 1; END $$'),
    name,
  );
  const safety = {
    allowFunctions: ['public.deadly'],
    statementTimeout: { min: '5s', max: '5s' },
  };
  const cycles = cyclesOf(targetFor({ database: name, spec: { safety } }));
  const planning = () =>
    server.sql(
      "SELECT pid FROM pg_stat_activity WHERE usename = 'dbintel' AND wait_event = 'PgSleep'",
    );
  const cycle = cycles.run();
  await until(async () => (await planning()).length > 0, 20_000, 'the EXPLAIN runs');
  await server.sql('CHECKPOINT'); // it does not wait for its disk otherwise
  const [row] = await planning();
  process.kill(await victim(Number(row?.['pid'])), 'SIGKILL');
  const result = await cycle;
  expect(result.batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'connection_failed' });
  const isBack = () =>
    server.sql('SELECT 1').then(
      () => true,
      () => false,
    );
  await until(isBack, 30_000, 'the server is back');
  await run('SELECT a FROM t WHERE a = 1', name);
  await server.sql(make("LANGUAGE sql IMMUTABLE AS 'SELECT 1'"), name);
  await run('SELECT a FROM t WHERE a = deadly()', name);
  return { result, next: await cycles.run() };
}

export const crashes: HazardCase<PostgresWorld> = {
  title: 'one in whose planning the server crashes: told, and not planned a second time',
  async run(world) {
    const { result, next } = await crashWhilePlanning(world, async (planning) => planning);
    expect(codeOf(result, 'deadly')).toBe('server_lost');
    expect(next.batch.cycle).toMatchObject({ outcome: { kind: 'collected' }, explained: 1 });
    expect(next.batch.queries.map(({ text }) => text)).not.toContainEqual(
      expect.stringContaining('deadly'),
    );
  },
};

export const crashesBeside: HazardCase<PostgresWorld> = {
  title:
    'one during which another session crashes the server: that is said, and it is planned again',
  async run(world) {
    const other = await world.server.client();
    other.on('error', () => undefined);
    const { result, next } = await crashWhilePlanning(world, async () => {
      const { rows } = await other.query('SELECT pg_backend_pid() AS pid');
      return rows[0].pid;
    });
    expect(result.batch.cycle.outcome).toMatchObject({
      detail: 'the server crashed or was stopped at once (57P02)',
    });
    expect(result.batch.queries).toEqual([]);
    expect(codeOf(next, 'deadly')).toBe('plan');
  },
};
