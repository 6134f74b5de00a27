import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Prerequisite } from '../../src/engines/engine.ts';
import { expectNothingLeft } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { cyclesOf, makeTarget, openSession, prepareServer } from '../support/target.ts';

/**
 * Each prerequisite is broken on a server, is said with a remedy, and is well again when that very
 * remedy was run.
 */
let server: PostgresServer;
const target = (over: object = {}) => makeTarget({ port: server.port, ...over });

async function look(name: string): Promise<Prerequisite> {
  await using session = await openSession(target());
  return (
    (await Array.fromAsync(session.rehearse())).find((each) => each.name === name) ??
    expect.fail(`no prerequisite ${name}`)
  );
}

/**
 * As a person would at a prompt: one statement after the other, in the database that the comment
 * names.
 */
async function runRemedy(remedy: string): Promise<void> {
  const [, statements = '', comment = ''] = /^(.*?)(?:\s*-- (.*))?$/.exec(remedy) ?? [];
  const database = /in database (\w+)$/.exec(comment)?.[1] ?? 'postgres';
  for (const each of statements.split(/(?<=;)\s/)) await server.sql(each, database);
  const then = /then in it: (.*)$/.exec(comment)?.[1];
  const created = /CREATE DATABASE (\w+)/.exec(statements)?.[1];
  if (then) await server.sql(then, created);
  if (comment.startsWith('then restart')) await server.restart();
}

async function expectMended(
  name: string,
  wrong: string[],
  remedy: string | RegExp,
  verdict: 'warning' | 'failed' = 'failed',
) {
  for (const each of wrong) await server.sql(each);
  const broken = await look(name);
  expect(broken).toMatchObject({
    name,
    verdict,
    remediation: expect.stringMatching(
      typeof remedy === 'string' ? remedy.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&') : remedy,
    ),
  });
  await runRemedy(broken.remediation ?? '');
  expect(await look(name)).toMatchObject({ name, verdict: 'ok' });
  return broken;
}

const cycle = () => cyclesOf(target()).run();

async function prepare(version: '14' | '18') {
  server = await startPostgres({ version });
  await prepareServer(server);
  await server.sql(
    'CREATE TABLE t (id int PRIMARY KEY); GRANT SELECT ON t TO dbintel; SELECT count(*) FROM t',
  );
}

describe('PostgreSQL 18', () => {
  beforeAll(() => prepare('18'));
  afterAll(async () => {
    await expectNothingLeft(server);
    await server.stop();
  });

  it('an extension as an upgrade leaves it', async () => {
    await server.sql(
      "DROP EXTENSION pg_stat_statements; CREATE EXTENSION pg_stat_statements VERSION '1.8'",
    );
    expect((await cycle()).batch.cycle.outcome).toEqual({
      kind: 'failed',
      error: 'prerequisite_missing',
      detail: 'extension: pg_stat_statements 1.8, older than 1.9',
    });
    await expectMended('extension', [], 'ALTER EXTENSION pg_stat_statements UPDATE;');
    await expectMended(
      'extension',
      ['DROP EXTENSION pg_stat_statements'],
      'CREATE EXTENSION pg_stat_statements;',
    );
  });

  it('an extension in a schema that the role may not use, and rights on it that were revoked', async () => {
    await server.sql(
      'DROP EXTENSION pg_stat_statements; CREATE SCHEMA "Ext"; ' +
        'CREATE EXTENSION pg_stat_statements SCHEMA "Ext"',
    );
    const errors = () => readFileSync(join(server.folder, 'server.log'), 'utf8').split('ERROR:');
    const before = errors().length;
    expect((await cycle()).batch.cycle.outcome).toMatchObject({
      error: 'prerequisite_missing',
      detail: expect.stringContaining('counters: permission denied for schema Ext'),
    });
    expect(errors().slice(before)).toEqual([]);
    await expectMended('counters', [], 'GRANT USAGE ON SCHEMA "Ext" TO dbintel;');
    await expectMended(
      'counters',
      [
        'REVOKE EXECUTE ON FUNCTION "Ext".pg_stat_statements(boolean) FROM PUBLIC; REVOKE ' +
          'SELECT ON "Ext".pg_stat_statements_info FROM PUBLIC',
      ],
      /^GRANT EXECUTE ON FUNCTION [^;]*; {2}-- as superuser/,
    );
    expect((await cycle()).batch.cycle.outcome).toEqual({ kind: 'collected' });
  });

  it('a function that a hardened server keeps for itself: named by the read that needs it; who the server is needs none', async () => {
    const wrong = [
      'REVOKE EXECUTE ON FUNCTION pg_catalog.pg_last_xact_replay_timestamp() FROM PUBLIC',
    ];
    const remedy = 'GRANT EXECUTE ON FUNCTION pg_catalog.pg_last_xact_replay_timestamp TO dbintel;';
    const { observed } = await expectMended('health', wrong, remedy);
    expect(observed).toBe('permission denied for function pg_last_xact_replay_timestamp (42501)');
    await server.sql('REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC');
    expect((await cycle()).batch.cycle.outcome).toEqual({ kind: 'collected' });
  });

  it('a database that the role may not enter: its own, and others', async () => {
    await server.sql('REVOKE CONNECT ON DATABASE postgres FROM PUBLIC, dbintel');
    const { outcome } = (await cycle()).batch.cycle;
    expect(outcome).toMatchObject({ error: 'insufficient_privilege' });
    const [remedy = ''] = /GRANT CONNECT .*;/.exec(JSON.stringify(outcome)) ?? [];
    await runRemedy(remedy);
    expect((await cycle()).batch.cycle.outcome).toEqual({ kind: 'collected' });
    const wrong = ['CREATE DATABASE "Shut"', 'REVOKE CONNECT ON DATABASE "Shut" FROM PUBLIC'];
    await expectMended(
      'databases',
      wrong,
      'GRANT CONNECT ON DATABASE "Shut" TO dbintel;',
      'warning',
    );
  });

  it('membership without inheritance', () =>
    expectMended(
      'statistics',
      ['GRANT pg_read_all_stats TO dbintel WITH INHERIT FALSE'],
      'GRANT pg_read_all_stats TO dbintel WITH INHERIT TRUE;',
    ));

  it('more rights than needed, by their names, whatever way they came', async () => {
    for (const role of [
      'pg_write_all_data',
      'pg_execute_server_program',
      'pg_signal_backend',
      'pg_read_server_files',
      'pg_monitor',
    ]) {
      const { observed } = await expectMended(
        'rights',
        [`GRANT ${role} TO dbintel`],
        `REVOKE ${role} FROM dbintel;`,
        'warning',
      );
      expect(observed).toBe(`${role}: more than needed`);
    }
    await server.sql(
      'CREATE ROLE ops IN ROLE pg_write_server_files; CREATE ROLE chief; ' +
        'GRANT ops TO chief WITH ADMIN OPTION',
    );
    const wrong = ['SET ROLE chief; GRANT ops TO dbintel'];
    const { observed } = await expectMended(
      'rights',
      wrong,
      'REVOKE ops FROM dbintel GRANTED BY chief;',
      'warning',
    );
    expect(observed).toBe('pg_write_server_files: more than needed');
    await server.sql('REVOKE pg_read_all_stats FROM dbintel');
    await expectMended(
      'rights',
      ['GRANT pg_monitor TO dbintel'],
      /^GRANT pg_read_all_stats .* REVOKE pg_monitor/,
      'warning',
    );
    expect(await look('statistics')).toMatchObject({ verdict: 'ok' });
    await expectMended('rights', ['ALTER ROLE dbintel CREATEDB'], 'NOCREATEDB', 'warning');
  });

  it('nothing counted: for everyone, for a database, or for nobody who works', async () => {
    const busy = async () => {
      const client = await server.client();
      for (let i = 0; i < 150; i += 1) await client.query('SELECT count(*) FROM t');
      await client.end();
    };
    await expectMended(
      'track',
      ["ALTER ROLE ALL SET pg_stat_statements.track = 'none'"],
      'ALTER ROLE ALL RESET pg_stat_statements.track;',
      'warning',
    );
    const inDatabase = ["ALTER DATABASE postgres SET pg_stat_statements.track = 'none'"];
    await expectMended(
      'track',
      inDatabase,
      'ALTER DATABASE postgres RESET pg_stat_statements.track;',
      'warning',
    );

    const cycles = cyclesOf(target());
    await busy();
    const first = await cycles.run();
    expect(first.prerequisites?.find(({ name }) => name === 'track')).toMatchObject({
      verdict: 'ok',
    });
    for (const each of [
      'ALTER SYSTEM SET pg_stat_statements.track = none',
      'SELECT pg_reload_conf()',
    ])
      await server.sql(each);
    await cycles.run();
    await busy();
    const silent = (await cycles.run()).prerequisites?.find(({ name }) => name === 'track');
    expect(silent).toMatchObject({
      verdict: 'warning',
      observed: expect.stringContaining('no statement was counted'),
    });
    await server.sql('SELECT "Ext".pg_stat_statements_reset()');
    expect(await look('track')).toMatchObject({
      verdict: 'warning',
      observed: expect.stringContaining('no statement of another role'),
    });
    await runRemedy(silent?.remediation ?? '');
    await busy();
    expect(await look('track')).toMatchObject({ verdict: 'ok' });
    // Where our own role has no setting of its own, it sees what all have.
    for (const each of [
      'ALTER SYSTEM SET pg_stat_statements.track = none',
      'SELECT pg_reload_conf()',
    ])
      await server.sql(each);
    await server.sql('ALTER ROLE dbintel RESET pg_stat_statements.track');
    const { observed } = await expectMended(
      'track',
      [],
      'ALTER SYSTEM SET pg_stat_statements.track = top;',
      'warning',
    );
    expect(observed).toContain('none for everyone');
    await expectMended(
      'own statistics',
      [],
      "ALTER ROLE dbintel SET pg_stat_statements.track = 'none';",
      'warning',
    );
  });

  it('texts that cannot be converted', async () => {
    await server.sql("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    await server.sql("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
    const hex = (text: string) => Buffer.from(text).toString('hex');
    const text = `${hex('SELECT 1 /* caf')}e9${hex(' */')}`;
    const bad =
      "SET pg_stat_statements.track = 'all'; DO $$ BEGIN EXECUTE " +
      `convert_from('\\x${text}'::bytea, 'SQL_ASCII'); END $$`;
    await server.sql(bad, 'ascii');
    await expectMended(
      'texts',
      [],
      'CREATE EXTENSION pg_stat_statements;  -- as superuser, in database ascii',
      'warning',
    );
    await server.sql('DROP DATABASE ascii');
    await expectMended(
      'texts',
      [],
      /^CREATE DATABASE dbintel_texts .* then in it: CREATE EXTENSION/,
      'warning',
    );
    await server.sql('DROP DATABASE dbintel_texts; ');
    await server.sql('SELECT "Ext".pg_stat_statements_reset()');
  });

  it('settings of the server and of the role', async () => {
    await expectMended(
      'connections',
      ['ALTER ROLE dbintel CONNECTION LIMIT -1'],
      'CONNECTION LIMIT 4',
      'warning',
    );
    for (const each of ['ALTER SYSTEM SET compute_query_id = off', 'SELECT pg_reload_conf()'])
      await server.sql(each);
    await expectMended('query ids', [], 'ALTER SYSTEM SET compute_query_id = auto');
    await expectMended('io timing', [], 'ALTER SYSTEM SET track_io_timing = on', 'warning');
    for (const holder of ['ROLE dbintel', 'DATABASE postgres']) {
      const set = (what: string) => [`ALTER ${holder} SET ${what} = off`];
      const mend = (what: string) => `ALTER ${holder} RESET ${what};`;
      const [ids, times] = ['compute_query_id', 'track_io_timing'];
      await expectMended('query ids', set(ids), mend(ids));
      await expectMended('io timing', set(times), mend(times), 'warning');
    }
    await expectMended(
      'text size',
      [],
      'ALTER SYSTEM SET track_activity_query_size = 4096',
      'warning',
    );
  });
});

describe('PostgreSQL 14', () => {
  beforeAll(() => prepare('14'));
  afterAll(async () => {
    await expectNothingLeft(server);
    await server.stop();
  });

  it('all is well with the role that we print', async () => {
    await using session = await openSession(target());
    const checks = await Array.fromAsync(session.rehearse());
    expect(checks.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['counters', 'health', 'locks', 'catalogs', 'texts']),
    );
  });
  it('a role that does not inherit', () =>
    expectMended(
      'statistics',
      ['ALTER ROLE dbintel NOINHERIT'],
      'GRANT pg_read_all_stats TO dbintel; ALTER ROLE dbintel INHERIT;',
    ));
  it('more rights than needed', () =>
    expectMended(
      'rights',
      ['GRANT pg_write_all_data TO dbintel'],
      'REVOKE pg_write_all_data FROM dbintel;',
      'warning',
    ));
});
