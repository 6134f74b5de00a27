import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import { createPglitePlanner } from '../../src/planner/pglite/pglite-planner.ts';
import type { ToldWorld } from '../../src/planner/planner.ts';
import {
  type PostgresServer,
  type PostgresVersion,
  postgresVersions,
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
const least: Record<PostgresVersion, [same: number, near: number, gains: number]> = {
  '14': [0.95, 0.93, 0.98],
  '15': [0.95, 0.93, 0.98],
  '16': [0.95, 0.93, 0.98],
  '17': [0.95, 0.93, 0.98],
  '18': [0.98, 0.96, 0.98],
};

it.each(postgresVersions)(
  'has the plans of PostgreSQL %s, as it is and with indexes that are not there',
  async (version) => {
    const server = await startPostgres({ version });
    try {
      await buildWorld(server, 0.1);
      const judged = judge(await compareWorld(server, planner, { sets: ['several'] }));
      const [same, near, gains] = least[version];
      const told = judged.different.map(({ set, statement }) => `${set} ${statement}`).join('\n');
      expect(judged.unplannable).toEqual([]);
      expect(judged.same, told).toBeGreaterThanOrEqual(same);
      expect(judged.near).toBeGreaterThanOrEqual(near);
      expect(judged.gains).toBeGreaterThanOrEqual(gains);
    } finally {
      await server.stop();
    }
  },
);

describe('a world', () => {
  let server: PostgresServer;
  let world: ToldWorld;
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

  it('ends when its time is over, and says so to whoever asks again', async () => {
    // Planning so many joins takes longer than an answer that is there at once.
    const tables = Array.from({ length: 12 }, (_, i) => `customer c${i}`).join(', ');
    const text = `SELECT count(*) FROM ${tables} WHERE c0.id = $1`;
    for (let asked = 0; asked < 2; asked += 1)
      await expect(world.plan({ text, database }, 0)).rejects.toMatchObject({
        code: 'planner_timeout',
      });
  });

  it('says so when it is closed', async () => {
    await world[Symbol.asyncDispose]();
    const { world: exported } = await exportOf(server);
    const open = await planner.open(exported, { signal, clock: systemClock });
    await open[Symbol.asyncDispose]();
    await expect(open.plan({ text: 'SELECT 1', database }, limit_ms)).rejects.toMatchObject({
      code: 'planner_failed',
    });
  });
});
