import { expect } from 'vitest';
import type { ReadyStatement } from '../../../src/engines/engine.ts';
import { limits, openSession } from '../target.ts';
import { type FamilyWorld } from './family-world.ts';
import type { HazardCase } from './hazard.ts';
import { codeOf, find } from './selected.ts';

/** Texts, and what is left of ours. */
export const cutText: HazardCase<FamilyWorld> = {
  title: 'longer than the server keeps: coded, not sent',
  async run({ run, collect }) {
    await run(
      'SELECT id AS cut FROM orders WHERE id IN ' +
        `(${Array.from({ length: 600 }, (_, i) => i).join(', ')}) AND total > 0`,
    );
    expect(codeOf(await collect(), 'cut')).toBe('truncated_text');
  },
};

export const otherType: HazardCase<FamilyWorld> = {
  except: ['mariadb-10.11'], // MariaDB says so from 10.11.6 on
  title: 'a column compared with another type is found by what the server warns of',
  async run({ run, collect }) {
    await run('SELECT name FROM customers WHERE code = 987654');
    const { result } = find(await collect(), 'code =');
    if (result.kind === 'refused') throw new Error(JSON.stringify(result));
    expect(result.findings.map(({ rule }) => rule)).toContain('implicit-cast');
    expect(JSON.stringify(result)).not.toContain('987654');
  },
};

export const noDigest: HazardCase<FamilyWorld> = {
  title: 'a thousand EXPLAINs leave no digest, and literals of rows and texts stay where they are',
  async run({ server, run, targetFor }) {
    await run("SELECT id, email FROM orders WHERE id = 17 AND email <> 'planted-canary'");
    await run('SELECT email FROM orders WHERE id = 18');
    await using session = await openSession(targetFor());
    const prepared = (await session.prepare((await session.snapshot()).statements)).filter(
      (each): each is ReadyStatement => each.kind === 'ready',
    );
    expect(prepared.length).toBeGreaterThanOrEqual(2);
    const seen: string[] = [];
    for (let i = 0; i < 1_000; i += 1) {
      const answer = await session.explain(prepared[i % prepared.length] as ReadyStatement, limits);
      if (i < prepared.length) seen.push(JSON.stringify(answer));
      expect(answer.kind).toBe('explained');
    }
    expect(seen.join()).not.toMatch(/planted-canary|@x\.org/);
    const own = await server.sql(
      'SELECT DIGEST_TEXT FROM performance_schema.events_statements_summary_by_digest ' +
        "WHERE DIGEST_TEXT LIKE 'EXPLAIN%' OR DIGEST_TEXT LIKE 'SHOW WARNINGS%'",
    );
    expect(own).toEqual([]);
  },
};

export const serverLimit: HazardCase<FamilyWorld> = {
  title: 'what reads the catalog has a limit on the server too, before the lock and the first look',
  async run({ server, isMysql, run, collect }) {
    await server.sql("SET GLOBAL log_output = 'TABLE', GLOBAL general_log = ON;");
    await run('SELECT name FROM customers WHERE id = 1');
    await collect();
    await server.sql('SET GLOBAL general_log = OFF;');
    const client = await server.client('mysql');
    const [found] = await client.query(
      'SELECT thread_id AS thread, CONVERT(argument USING utf8mb4) AS sql_text ' +
        "FROM general_log WHERE argument LIKE '%/* dbintel */%' ORDER BY event_time",
    );
    await client.end();
    const rows = found as { thread: number; sql_text: string }[];
    await server.sql('TRUNCATE mysql.general_log;');
    const control = rows.find(({ sql_text }) =>
      sql_text.includes("GET_LOCK('dbintel', 0)"),
    )?.thread;
    const said = rows.filter(({ thread }) => thread === control).map(({ sql_text }) => sql_text);
    const limit = said.findIndex((sql) =>
      sql.startsWith(
        isMysql
          ? 'SET SESSION max_execution_time = 1000'
          : 'SET SESSION max_statement_time = 1.000',
      ),
    );
    // Only two questions of who it is and our own settings come before.
    expect(limit).toBe(3);
    expect(said.length).toBeGreaterThan(6);
  },
};

export const noRights: HazardCase<FamilyWorld> = {
  title: 'without rights on a table: coded',
  async run({ server, run, collect }) {
    await server.sql('CREATE DATABASE closed;');
    await server.sql('CREATE TABLE secret (a int PRIMARY KEY);', 'closed');
    await server.sql('GRANT ALL ON closed.* TO app;');
    await run('SELECT a FROM closed.secret WHERE a = 1');
    expect(codeOf(await collect(), 'secret')).toBe('insufficient_privilege');
    await server.sql('DROP DATABASE closed;');
    await server.sql('REVOKE ALL ON closed.* FROM app;');
  },
};

export const droppedTable: HazardCase<FamilyWorld> = {
  title: 'a statement whose table was dropped says so',
  async run({ server, run, collect }) {
    await server.sql('CREATE TABLE gone (a int PRIMARY KEY);', 'shop');
    await run('SELECT a FROM gone WHERE a = 1');
    await server.sql('DROP TABLE gone;', 'shop');
    expect(codeOf(await collect(), 'gone')).toBe('undefined_relation');
  },
};
