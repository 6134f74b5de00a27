import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CycleDeps } from '../../src/collection/step.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { cyclesOf, makeTarget, prepareServer } from '../support/target.ts';

/** What rules are told of a statement besides its plan, from real servers, the oldest and newest. */
type Context = Parameters<CycleDeps['analyse']>[1];

const safety = { explains: { perSecond: 100, burst: 1_000 }, databaseTimeBudget: '100%' };

/** As the server's statistics say it. */
function counted(text: string): string {
  let place = 0;
  return text.replaceAll(/'[^']*'|\b\d+\b/g, () => `$${(place += 1)}`);
}

describe.each(['14', '18'] as const)('PostgreSQL %s', (version) => {
  let server: PostgresServer;
  const seen = new Map<string, Context>();
  const cycles = (port: number) =>
    cyclesOf(makeTarget({ port, spec: { collection: { minExecutionCount: 1 }, safety } }), {
      analyse: async (plan, context) => {
        seen.set(plan.queryText ?? '', context);
        return [];
      },
    });
  /** What was told of each text in the cycle after it ran. */
  async function told(texts: readonly string[], runs = 3): Promise<Context[]> {
    seen.clear();
    const looks = cycles(server.port);
    await looks.run();
    const client = await server.client();
    await client.query('SET ROLE app');
    for (const text of texts) for (let i = 0; i < runs; i += 1) await client.query(text);
    await client.end();
    const { batch } = await looks.run();
    expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
    return texts.map((text) => seen.get(counted(text)) ?? expect.fail(`${text} was not judged`));
  }

  beforeAll(async () => {
    server = await startPostgres({ version });
    await prepareServer(server);
    await server.sql(
      `CREATE ROLE app; GRANT CREATE ON SCHEMA public TO app; ALTER ROLE app SET work_mem = '64kB';
       CREATE TABLE orders (id int PRIMARY KEY, n int);
       INSERT INTO orders SELECT g, g % 10 FROM generate_series(1, 9000) g;
       GRANT SELECT ON orders TO dbintel, app`,
    );
    await server.sql('VACUUM ANALYZE orders');
  });
  afterAll(() => server.stop());

  it('its work in the interval, and what its role is given', async () => {
    const [context] = await told(['SELECT count(*) FROM orders WHERE n > 3'], 4);
    const [{ pages }] = (await server.sql(
      "SELECT pg_relation_size('orders') / current_setting('block_size')::int AS pages",
    )) as [{ pages: string }];
    expect(context).toMatchObject({
      stats: { calls: 4, work: version === '14' ? {} : { jitMs: 0 } },
      settings: { work_mem: '64kB', join_collapse_limit: '8', random_page_cost: '4' },
    });
    expect(context?.stats.work?.pages).toBeGreaterThanOrEqual(4 * Number(pages));
    expect(context?.interval_ms).toBeGreaterThan(0);
  });
});
