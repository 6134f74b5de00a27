import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/engines/engine.ts';
import { executingBuiltins } from '../../src/engines/postgres/executing-builtins.ts';
import { type Attack, attacks } from '../support/attacks.ts';
import { builtinsThatRun } from '../support/builtins.ts';
import {
  type PostgresServer,
  type PostgresVersion,
  startPostgres,
} from '../support/postgres-server.ts';
import { limits, makeTarget, openSession, prepareServer } from '../support/target.ts';

/**
 * Nothing of an application's role runs with the collector's rights while planning directly: each
 * place × each way to the name × with and without a sample. What ran is read in the server's log.
 * That the harness would see it is shown by the server's own EXPLAIN of the same statements.
 */
const ways = {
  'its schema first': { path: '$schema', written: '', mixed: false },
  'pg_catalog after its schema': { path: '$schema, pg_catalog', written: '', mixed: false },
  'among trusted operators': { path: '$schema', written: '', mixed: true },
  qualified: { path: 'public', written: '$schema.', mixed: false },
} as const;
type Way = keyof typeof ways;

const database = 'attacked';
/**
 * Where the text means the application's code: what the server calls by another name is harmless,
 * and has a plan.
 */
const isMeant = ({ way, later }: Tried) =>
  later ? way === 'pg_catalog after its schema' : way !== 'qualified';

/** All attacks on the oldest and the newest, and each third on those between. */
const every: Record<PostgresVersion, number> = { '14': 1, '15': 3, '16': 3, '17': 3, '18': 1 };

interface Tried extends Attack {
  way: Way;
  role: string;
  schema: string;
  sql: string;
  path: string;
}

describe.each(Object.entries(every) as [PostgresVersion, number][])(
  'PostgreSQL %s',
  (version, step) => {
    let server: PostgresServer;
    let session: Session;
    const tried: Tried[] = [];
    const clients: pg.Client[] = [];

    beforeAll(async () => {
      server = await startPostgres({
        version,
        settings: { max_connections: '400', 'pg_stat_statements.track_utility': 'off' },
      });
      await server.sql(`CREATE DATABASE ${database}`);
      await prepareServer(server, database);
      const admin = await server.client(database);
      const applicable = attacks.filter(
        ({ since = 0, until = 99 }) => Number(version) >= since && Number(version) <= until,
      );
      for (const [i, attack] of applicable.filter((_, at) => at % step === 0).entries()) {
        for (const [at, way] of (Object.keys(ways) as Way[]).entries()) {
          const schema = `s_${i}_${at}`;
          const one = {
            ...attack,
            way,
            schema,
            role: `app_${i}_${at}`,
            sql: '',
            path: ways[way].path.replaceAll('$schema', schema),
          };
          await prepareAttack(admin, one, ways[way].mixed);
          const [{ oid }] = (
            await admin.query(
              `SELECT coalesce(pg_catalog.to_regtype('${schema}.d')::oid, 0)::int8::text AS oid`,
            )
          ).rows;
          one.sql = attack.text
            .replaceAll('@', ways[way].written)
            .replaceAll('$schema', schema)
            .replaceAll('$domain', oid);
          tried.push(one);
        }
      }
      await admin.query('SELECT pg_stat_statements_reset()');
      await admin.end();
      for (const one of tried) clients.push(await runAsApplication(server, one));
      session = await openSession(makeTarget({ port: server.port, database }));
    });
    afterAll(async () => {
      await session.close();
      await server.stop();
    });

    const ranAs = (user: string, { schema }: Tried) => {
      const log = readFileSync(join(server.folder, 'server.log'), 'utf8');
      return log.split('\n').filter((line) => line.includes(`evil of ${schema} ran as ${user}`))
        .length;
    };

    /**
     * What becomes of the statements of each role, a plan or a code: what a function ran while
     * production planned is a statement of its own before 17.
     */
    async function explainAll(): Promise<Map<string, string[]>> {
      const { statements } = await session.snapshot();
      const outcomes = new Map<string, string[]>();
      for (const each of await session.prepare(
        statements.filter(({ user }) => user.startsWith('app_')),
      )) {
        const answer =
          each.kind === 'ready'
            ? await session.explain(each, { ...limits, timeout_ms: 5_000 })
            : each.refusal;
        outcomes.set(each.user, [
          ...(outcomes.get(each.user) ?? []),
          answer.kind === 'refused' ? answer.code : 'plan',
        ]);
      }
      return outcomes;
    }

    const expectHarmless = (outcomes: Map<string, string[]>) => {
      expect(
        tried.filter((one) => ranAs('dbintel', one) > 0).map(({ name, way }) => `${name}, ${way}`),
      ).toEqual([]);
      const others = tried.filter(
        (one) =>
          isMeant(one) &&
          !outcomes.get(one.role)?.includes(one.planned ? 'plan' : 'untrusted_function'),
      );
      expect(others.map((one) => `${one.name}, ${one.way}: ${outcomes.get(one.role)}`)).toEqual([]);
    };

    it('runs nothing while the statement is seen running, and says why', {
      timeout: 240_000,
    }, async () => {
      expectHarmless(await explainAll());
    });

    it('runs nothing when only its text is known, and says why', { timeout: 240_000 }, async () => {
      for (const client of clients.splice(0)) await client.end();
      expectHarmless(await explainAll());
    });

    it('would have been seen: EXPLAIN in the application’s path runs it', {
      timeout: 240_000,
    }, async () => {
      const client = await server.client(database);
      await client.query('SET SESSION AUTHORIZATION dbintel');
      for (const { sql, path } of tried) {
        await client.query(`SET search_path = ${path}`);
        await client.query(`EXPLAIN ${sql}`).catch(() => undefined);
      }
      await client.end();
      const unseen = tried.filter(
        (one) => !one.dormant && isMeant(one) && ranAs('dbintel', one) === 0,
      );
      expect(unseen.map(({ name, way }) => `${name}, ${way}`)).toEqual([]);
    });

    it('refuses every built-in that runs code of others', { timeout: 240_000 }, async () => {
      const client = await server.client(database);
      const ran = await builtinsThatRun(client);
      await client.end();
      expect(ran).toContain('schema_to_xml');
      expect(ran.filter((name) => !executingBuiltins.has(name))).toEqual([]);
    });
  },
);

async function prepareAttack(
  admin: pg.Client,
  { role, schema, path, setup = '', superuser = '' }: Tried,
  mixed: boolean,
): Promise<void> {
  const fill = (sql: string) => sql.replaceAll('$schema', schema).replaceAll('$role', role);
  await admin.query(`CREATE ROLE ${role}; CREATE SCHEMA ${schema} AUTHORIZATION ${role}; ALTER
  ROLE ${role} SET search_path = ${path}; SET ROLE ${role}; SET search_path = ${schema};
    CREATE FUNCTION evil(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN RAISE LOG
      'evil of ${schema} ran as %', session_user; RETURN $1; END $f$;
    CREATE FUNCTION yes(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM
      ${schema}.evil(1); RETURN true; END $f$;
    CREATE TABLE t (id int, name text); INSERT INTO t SELECT g, 'n' || g FROM generate_series(1,
      200) g; CREATE TABLE one (name text);
    CREATE TYPE c AS ENUM ('x', 'y'); CREATE TABLE te (e c); INSERT INTO te SELECT CASE WHEN g < 9
      THEN 'x' ELSE 'y' END::c FROM generate_series(1, 20) g;
    ANALYZE t, te; ${fill(setup)}`);
  if (mixed)
    superuser +=
      `; CREATE OPERATOR ${schema}.~~~~ (FUNCTION = pg_catalog.int4eq, LEFTARG = int, ` +
      'RIGHTARG = int)';
  await admin.query(
    `RESET ROLE; ${fill(superuser)}; RESET search_path; GRANT USAGE ` +
      `ON SCHEMA ${schema} TO dbintel; GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ` +
      'dbintel',
  );
}

/** The connection stays, with the statement as its last: it is a sample. */
async function runAsApplication(
  server: PostgresServer,
  { role, path, sql }: Tried,
): Promise<pg.Client> {
  const client = await server.client(database);
  await client.query(`SET ROLE ${role}; SET search_path = ${path}`);
  await client.query(sql).catch(() => undefined); // then it is missing from the outcomes
  return client;
}
