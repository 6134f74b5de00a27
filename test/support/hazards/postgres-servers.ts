import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemClock } from '../../../src/base/node/clock.ts';
import { connect } from '../../../src/engines/postgres/connection.ts';
import { createFactsMemories } from '../../../src/engines/postgres/facts-memory.ts';
import { freshPatience } from '../../../src/engines/postgres/in-time.ts';
import { parseStatement } from '../../../src/engines/postgres/parse.ts';
import { preflight } from '../../../src/engines/postgres/preflight.ts';
import { startPostgres } from '../postgres-server.ts';
import { collectorPassword, cyclesOf, dueAgain, makeTarget, prepareServer } from '../target.ts';
import type { HazardCase } from './hazard.ts';
import type { PostgresWorld } from './postgres-world.ts';
import { codeOf, find } from './selected.ts';

/** What a server lacks, and what it does on its own. */
export const noExtension: HazardCase<PostgresWorld> = {
  title: 'without the extension in the database',
  async run({ server, collect }) {
    await server.sql('CREATE DATABASE bare');
    const { batch, prerequisites } = await collect({ database: 'bare' });
    expect(batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'prerequisite_missing' });
    expect(prerequisites?.find(({ name }) => name === 'extension')).toMatchObject({
      verdict: 'failed',
      remediation: expect.stringContaining('CREATE EXTENSION pg_stat_statements'),
    });
  },
};

export const oldExtension: HazardCase<PostgresWorld> = {
  title: 'with an extension older than themselves',
  async run({ server, run, collect }) {
    await server.sql('CREATE DATABASE aged');
    await server.sql(
      "CREATE EXTENSION pg_stat_statements VERSION '1.9'; CREATE TABLE t (a int); GRANT " +
        'SELECT ON t TO app, dbintel',
      'aged',
    );
    await run('SELECT a FROM t WHERE a = 1', 'aged');
    expect(codeOf(await collect({ database: 'aged' }), 'FROM t')).toBe('plan');
  },
};

export const noRoom: HazardCase<PostgresWorld> = {
  title: 'that throw statements out to have room for others: said, with what gives them room',
  async run() {
    const server = await startPostgres({ settings: { 'pg_stat_statements.max': '100' } });
    await prepareServer(server);
    const cycles = cyclesOf(makeTarget({ port: server.port }));
    const entries = async (statements: number) => {
      const client = await server.client();
      for (let i = 0; i < statements; i += 1)
        await client.query(`SELECT 1 AS c${i}, ${'1 +'.repeat(i)} 1`);
      await client.end();
      const { prerequisites } = await cycles.run();
      return prerequisites?.find(({ name }) => name === 'entries');
    };
    const fine = { verdict: 'ok', observed: 'room for 100 statements' };
    expect(await entries(300)).toMatchObject(fine); // nothing to compare with
    expect(await entries(10)).toMatchObject(fine);
    expect(await entries(300)).toMatchObject({
      verdict: 'warning',
      observed: expect.stringMatching(/^room for 100 statements, which others take every 1 min/),
      remediation: 'ALTER SYSTEM SET pg_stat_statements.max = 10000;  -- then restart',
    });
    expect(await entries(10)).toMatchObject(fine);
    await server.stop();
  },
};

export const loginTrigger: HazardCase<PostgresWorld> = {
  title: 'with a login trigger that writes',
  async run({ server, database, run, collect }) {
    const name = await database('CREATE TABLE logins (who text)');
    await server.sql(
      'GRANT INSERT ON logins TO dbintel; CREATE FUNCTION on_login() RETURNS event_trigger ' +
        'LANGUAGE plpgsql AS $$ BEGIN INSERT INTO logins VALUES (session_user); END $$; ' +
        'CREATE EVENT TRIGGER t ON login EXECUTE FUNCTION on_login(); CREATE TABLE x (a int); ' +
        'GRANT SELECT ON x TO app, dbintel',
      name,
    );
    await run('SELECT a FROM x WHERE a = 1', name);
    expect(codeOf(await collect({ database: name }), 'FROM x')).toBe('plan');
  },
};

export const statisticsReset: HazardCase<PostgresWorld> = {
  title: 'whose statistics were reset or evicted between two cycles',
  async run({ server, run, targetFor }) {
    const target = targetFor({ database: 'postgres' });
    const cycles = cyclesOf(target);
    await run('SELECT id FROM healthy WHERE id = 2', 'postgres');
    await cycles.run();
    await server.sql('SELECT pg_stat_statements_reset()');
    await run('SELECT id FROM healthy WHERE id < 3', 'postgres');
    const { batch } = await cycles.run();
    expect(batch.cycle).toMatchObject({ window: { sinceStatisticsBegan: true } });
    expect(batch.queries.some(({ text }) => text?.includes('id < $1'))).toBe(true);
  },
};

export const cameBack: HazardCase<PostgresWorld> = {
  title: 'one of whose entries was thrown out and has more calls again: it counts what it has',
  async run({ server, run, targetFor }) {
    const cycles = cyclesOf(targetFor({ database: 'postgres' }));
    const looked = 'SELECT id FROM healthy WHERE id > 0';
    await run(looked, 'postgres', 6);
    const { state } = await cycles.run();
    cycles.state = { ...state, explained: new Map() };
    await server.sql(
      'SELECT pg_stat_statements_reset(0, 0, queryid) FROM pg_stat_statements ' +
        "WHERE query LIKE '%id > %'",
    );
    await run(looked, 'postgres', 20);
    const { batch } = await cycles.run();
    const again = batch.queries.find(({ text }) => text?.includes('id > $1'));
    expect(batch.cycle.window).toMatchObject({ sinceStatisticsBegan: false });
    expect(again?.stats).toMatchObject({ calls: 20, rows: 2_000 });
  },
};

export const damagedCatalog: HazardCase<PostgresWorld> = {
  title: 'with a catalog that lacks a row: it is said of the one statement',
  async run({ server, database, run, collect }) {
    const name = await database('CREATE TABLE damaged (a int, b int); CREATE TABLE whole (a int)');
    await run('SELECT a FROM damaged WHERE a = 1', name);
    await run('SELECT a FROM whole WHERE a = 1', name);
    await server.sql(
      "DELETE FROM pg_attribute WHERE attrelid = 'damaged'::regclass AND attname = 'b'",
      name,
    );
    const result = await collect({ database: name });
    expect(codeOf(result, 'FROM damaged')).toBe('catalog_inconsistent');
    expect(codeOf(result, 'FROM whole')).toBe('plan');
  },
};

export const lostFile: HazardCase<PostgresWorld> = {
  title: 'one of whose tables has lost its file: it is said of its statements, and of no other',
  async run({ server, database, run, collect }) {
    const name = await database('CREATE TABLE lost (a int); CREATE TABLE whole (a int)');
    await run('SELECT a FROM lost', name);
    await run('SELECT a FROM lost WHERE a = 1', name);
    await run('SELECT a FROM whole WHERE a = 1', name);
    const [row] = await server.sql("SELECT pg_relation_filepath('lost') AS path", name);
    await server.sql('CHECKPOINT');
    rmSync(join(server.folder, 'data', String(row?.['path'])));
    const result = await collect({ database: name });
    expect(result.batch.cycle.outcome).toEqual({ kind: 'collected' });
    expect(codeOf(result, 'FROM lost')).toBe('unparsable');
    expect(codeOf(result, 'FROM lost WHERE')).toBe('unparsable');
    expect(codeOf(result, 'FROM whole')).toBe('plan');
  },
};

export const loginRefused: HazardCase<PostgresWorld> = {
  title: 'whose login trigger refuses us: the login failed, and no word of the trigger’s is kept',
  async run({ server, database, collect }) {
    const name = await database('CREATE TABLE t (a int)');
    await server.sql(
      'CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF ' +
        "session_user = 'dbintel' THEN RAISE EXCEPTION 'secret'; END IF; END $$; " +
        'CREATE EVENT TRIGGER t ON login EXECUTE FUNCTION refuse()',
      name,
    );
    const { batch } = await collect({ database: name });
    expect(batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      error: 'connection_failed',
      detail: expect.stringMatching(/login.*P0001/),
    });
    expect(JSON.stringify(batch)).not.toContain('secret');
  },
};

export const loginRefusedInWords: HazardCase<PostgresWorld> = {
  title: 'whose login trigger fails as a login would: not taken for a right or password of ours',
  async run({ server, database, collect }) {
    const name = await database('CREATE TABLE logins (who text)');
    for (const [state, body] of [
      ['42501', 'INSERT INTO logins VALUES (session_user)'],
      ['28P01', "RAISE EXCEPTION 'secret' USING ERRCODE = '28P01'"],
      ['53300', "RAISE EXCEPTION 'secret' USING ERRCODE = '53300'"],
      ['57014', "RAISE EXCEPTION 'secret' USING ERRCODE = '57014'"],
    ]) {
      await server.sql(
        'CREATE OR REPLACE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN ' +
          `IF session_user = 'dbintel' THEN ${body}; END IF; END $$; ` +
          'DROP EVENT TRIGGER IF EXISTS t; CREATE EVENT TRIGGER t ON login ' +
          'EXECUTE FUNCTION refuse()',
        name,
      );
      const { outcome } = (await collect({ database: name })).batch.cycle;
      expect(outcome).toMatchObject({
        kind: 'failed',
        error: 'connection_failed',
        detail: expect.stringContaining(`by a login trigger (${state})`),
      });
    }
  },
};

export const loginWaits: HazardCase<PostgresWorld> = {
  title: 'where a login waits: said of its statements, the others have plans, and it rests',
  async run({ server, database, run }) {
    const name = await database('CREATE TABLE t (a int)');
    await run('SELECT a FROM t WHERE a = 1', name);
    await run('SELECT id FROM healthy WHERE id = 5', 'postgres');
    await server.sql(
      'CREATE FUNCTION wait() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF ' +
        "session_user = 'dbintel' THEN PERFORM pg_sleep(7); END IF; END $$; " +
        'CREATE EVENT TRIGGER t ON login EXECUTE FUNCTION wait()',
      name,
    );
    const cycles = cyclesOf(
      makeTarget({ port: server.port, spec: { databases: { include: ['postgres', name] } } }),
    );
    const first = await cycles.run();
    expect(first.batch.cycle.outcome).toEqual({ kind: 'collected' });
    expect(codeOf(first, 'FROM healthy')).toBe('plan');
    expect(find(first, 'FROM t WHERE').result).toMatchObject({
      code: 'connection_failed',
      detail: expect.stringMatching(
        new RegExp(`^database ${name}: .*no connection within 5000 ms; .* a login trigger waits`),
      ),
    });
    cycles.state = dueAgain(cycles.state);
    const second = await cycles.run();
    expect(codeOf(second, 'FROM healthy')).toBe('plan');
    expect(find(second, 'FROM t WHERE').result).toMatchObject({
      code: 'connection_failed',
      detail: expect.stringMatching(/a login waited in vain; the next is tried in [45] min/),
    });
  },
};

export const settingsOfRole: HazardCase<PostgresWorld> = {
  title: 'that print few digits, or hide views, by settings of our role: collected all the same',
  async run({ server, run, collect }) {
    await run('SELECT id FROM healthy WHERE id = 4', 'postgres');
    for (const setting of [
      'extra_float_digits = -15',
      "restrict_nonsystem_relation_kind = 'view'",
    ]) {
      await server.sql(`ALTER ROLE dbintel SET ${setting}`);
      const result = await collect({ database: 'postgres' });
      await server.sql('ALTER ROLE dbintel RESET ALL');
      expect(result.batch.cycle.outcome).toEqual({ kind: 'collected' });
      expect(codeOf(result, 'FROM healthy')).toBe('plan');
    }
    await server.sql("ALTER ROLE dbintel SET transaction_timeout = '1ms'");
    const { outcome } = (await collect({ database: 'postgres' })).batch.cycle;
    await server.sql('ALTER ROLE dbintel RESET ALL');
    expect(outcome).toMatchObject({
      error: 'connection_failed',
      detail: expect.stringContaining('ALTER ROLE … SET transaction_timeout'),
    });
  },
};

export const viewsForbidden: HazardCase<PostgresWorld> = {
  title: 'where our role may expand no view: says by which setting',
  async run({ server, database, run, collect }) {
    const name = await database('CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t');
    for (const from of ['t', 'v']) await run(`SELECT a FROM ${from} WHERE a = 1`, name);
    await server.sql("ALTER ROLE dbintel SET restrict_nonsystem_relation_kind = 'view'");
    const result = await collect({ database: name });
    await server.sql('ALTER ROLE dbintel RESET restrict_nonsystem_relation_kind');
    expect(codeOf(result, 'FROM t')).toBe('plan');
    expect(find(result, 'FROM v').result).toMatchObject({
      code: 'insufficient_privilege',
      detail: expect.stringContaining('restrict_nonsystem_relation_kind'),
    });
  },
};

export const serializable: HazardCase<PostgresWorld> = {
  title: 'whose transactions wait for those that write, by default: ours do not',
  async run({ server, database, run, collect }) {
    const name = await database('CREATE TABLE t (a int)');
    await run('SELECT a FROM t WHERE a = 1', name);
    for (const [setting, value] of [
      ['isolation', 'serializable'],
      ['deferrable', 'on'],
      ['read_only', 'on'],
    ])
      await server.sql(`ALTER DATABASE ${name} SET default_transaction_${setting} = ${value}`);
    const writer = await server.client(name);
    await writer.query('BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE; INSERT INTO t VALUES (1)');
    const result = await collect({ database: name });
    await writer.end();
    expect(codeOf(result, 'FROM t')).toBe('plan');
  },
};

export const quotedNames: HazardCase<PostgresWorld> = {
  title: 'whose owner lets every name be quoted: the same plan, with the same findings',
  async run({ database, run, collect, server }) {
    const name = await database(
      "CREATE TABLE t (a int, b text); INSERT INTO t SELECT g, 'b' || g FROM " +
        'generate_series(1, 30000) g; ANALYZE t',
    );
    await run("SELECT a FROM t WHERE upper(b) = 'B7'", name);
    const seen = async () => {
      const { result } = find(await collect({ database: name }), 'FROM t');
      return result.kind === 'refused' ? result : [result.plan.hash, result.findings];
    };
    const plain = await seen();
    await server.sql(`ALTER DATABASE ${name} SET quote_all_identifiers = on`);
    expect(await seen()).toEqual(plain);
    expect(JSON.stringify(plain)).toContain('ON public.t (upper(b));');
  },
};

export const settingsOfDatabase: HazardCase<PostgresWorld> = {
  title: 'whose owner gave them settings of the names that ours have: plans all the same',
  async run({ server, database, run, collect }) {
    const name = await database('CREATE TABLE t (a int)');
    await run('SELECT a FROM t WHERE a = 1', name);
    await server.sql(
      `ALTER DATABASE ${name} SET dbintel.error_0 = '42501permission denied for table t'; ` +
        `ALTER DATABASE ${name} SET dbintel.answer_0_0 = '[]'`,
    );
    expect(codeOf(await collect({ database: name }), 'FROM t')).toBe('plan');
  },
};

export const noTemporaryFiles: HazardCase<PostgresWorld> = {
  title: 'whose limit of temporary files is used up: the limit is named',
  async run({ server, run, collect }) {
    for (let i = 1; i <= 200; i += 1) await run(`SELECT 1${', 1'.repeat(i)}`, 'postgres', 1);
    await server.sql(
      "ALTER ROLE dbintel SET temp_file_limit = 0; ALTER ROLE dbintel SET work_mem = '64kB'",
    );
    const { batch } = await collect({ database: 'postgres' });
    await server.sql('ALTER ROLE dbintel RESET ALL');
    expect(batch.cycle.outcome).toMatchObject({
      kind: 'failed',
      detail: expect.stringContaining('temp_file_limit'),
    });
  },
};

export const silentForeign: HazardCase<PostgresWorld> = {
  title: 'a silent foreign server is never called',
  async run({ server, database, targetFor }) {
    let calls = 0;
    const silent = createServer(() => {
      calls += 1;
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const name = await database('SELECT 1');
    await server.sql(
      `CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS
    (host '127.0.0.1', port '${port}', use_remote_estimate 'true');
      CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'u', password 'p'); CREATE FOREIGN
        TABLE remote (a int) SERVER far; CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM
        remote; GRANT SELECT ON remote, v, t TO dbintel, app;
      CREATE FOREIGN DATA WRAPPER other; CREATE SERVER elsewhere FOREIGN DATA WRAPPER other; CREATE
        FOREIGN TABLE unknown (a int) SERVER elsewhere;
      CREATE SERVER near FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port
        '${port}'); CREATE USER MAPPING FOR PUBLIC SERVER near OPTIONS (user 'u', password 'p');
      CREATE FOREIGN TABLE quiet (a int) SERVER near; CREATE FOREIGN TABLE loud (a int) SERVER near
        OPTIONS (use_remote_estimate 'true');
      CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw; CREATE FOREIGN
        TABLE lines (a text) SERVER files OPTIONS (filename '/dev/null');
      CREATE FUNCTION put_in(int) RETURNS SETOF remote STABLE LANGUAGE sql AS 'TABLE Loud';
      CREATE FUNCTION has_run() RETURNS int STABLE LANGUAGE plpgsql AS
        $$ BEGIN RETURN (SELECT a FROM put_in(1)); END $$;
      CREATE FUNCTION is_called() RETURNS int LANGUAGE plpgsql AS
        $$ BEGIN RETURN (SELECT a FROM public."loud"); END $$;
      CREATE VIEW behind AS SELECT a FROM t WHERE a = has_run();
      GRANT SELECT ON ALL TABLES IN SCHEMA public TO dbintel, app`,
      name,
    );
    const target = targetFor({ database: name });
    const connection = await connect({
      host: '127.0.0.1',
      port: target.spec.connection.port as number,
      database: name,
      credentials: { username: 'dbintel', password: collectorPassword },
      tlsMode: 'disable',
      name: 'test',
      clock: systemClock,
      signal: new AbortController().signal,
      onTook: () => undefined,
    });
    const inFunctions = ['put_in($1)', 't WHERE a = has_run()', 'behind'];
    const remote = ['remote WHERE a = $1', 'v', 'unknown', 'loud', ...inFunctions];
    const texts = [...remote, 'quiet WHERE a = $1', 'lines', 'is_called() a'];
    const parsed = texts
      .map((each) => `SELECT a FROM ${each}`)
      .map((text) => parseStatement(text, 65_536))
      .flatMap((each) => (each.kind === 'refused' ? [] : [each]));
    const verdicts = await preflight(
      async () => connection,
      parsed.map((each) => ({ parsed: each, user: 'app' })),
      {
        allowFunctions: [],
        lockLimit: 100,
        idsTellTables: false,
        facts: createFactsMemories().of('test', 0),
        patience: freshPatience(),
      },
      1_000,
    );
    await connection.end();
    expect(verdicts.map((verdict) => (verdict.kind === 'refused' ? verdict.code : 'ok'))).toEqual([
      ...remote.map(() => 'remote_estimate'),
      'ok',
      'ok',
      'ok',
    ]);
    expect(verdicts[2]).toMatchObject({ detail: 'unknown (other)' });
    expect(calls).toBe(0);
    await new Promise((resolve) => silent.close(resolve));
  },
};

/** What is wrong with one database, and how it is made right again. */
const faults = (name: string): [wrong: string, right: string][] => [
  [`ALTER DATABASE ${name} CONNECTION LIMIT 0`, `ALTER DATABASE ${name} CONNECTION LIMIT -1`],
  [
    `ALTER DATABASE ${name} SET session_preload_libraries = 'gone'`,
    `ALTER DATABASE ${name} RESET session_preload_libraries`,
  ],
  [
    `UPDATE pg_database SET datctype = 'xx_XX' WHERE datname = '${name}'`,
    `UPDATE pg_database SET datctype = 'C' WHERE datname = '${name}'`,
  ],
];

export const oneAmongOthers: HazardCase<PostgresWorld> = {
  title: 'one of whose databases takes no session: told of its statements, the others have plans',
  async run({ server, database, run }) {
    const well = await database('CREATE TABLE t (a int)');
    const ill = await database('CREATE TABLE t (b int)');
    const spec = { databases: { include: [well, ill] } };
    const cycleWith = async ([wrong, right]: [string, string]) => {
      await run('SELECT a FROM t', well);
      await run('SELECT b FROM t', ill, 40); // asked first
      await server.sql(wrong);
      const result = await cyclesOf(makeTarget({ port: server.port, spec })).run();
      await server.sql(right);
      expect(result.batch.cycle.outcome).toEqual({ kind: 'collected' });
      expect(codeOf(result, 'SELECT a')).toBe('plan');
      expect(codeOf(result, 'SELECT b')).toBe('connection_failed');
      expect(find(result, 'SELECT b').result).toMatchObject({
        detail: expect.stringContaining(`database ${ill}: `),
      });
    };
    for (const each of faults(ill)) await cycleWith(each);
    await server.sql(
      'CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN ' +
        "IF session_user = 'dbintel' THEN RAISE EXCEPTION 'no'; END IF; END $$; " +
        'CREATE EVENT TRIGGER refuse ON login EXECUTE FUNCTION refuse()',
      ill,
    );
    await cycleWith(['SELECT 1', 'SELECT 1']);
    await server.sql('DROP EVENT TRIGGER refuse', ill);
  },
};

export const oneUnread: HazardCase<PostgresWorld> = {
  title: 'one of whose databases has its catalog locked: told of its statements, the others go on',
  async run({ server, database, run }) {
    const well = await database('CREATE TABLE t (a int)');
    const ill = await database('CREATE TABLE t (b int)');
    await run('SELECT a FROM t', well);
    await run('SELECT b FROM t', ill, 40);
    const owner = await server.client(ill);
    await owner.query('BEGIN; LOCK TABLE pg_statistic IN ACCESS EXCLUSIVE MODE');
    const spec = { databases: { include: [well, ill] } };
    const result = await cyclesOf(makeTarget({ port: server.port, spec })).run();
    await owner.end();
    expect(result.batch.cycle.outcome).toEqual({ kind: 'collected' });
    expect(codeOf(result, 'SELECT a')).toBe('plan');
    expect(codeOf(result, 'SELECT b')).toBe('lock_timeout');
  },
};
