import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPostgresEngine } from '../../src/engines/postgres/engine.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { cyclesOf, dueAgain, makeTarget, prepareServer } from '../support/target.ts';

/**
 * Where guesses at types fit, what tells so and the plan are asked for at once, in the time of one:
 * a statement that one of them fits into and two do not is asked alone from then on.
 */
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
  await prepareServer(server);
  await server.sql(
    `CREATE TABLE t (a int, b int);
    CREATE FUNCTION slow_to_plan() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_catalog.pg_sleep(1.8); RETURN true; END $$;
    GRANT SELECT ON t TO dbintel`,
  );
});
afterAll(() => server.stop());

/** Of a target whose EXPLAINs have three seconds each. */
function cyclesWithin(budget: { databaseTimeBudget: string; databaseTimeBurst?: string }) {
  const safety = {
    allowFunctions: ['public.slow_to_plan'],
    statementTimeout: { min: '3s', max: '3s' },
    ...budget,
  };
  const spec = { collection: { minExecutionCount: 1 }, safety };
  return cyclesOf(makeTarget({ port: server.port, spec }), { engine: createPostgresEngine() });
}

it('a statement that takes most of its time has its plan at the second attempt', async () => {
  const cycles = cyclesWithin({ databaseTimeBudget: '100%' });
  const run = async (texts: readonly string[]) => {
    for (const text of texts) await server.sql(text);
    cycles.state = dueAgain(cycles.state);
    return (await cycles.run()).batch;
  };
  await run([]);
  await run(['a', 'b', 'a + b', 'a * b'].map((what) => `SELECT ${what} FROM t WHERE a = 5`));
  const slow = 'SELECT b, a FROM t WHERE b = 7 AND slow_to_plan()';
  const result = async () =>
    (await run([slow])).queries.find(({ text }) => text?.startsWith('SELECT b, a'))?.result;
  expect(await result()).toMatchObject({ kind: 'refused', code: 'statement_timeout' });
  expect(await result()).toMatchObject({ kind: 'explained', plan: { lossiness: [] } });
});

it('a new statement does not go on being asked about once the budget is spent', async () => {
  const cycles = cyclesWithin({ databaseTimeBudget: '0.1%', databaseTimeBurst: '900ms' });
  const guessed = 'a = 5.5 AND b = 6 AND (a = 7.5 OR b = 8) AND b > 9';
  await server.sql('SELECT pg_stat_statements_reset()');
  await server.sql(`SELECT 1 FROM t WHERE ${guessed} AND slow_to_plan()`);
  const { batch, state } = await cycles.run();
  const asked = batch.queries.find(({ text }) => text?.startsWith('SELECT $1 FROM t WHERE'));
  expect(asked?.result).toMatchObject({
    kind: 'explained',
    plan: { lossiness: ['typing_unverified'] },
  });
  // what was on its way, and the plan
  expect(state.databaseTime.tokens).toBeGreaterThan(900 - 3 * 1_950);
});
