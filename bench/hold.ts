import { type PostgresServer, startPostgres } from '../test/support/postgres-server.ts';
import {
  cyclesOf,
  dueAgain,
  makeTarget,
  openSession,
  prepareServer,
} from '../test/support/target.ts';
import { quantileOf, type Section, sleep } from './harness.ts';

/**
 * What is asked of a server that is odd or under change: how long an ALTER waits behind our
 * EXPLAINs, and what reading texts costs where the file of texts is large.
 */
const alters = 400;
const texts_mb = [5, 50, 150];

export async function hold(): Promise<Section> {
  return {
    title: 'Odd and busy servers',
    how:
      `${alters} ALTERs of a table with an index and 24 partitions while cycle follows cycle ` +
      'on it without a pause, and the same without us; ' +
      `pg_stat_statements with texts of ${texts_mb.join(', ')} MB in all, PostgreSQL 17, ` +
      "one statement's text wanted",
    rows: [...(await alterWaits()), ...(await textReads())],
  };
}

async function alterWaits(): Promise<Section['rows']> {
  const server = await startPostgres();
  try {
    await server.sql(
      'CREATE TABLE orders (id bigint, region int, total numeric) ' +
        'PARTITION BY LIST (region); CREATE INDEX ON orders (id)',
    );
    for (let i = 0; i < 24; i += 1)
      await server.sql(`CREATE TABLE orders_${i} PARTITION OF orders FOR VALUES IN (${i})`);
    await server.sql(
      'INSERT INTO orders SELECT i, i % 24, i FROM generate_series(1, 20000) i; ANALYZE orders',
    );
    await prepareServer(server);
    const session = await server.client();
    for (const column of ['id', 'region', 'total'])
      for (let i = 0; i < 6; i += 1)
        await session.query(
          `SELECT count(*) FROM orders a JOIN orders b USING (id) WHERE a.${column} = ${i}`,
        );
    await session.end();
    const without = await timeAlters(server);
    const ending = new AbortController();
    const cycles = collectWithoutPause(server, ending.signal);
    const withUs = await timeAlters(server);
    ending.abort();
    const { explained, refused } = await cycles;
    const show = (times: readonly number[]) =>
      `${quantileOf(times, 0.5).toFixed(1)} / ${quantileOf(times, 0.99).toFixed(1)} / ` +
      `${Math.max(...times).toFixed(0)} ms`;
    return [
      ['ALTER without us: p50 / p99 / longest', show(without), ''],
      ['ALTER behind us: p50 / p99 / longest', show(withUs), '≤ timeout + 2.5 s'],
      [
        'EXPLAINs meanwhile; statements left out since someone waited for the lock',
        `${explained}; ${refused}`,
        '',
      ],
    ];
  } finally {
    await server.stop();
  }
}

async function timeAlters(server: PostgresServer): Promise<number[]> {
  const owner = await server.client();
  const times: number[] = [];
  for (let i = 0; i < alters; i += 1) {
    const began = performance.now();
    await owner.query(
      `ALTER TABLE orders ALTER COLUMN total SET STATISTICS ${100 + (i % 2)}, ALTER COLUMN ` +
        `total SET DEFAULT ${i}`,
    );
    times.push(performance.now() - began);
    await sleep(20);
  }
  await owner.end();
  return times;
}

async function collectWithoutPause(
  server: PostgresServer,
  signal: AbortSignal,
): Promise<{ explained: number; refused: number }> {
  const target = makeTarget({
    port: server.port,
    spec: {
      safety: {
        explains: { perSecond: 1_000, burst: 1_000 },
        databaseTimeBudget: '100%',
        databaseTimeBurst: '10m',
      },
    },
  });
  const cycles = cyclesOf(target);
  let [explained, refused] = [0, 0];
  while (!signal.aborted) {
    cycles.state = dueAgain(cycles.state);
    const { batch } = await cycles.run();
    explained += batch.cycle.explained;
    refused += batch.cycle.unexplained.lock_timeout ?? 0;
  }
  return { explained, refused };
}

async function textReads(): Promise<Section['rows']> {
  const rows: Section['rows'] = [];
  const server = await startPostgres({ version: '17' });
  try {
    await server.sql('CREATE TABLE t (a int)');
    await prepareServer(server);
    const application = await server.client();
    let written_mb = 0;
    for (const wanted_mb of texts_mb) {
      for (; written_mb < wanted_mb; written_mb += 1)
        await application.query(
          `SELECT ${'a,'.repeat(1 + written_mb)} a /* ${'x'.repeat(1_000_000)} */ FROM t`,
        );
      await application.query('SELECT count(*) FROM t WHERE a = 1');
      await using session = await openSession(makeTarget({ port: server.port }));
      const { statements } = await session.snapshot();
      const small = statements.find(
        ({ calls, rows: returned }) =>
          calls === returned && calls === texts_mb.indexOf(wanted_mb) + 1,
      );
      if (!small) throw new Error('the statement with the short text is not counted');
      const before = session.databaseMs;
      const [prepared] = await session.prepare([small]);
      const answer = prepared?.kind === 'ready' ? 'had' : prepared ? prepared.refusal.code : '';
      rows.push([
        `text of one statement among ${wanted_mb} MB: database time`,
        `${(session.databaseMs - before).toFixed(0)} ms (${answer})`,
        '',
      ]);
    }
    await application.end();
    return rows;
  } finally {
    await server.stop();
  }
}
