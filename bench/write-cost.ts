import { readFileSync } from 'node:fs';
import type { Client } from 'pg';
import { startPostgres } from '../test/support/postgres-server.ts';
import type { Section } from './harness.ts';

/**
 * What an index costs those who write: rows inserted and updated with none to eight indexes on
 * random numbers, all in memory; the slope over the number of indexes is what one entry costs.
 * `src/advice/write-cost.ts` has it. In processor time of the server's process, which is what it
 * takes in memory, whatever else the machine does.
 */
const counts = [0, 1, 2, 4, 8];
const columns = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const rowsThere = 100_000;
const rowsWritten = 10_000;
const rounds = 5;

export async function writeCost(): Promise<Section> {
  const server = await startPostgres({ settings: { shared_buffers: '512MB', fsync: 'off' } });
  const client = await server.client();
  try {
    const measured: Measured[] = [];
    for (const count of counts) measured.push(await measure(client, count));
    const rate = (ms: number) => `${Math.round(1_000 / ms).toLocaleString('en-US')}`;
    const slope = (of: 'insert' | 'update') =>
      // With none, an update of the column is a HOT one.
      slopeOf(
        measured
          .filter(({ count }) => of === 'insert' || count > 0)
          .map((each) => [each.count, each[of]] as const),
      );
    return {
      title: 'What an index costs those who write',
      how:
        `${rowsWritten} rows a statement, ${rounds} statements of each kind, into a table of ` +
        `${rowsThere} rows in memory, indexes on random numbers, PostgreSQL 18, one client; ` +
        'processor time of its process',
      rows: [
        ...measured.map(({ count, insert, update, hot }): [string, string, string] => [
          `${count} indexes: rows a second of processor time inserted / updated / updated by HOT`,
          `${rate(insert)} / ${rate(update)} / ${rate(hot)}`,
          '',
        ]),
        [
          'an entry of one index, of rows that are inserted',
          `${slope('insert').toFixed(4)} ms`,
          '',
        ],
        [
          'the same, of rows whose indexed column is updated',
          `${slope('update').toFixed(4)} ms`,
          '',
        ],
      ],
    };
  } finally {
    await client.end();
    await server.stop();
  }
}

interface Measured {
  count: number;
  /** Milliseconds a row. */
  insert: number;
  update: number;
  hot: number;
}

async function measure(client: Client, count: number): Promise<Measured> {
  const random = columns.map(() => '(random() * 1e9)::int').join(', ');
  const rows = (from: number, many: number) =>
    `INSERT INTO t SELECT g, 0, ${random} FROM generate_series(${from}, ${from + many - 1}) g`;
  await client.query('DROP TABLE IF EXISTS t');
  await client.query(
    `CREATE TABLE t (id int, n int, ${columns.map((each) => `${each} int`).join(', ')}) ` +
      'WITH (fillfactor = 40, autovacuum_enabled = off)',
  );
  await client.query(rows(0, rowsThere));
  for (const column of columns.slice(0, count)) await client.query(`CREATE INDEX ON t (${column})`);
  // Which rows are written is found by this one, in every case.
  await client.query('CREATE INDEX ON t (id)');
  const spot = (i: number) => `id BETWEEN ${i * rowsWritten} AND ${(i + 1) * rowsWritten - 1}`;
  const each = async (sql: (round: number) => string) => {
    const before = await processorMs(client);
    for (let round = 0; round < rounds; round += 1) await client.query(sql(round));
    return ((await processorMs(client)) - before) / (rounds * rowsWritten);
  };
  return {
    count,
    insert: await each((round) => rows((round + 1) * rowsThere, rowsWritten)),
    hot: await each((round) => `UPDATE t SET n = n + 1 WHERE ${spot(round)}`),
    update: await each((round) => `UPDATE t SET a = a + 1 WHERE ${spot(rounds + round)}`),
  };
}

/** Of the process that serves this client; in steps of 10 ms. */
async function processorMs(client: Client): Promise<number> {
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  const fields = readFileSync(`/proc/${rows[0].pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (all: number[]) => all.reduce((a, b) => a + b, 0) / all.length;
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))];
  const above = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
  return above / points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
}
