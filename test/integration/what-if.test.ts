import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import { createPglitePlanner } from '../../src/planner/pglite/pglite-planner.ts';
import type { World } from '../../src/planner/planner.ts';
import {
  type PostgresServer,
  type PostgresVersion,
  startPostgres,
  temporaryFolder,
} from '../support/postgres-server.ts';
import { buildWorld, compareWorld, exportOf, judge } from '../support/what-if/compare.ts';

/**
 * Plans of the what-if planner beside those of real servers, with indexes that are really built:
 * few here, all of them and what it costs in `make bench ONLY=what-if`.
 */
const planner = createPglitePlanner({ folder: temporaryFolder('planner') });
const { signal } = new AbortController();
const database = 'postgres';
const limit_ms = 10_000;

/** Of what is planned: the same plan, the cost within 5 %, the sign of the gain. */
const least: Partial<Record<PostgresVersion, [same: number, near: number, gains: number]>> = {
  '14': [0.93, 0.93, 0.98],
  '18': [0.98, 0.96, 0.99],
};

describe.each(Object.entries(least) as [PostgresVersion, [number, number, number]][])(
  'PostgreSQL %s',
  (version, [same, near, gains]) => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres({ version });
      await buildWorld(server, 0.3);
    });
    afterAll(() => server.stop());

    it('has the plans of the server, as it is and with indexes that are not there', async () => {
      const judged = judge(await compareWorld(server, planner, { sets: ['single', 'several'] }));
      expect(judged.unplannable).toEqual([]);
      expect(judged.same).toBeGreaterThanOrEqual(same);
      expect(judged.near).toBeGreaterThanOrEqual(near);
      expect(judged.gains).toBeGreaterThanOrEqual(gains);
    });

    it('ends a world when its time is over: nothing is planned in it any more', async () => {
      const { world } = await exportOf(server);
      const open = await planner.open(world, { signal, clock: systemClock });
      const text = 'SELECT * FROM customer WHERE id = $1';
      await expect(open.plan({ text, database }, 0)).rejects.toMatchObject({
        code: 'planner_timeout',
      });
      await expect(open.plan({ text, database }, limit_ms)).rejects.toMatchObject({
        code: 'planner_timeout',
      });
      await open[Symbol.asyncDispose]();
    });
  },
);

describe('a world', () => {
  let server: PostgresServer;
  let world: World;
  beforeAll(async () => {
    server = await startPostgres({ version: '18' });
    await buildWorld(server, 0.1);
    world = await planner.open((await exportOf(server)).world, { signal, clock: systemClock });
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await server.stop();
  });
  const plan = (text: string) => world.plan({ text, database }, limit_ms);

  it('refuses what it has not, without a word of the text', async () => {
    for (const text of [
      'SELECT * FROM nobody WHERE a = $1',
      "SELECT id FROM customer WHERE secret_function(name, 'Geheim') > $1",
      'DROP TABLE customer',
    ])
      await expect(plan(text)).rejects.toMatchObject({
        code: 'unplannable',
        message: expect.not.stringMatching(/Geheim|nobody|secret/),
      });
  });

  it('hides an index and shows it again, with those of partitions', async () => {
    const text = 'SELECT count(*) FROM event WHERE customer_id = $1';
    const before = await plan(text);
    await world.hide('public', 'event_customer');
    const hidden = await plan(text);
    await world.show('public', 'event_customer');
    expect(hidden.totals.estCost).toBeGreaterThan(before.totals.estCost);
    expect((await plan(text)).totals.estCost).toBe(before.totals.estCost);
  });

  it('plans as before when an index is dropped', async () => {
    const text = 'SELECT id, name FROM customer WHERE email = $1';
    const before = await plan(text);
    const index = {
      schema: 'public',
      table: 'customer',
      method: 'btree',
      keys: [{ column: 'email' }],
    };
    const { id } = await world.hypothesise(index);
    const during = await plan(text);
    await world.drop(id);
    expect(during.totals.estCost).toBeLessThan(before.totals.estCost / 2);
    expect((await plan(text)).totals.estCost).toBe(before.totals.estCost);
  });

  it('says so when it is closed', async () => {
    const closed = createPglitePlanner();
    const other = new AbortController();
    const opening = closed.open((await exportOf(server)).world, {
      signal: other.signal,
      clock: systemClock,
    });
    const open = await opening;
    await open[Symbol.asyncDispose]();
    await expect(open.plan({ text: 'SELECT 1', database }, limit_ms)).rejects.toMatchObject({
      code: 'planner_failed',
    });
  });
});
