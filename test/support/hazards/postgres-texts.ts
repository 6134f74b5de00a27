import { expect } from 'vitest';
import { parseStatement } from '../../../src/engines/postgres/parse.ts';
import { limits, openSession } from '../target.ts';
import type { HazardCase } from './hazard.ts';
import type { PostgresWorld } from './postgres-world.ts';
import { codeOf, find } from './selected.ts';

/** Texts and plans that are too much, or mean more than one thing. */
export const hugeText: HazardCase<PostgresWorld> = {
  title: 'a huge one is refused by its size, before the parser sees it',
  async run({ database, run, collect }) {
    const name = await database('CREATE TABLE t (a int)');
    const cases = Array.from({ length: 4_000 }, (_, i) => `WHEN a = ${i} THEN ${i}`).join(' ');
    await run(`SELECT CASE ${cases} END AS huge FROM t`, name);
    expect(find(await collect({ database: name }), 'CASE WHEN a').result).toMatchObject({
      code: 'too_large',
      detail: expect.stringContaining('limit 65536'),
    });
  },
};

export const strangeTexts: HazardCase<PostgresWorld> = {
  title: 'two statements, a NUL, a cut text: none of them reaches the server',
  async run() {
    expect(parseStatement('SELECT 1; DROP TABLE t', 65_536)).toMatchObject({
      code: 'not_explainable_statement',
    });
    expect(parseStatement('SELECT 1\0', 65_536)).toMatchObject({
      code: 'not_explainable_statement',
    });
    expect(parseStatement("SELECT * FROM t WHERE a = 'cut", 65_536)).toMatchObject({
      code: 'unparsable',
    });
    for (const [word, rest] of [
      ['CREATE', 'TABLE x AS SELECT 1'],
      ['COPY', '(SELECT 1) TO STDOUT'],
      ['DECLARE', 'c CURSOR FOR SELECT 1'],
    ])
      expect(parseStatement(`/* of ours */ ${word} ${rest}`, 65_536)).toMatchObject({
        code: 'not_explainable_statement',
        detail: `${word} is a utility statement, and not planned for its query`,
      });
    expect(parseStatement('SELECT 1 INTO x', 65_536)).toMatchObject({
      code: 'not_explainable_statement',
    });
    expect(parseStatement('EXPLAIN ANALYZE DELETE FROM t', 65_536)).toMatchObject({
      code: 'not_explainable_statement',
    });
    expect(parseStatement(`SELECT ${'1 + '.repeat(20_000)}1`, 200_000)).toBeDefined();
  },
};

export const hugePlan: HazardCase<PostgresWorld> = {
  title: 'a plan larger than its limit is refused with its size, and the batch lives on',
  async run({ database, run, collect }) {
    const name = await database('CREATE TABLE t (a int)');
    const union = Array.from({ length: 300 }, () => 'SELECT a FROM t').join(' UNION ALL ');
    await run(`SELECT count(*) AS wide FROM (${union}) u`, name);
    await run('SELECT a FROM t WHERE a = 3', name);
    const result = await collect({
      database: name,
      spec: { safety: { limits: { plan: '32Ki' } } },
    });
    expect(find(result, 'wide').result).toMatchObject({
      code: 'too_large',
      detail: expect.stringMatching(/^plan of \d+ bytes, limit 32768$/),
    });
    expect(codeOf(result, 'WHERE a = $1')).toBe('plan');
  },
};

export const noRights: HazardCase<PostgresWorld> = {
  title: 'without rights on a table: coded, with the right that is missing',
  async run({ server, database, run, collect }) {
    const name = await database('CREATE TABLE secret (a int)');
    await server.sql('REVOKE ALL ON secret FROM dbintel', name);
    await run('SELECT a FROM secret WHERE a = 1', name);
    expect(find(await collect({ database: name }), 'secret').result).toEqual({
      kind: 'refused',
      code: 'insufficient_privilege',
      detail: 'SELECT on public.secret',
    });
  },
};

export const droppedTable: HazardCase<PostgresWorld> = {
  title: 'a statement whose table was dropped says so',
  async run({ server, database, run, collect }) {
    const name = await database('CREATE TABLE gone (a int)');
    await run('SELECT a FROM gone', name);
    await server.sql('DROP TABLE gone', name);
    expect(codeOf(await collect({ database: name }), 'gone')).toBe('undefined_relation');
  },
};

export const severalSchemas: HazardCase<PostgresWorld> = {
  title: 'names in several schemas: the user’s own search_path decides, or the plan says so',
  async run({ server, database, collect }) {
    const name = await database('SELECT 1');
    await server.sql(
      'CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.t (a int PRIMARY KEY); ' +
        'CREATE TABLE two.t (a int); GRANT USAGE ON SCHEMA one, two TO app, dbintel; GRANT ' +
        'SELECT ON one.t, two.t TO app, dbintel',
      name,
    );
    const client = await server.client(name);
    await client.query('SET ROLE app; SET search_path = one');
    for (let i = 0; i < 5; i += 1) await client.query('SELECT a FROM t WHERE a = 1');
    await client.end();
    expect(find(await collect({ database: name }), 'FROM t').result).toMatchObject({
      plan: { lossiness: ['shared_fingerprint'] },
    });
    await server.sql(`ALTER ROLE app IN DATABASE ${name} SET search_path = one`);
    const result = await collect({ database: name });
    expect(find(result, 'FROM t').result).toMatchObject({
      plan: { root: { relation: { schema: 'one' } } },
    });
  },
};

export const rowSecurity: HazardCase<PostgresWorld> = {
  title: 'with row-level security: the plan says that it is ours',
  async run({ server, database, run, collect }) {
    const name = await database(
      'CREATE TABLE t (a int, owner text); ALTER TABLE t ENABLE ROW LEVEL SECURITY; ' +
        'CREATE POLICY p ON t USING (owner = current_user)',
    );
    await run('SELECT a FROM t WHERE a = 1', name);
    const marks = async () => {
      const { result } = find(await collect({ database: name }), 'FROM t');
      return result.kind === 'explained' ? result.plan.lossiness : result.code;
    };
    expect(await marks()).toEqual(['rls_differs']);
    await server.sql('ALTER ROLE dbintel SET row_security = off');
    const switchedOff = await marks();
    await server.sql('ALTER ROLE dbintel RESET row_security');
    expect(switchedOff).toEqual(['rls_differs']);
    await server.sql('ALTER ROLE dbintel BYPASSRLS');
    const passingBy = await marks();
    await server.sql('ALTER ROLE dbintel NOBYPASSRLS');
    expect(passingBy).toEqual(['rls_differs']);
  },
};

export const noEntry: HazardCase<PostgresWorld> = {
  title: 'a thousand EXPLAINs leave no entry in pg_stat_statements',
  async run({ server, database, run, targetFor }) {
    const name = await database('CREATE TABLE t (a int, b int)');
    await run('SELECT a FROM t WHERE a = 1 AND b = 2', name);
    await using session = await openSession(targetFor({ database: name }));
    const seen = (await session.snapshot()).statements.filter(({ database }) => database === name);
    const prepared = (await session.prepare(seen)).find(({ text }) => text?.includes('FROM t'));
    if (prepared?.kind !== 'ready') throw new Error(JSON.stringify(prepared));
    const before = Number(
      (await server.sql('SELECT count(*) AS n FROM pg_stat_statements'))[0]?.['n'],
    );
    for (let i = 0; i < 1_000; i += 1)
      expect(await session.explain(prepared, limits)).toHaveProperty('plan');
    const after = Number(
      (await server.sql('SELECT count(*) AS n FROM pg_stat_statements'))[0]?.['n'],
    );
    expect(after - before).toBeLessThanOrEqual(1); // the counting itself
    expect(
      await server.sql(
        'SELECT 1 FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid ' +
          "WHERE r.rolname = 'dbintel'",
      ),
    ).toEqual([]);
  },
};

export const noValue: HazardCase<PostgresWorld> = {
  title: 'values of a running statement are not sent where the statistics would keep them',
  async run({ server, database, collect }) {
    const name = await database('CREATE TABLE t (a int, b text)');
    const own = await server.client(name);
    await own.query('SET ROLE app');
    for (let i = 0; i < 5; i += 1) await own.query("SELECT a FROM t WHERE b = 'canary'");
    await server.sql("ALTER ROLE dbintel SET pg_stat_statements.track = 'top'");
    const result = await collect({ database: name });
    await server.sql("ALTER ROLE dbintel SET pg_stat_statements.track = 'none'");
    await own.end();
    expect(codeOf(result, 'FROM t')).toBe('plan');
    const kept = "SELECT query FROM pg_stat_statements WHERE query LIKE '%' || 'canary%'";
    expect(await server.sql(kept)).toEqual([]);
  },
};
