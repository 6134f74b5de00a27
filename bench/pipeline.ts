import { silentLogger } from '../src/base/logger.ts';
import { systemClock } from '../src/base/node/clock.ts';
import { createPostgresEngine } from '../src/engines/postgres/engine.ts';
import { createFanOut } from '../src/exporters/fan-out.ts';
import { createPrometheusExporter } from '../src/exporters/prometheus/prometheus-exporter.ts';
import { createPrometheusMetrics } from '../src/exporters/prometheus/prometheus-metrics.ts';
import { openSqliteHistory } from '../src/history/sqlite/sqlite-history.ts';
import {
  type PostgresServer,
  startPostgres,
  temporaryFolder,
} from '../test/support/postgres-server.ts';
import { cyclesOf, dueAgain, makeTarget, prepareServer } from '../test/support/target.ts';
import { cpuMs, type Section } from './harness.ts';
import { createTable, textsOver } from './texts.ts';

/**
 * The whole pipeline with several connections, against bare EXPLAIN of the same texts on the same
 * server in the same run.
 */
const statements = 400;
const lanes = 4;
const rounds = 5;

export async function pipeline(): Promise<Section> {
  const server = await startPostgres({ settings: { max_connections: '60' } });
  const folder = temporaryFolder('bench');
  const history = openSqliteHistory(`${folder}/h.db`);
  try {
    const databases = await makeDatabases(server);
    const bare = await bareExplain(server, databases);
    const metrics = createPrometheusMetrics();
    const fanOut = createFanOut([createPrometheusExporter(metrics)], systemClock, silentLogger);
    const engine = createPostgresEngine();
    const collectors = databases.map((database, i) => makeCollector(server, database, i, engine));
    await round(collectors, history, fanOut); // texts become known, types are verified
    let [plans, cpu, wall, explainMs] = [0, 0, 0, 0];
    for (let i = 0; i < rounds; i += 1) {
      const [cpuBefore, before] = [cpuMs(), performance.now()];
      const done = await round(collectors, history, fanOut);
      cpu += cpuMs() - cpuBefore;
      wall += performance.now() - before;
      plans += done.plans;
      explainMs += done.explainMs;
    }
    await fanOut.close(1_000);
    const perSecond = (plans / wall) * 1_000;
    return {
      title: 'Pipeline',
      how:
        `select → EXPLAIN → normalise → hash → rules → history → metrics over ${statements} ` +
        `statements in each of ${lanes} databases with one connection pair each, ${rounds} ` +
        'rounds after one that learns the texts; bare: the same texts by EXPLAIN ' +
        `(GENERIC_PLAN) alone over ${lanes} connections`,
      rows: [
        ['plans', `${plans}`, ''],
        ['our own CPU a plan', `${(cpu / plans).toFixed(3)} ms`, '≤ 0.5 ms'],
        ['plans a second', perSecond.toFixed(0), '≥ 2,000 where the server can give them'],
        ['bare EXPLAIN a second, same server and texts', bare.perSecond.toFixed(0), ''],
        ['pipeline / bare EXPLAIN', (perSecond / bare.perSecond).toFixed(3), ''],
        [
          'share of the lanes’ time that is EXPLAIN (with its transaction)',
          `${Math.round((100 * explainMs) / (wall * lanes))} %`,
          '',
        ],
      ],
    };
  } finally {
    await history.close();
    await server.stop();
  }
}

async function makeDatabases(server: PostgresServer): Promise<string[]> {
  await prepareServer(server);
  await server.sql('ALTER ROLE dbintel CONNECTION LIMIT 20'); // four targets on one server here
  const names = Array.from({ length: lanes }, (_, i) => `bench_${i}`);
  for (const name of names) {
    await server.sql(`CREATE DATABASE ${name}`);
    await server.sql(`CREATE EXTENSION pg_stat_statements; ${createTable('t')}`, name);
  }
  await server.sql('SELECT pg_stat_statements_reset()');
  for (const name of names) {
    const client = await server.client(name);
    for (const text of textsOver('t', statements))
      for (let i = 0; i < 5; i += 1) await client.query(text, [1, 2]);
    await client.end();
  }
  return names;
}

async function bareExplain(
  server: PostgresServer,
  databases: string[],
): Promise<{ perSecond: number }> {
  const clients = await Promise.all(databases.map((name) => server.client(name)));
  const list = textsOver('t', statements);
  const run = () =>
    Promise.all(
      clients.map(async (client) => {
        for (const text of list)
          await client.query(
            `EXPLAIN (FORMAT JSON, VERBOSE, SETTINGS, SUMMARY, GENERIC_PLAN) ${text}`,
          );
      }),
    );
  await run();
  const before = performance.now();
  for (let i = 0; i < 3; i += 1) await run();
  const perSecond = ((3 * statements * databases.length) / (performance.now() - before)) * 1_000;
  await Promise.all(clients.map((client) => client.end()));
  return { perSecond };
}

function makeCollector(
  server: PostgresServer,
  database: string,
  i: number,
  engine: ReturnType<typeof createPostgresEngine>,
) {
  const spec = {
    databases: { include: [database] },
    collection: { maxQueriesPerCycle: statements, minExecutionCount: 1, interval: '24h' },
    safety: {
      explains: { perSecond: 1_000, burst: 10_000 },
      databaseTimeBudget: '100%',
      brake: { slowdown: 100 },
    },
  };
  const target = makeTarget({
    port: server.port,
    database,
    uid: `${i}-bench-target`,
    name: `bench-${i}`,
    spec,
  });
  // The server's lock lets one session work at a time; the lanes stand for several servers.
  const unlocked = {
    ...engine,
    open: async (options: Parameters<typeof engine.open>[0]) =>
      withoutLock(await engine.open(options)),
  };
  return { target, cycles: cyclesOf(target, { engine: unlocked }) };
}

function withoutLock<T extends object>(session: T): T {
  return new Proxy(session, {
    get: (of, name) => (name === 'lock' ? async () => true : Reflect.get(of, name)),
  });
}

async function round(
  collectors: ReturnType<typeof makeCollector>[],
  history: ReturnType<typeof openSqliteHistory>,
  fanOut: ReturnType<typeof createFanOut>,
) {
  let [plans, explainMs] = [0, 0];
  await Promise.all(
    collectors.map(async ({ cycles }) => {
      cycles.state = dueAgain(cycles.state);
      const { batch } = await cycles.run();
      if (batch.cycle.outcome.kind !== 'collected' || batch.cycle.explained !== statements)
        throw new Error(JSON.stringify(batch.cycle));
      await history.record(batch);
      fanOut.publish(batch);
      plans += batch.cycle.explained;
      for (const { result } of batch.queries)
        if (result.kind === 'explained') explainMs += result.explainMs;
    }),
  );
  return { plans, explainMs };
}
