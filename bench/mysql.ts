import type { Connection } from 'mysql2/promise';
import { silentLogger } from '../src/base/logger.ts';
import { systemClock } from '../src/base/node/clock.ts';
import { dialectOf } from '../src/dialects/index.ts';
import type { Engine, ReadyStatement } from '../src/engines/engine.ts';
import { createEngines } from '../src/engines/index.ts';
import { createFanOut } from '../src/exporters/fan-out.ts';
import { createPrometheusExporter } from '../src/exporters/prometheus/prometheus-exporter.ts';
import { createPrometheusMetrics } from '../src/exporters/prometheus/prometheus-metrics.ts';
import { openSqliteHistory } from '../src/history/sqlite/sqlite-history.ts';
import { type MysqlServer, type MysqlVersion, startMysql } from '../test/support/mysql-server.ts';
import { makeShop } from '../test/support/mysql-shop.ts';
import { temporaryFolder } from '../test/support/postgres-server.ts';
import {
  cyclesOf,
  dueAgain,
  makeTarget,
  openSession,
  prepareMysql,
} from '../test/support/target.ts';
import {
  budgetGoal,
  cpuMs,
  interval_s,
  median,
  quantileOf,
  type Section,
  sleep,
} from './harness.ts';

/**
 * MySQL and MariaDB: EXPLAIN directly and through the procedure, the whole pipeline, what it costs
 * the server, and what connections cost us.
 */
const statements = 200;
const lanes = 4;
const rounds = 3;

export async function mysqlBench(): Promise<Section> {
  const rows: Section['rows'] = [];
  for (const product of ['mysql-9', 'mariadb-11.4'] as const)
    rows.push(...(await figuresOf(product)));
  return {
    title: 'MySQL and MariaDB',
    how:
      'a shop of 21,000 rows on one server of each product; EXPLAIN: 1,000 of point lookups, ' +
      'directly and through the procedure, alternating; pipeline: ' +
      `${statements} statements in each of ${lanes} databases with one connection pair each, ` +
      `${rounds} rounds after one; database time: cycles with up to 10 of them while an ` +
      'application runs; memory: connections opened and held',
    rows,
  };
}

async function figuresOf(product: MysqlVersion): Promise<Section['rows']> {
  const server = await startMysql({ product });
  const { label } = dialectOf(server.engine);
  try {
    await makeShop(server);
    await prepareMysql(server, ['shop'], 'procedure');
    await server.sql('GRANT SELECT, SHOW VIEW ON shop.* TO dbintel;');
    await server.sql('ALTER USER dbintel WITH MAX_USER_CONNECTIONS 0;');
    const explain = await directAgainstProcedure(server);
    const cost = await databaseTime(server);
    const pipeline = await pipelineOf(server);
    const memory = server.engine === 'mysql' ? await connectionMemory(server) : undefined;
    return [
      [
        `${label}: EXPLAIN directly, p50 / p99`,
        `${explain.direct[0]} / ${explain.direct[1]} ms`,
        '',
      ],
      [
        `${label}: EXPLAIN through the procedure, p50 / p99`,
        `${explain.procedure[0]} / ${explain.procedure[1]} ms`,
        '',
      ],
      [`${label}: procedure / direct (p50)`, explain.ratio, ''],
      [`${label}: pipeline, plans a second`, pipeline.perSecond.toFixed(0), ''],
      [
        `${label}: pipeline / bare EXPLAIN of the same texts`,
        (pipeline.perSecond / pipeline.bare).toFixed(2),
        '',
      ],
      [`${label}: our own CPU a plan`, `${pipeline.cpu.toFixed(2)} ms`, '≤ 0.5 ms'],
      [
        `${label}: database time of a cycle (median, and the longest)`,
        `${median(cost).toFixed(0)} ms, ${Math.max(...cost).toFixed(0)} ms`,
        '',
      ],
      [
        `${label}: share of one connection’s wall time at an interval of ${interval_s} s`,
        `${((median(cost) / (interval_s * 1_000)) * 100).toFixed(3)} %`,
        budgetGoal,
      ],
      ...(memory ? memory : []),
    ];
  } finally {
    await server.stop();
  }
}

async function directAgainstProcedure(server: MysqlServer) {
  await lookups(server);
  const times: Record<'direct' | 'procedure', number[]> = { direct: [], procedure: [] };
  const open = async (via: 'direct' | 'procedure') => {
    const session = await openSession(
      makeTarget({ engine: server.engine, port: server.port, spec: { explain: { via } } }),
    );
    await session.prerequisites();
    const prepared = (await session.prepare((await session.snapshot()).statements)).find(
      (each): each is ReadyStatement =>
        each.kind === 'ready' && /orders WHERE id/i.test(each.text ?? ''),
    );
    if (!prepared) throw new Error('the lookup was not seen');
    return { session, prepared };
  };
  const sessions = { direct: await open('direct'), procedure: await open('procedure') };
  for (let i = 0; i < 1_050; i += 1)
    for (const via of ['direct', 'procedure'] as const) {
      const { session, prepared } = sessions[via];
      const before = performance.now();
      const answer = await session.explain(prepared, {
        timeout_ms: 1_000,
        lockTimeout_ms: 100,
        planBytes: 1e6,
      });
      if (answer.kind === 'refused') throw new Error(JSON.stringify(answer));
      if (i >= 50) times[via].push(performance.now() - before);
    }
  await sessions.direct.session.close();
  await sessions.procedure.session.close();
  const figures = (via: 'direct' | 'procedure') =>
    [median(times[via]).toFixed(2), quantileOf(times[via], 0.99).toFixed(2)] as const;
  return {
    direct: figures('direct'),
    procedure: figures('procedure'),
    ratio: (median(times.procedure) / median(times.direct)).toFixed(2),
  };
}

async function lookups(server: MysqlServer): Promise<void> {
  const client = await server.client('shop');
  for (let i = 0; i < 10; i += 1) await client.query(`SELECT total FROM orders WHERE id = ${i}`);
  await client.end();
}

/** Distinct statements that plan quickly: every subset of a few conditions is one. */
function texts(): string[] {
  const conditions = [
    'total > 5',
    'customer_id < 900',
    "email <> 'x'",
    'at IS NOT NULL',
    'total < 90000',
    'id < 15000',
    'length(email) > 0',
    'id + total > 1',
  ];
  return Array.from(
    { length: statements },
    (_, i) =>
      `SELECT id, email FROM orders WHERE customer_id = 7 ${conditions
        .filter((_, bit) => i & (1 << bit))
        .map((condition) => `AND ${condition}`)
        .join(' ')} ORDER BY id LIMIT 5`,
  );
}

async function run(client: Connection, list: readonly string[], times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) for (const text of list) await client.query(text);
}

async function pipelineOf(
  server: MysqlServer,
): Promise<{ perSecond: number; bare: number; cpu: number }> {
  const names = Array.from({ length: lanes }, (_, i) => `bench_${i}`);
  for (const name of names) {
    await makeShop(server, name);
    await server.sql(`GRANT SELECT, SHOW VIEW ON ${name}.* TO dbintel;`);
  }
  const list = texts();
  const clients = await Promise.all(names.map((name) => server.client(name)));
  const explained = list.map((text) => `EXPLAIN FORMAT=JSON ${text}`);
  await Promise.all(clients.map((client) => run(client, explained, 1)));
  const began = performance.now();
  await Promise.all(clients.map((client) => run(client, explained, rounds)));
  const bare = ((rounds * statements * lanes) / (performance.now() - began)) * 1_000;
  await server.sql('TRUNCATE performance_schema.events_statements_summary_by_digest;');
  await Promise.all(clients.map((client) => run(client, list, 2)));
  await Promise.all(clients.map((client) => client.end()));

  const history = openSqliteHistory(`${temporaryFolder('bench')}/h.db`);
  const fanOut = createFanOut(
    [createPrometheusExporter(createPrometheusMetrics())],
    systemClock,
    silentLogger,
  );
  const engine = unlocked(createEngines()[server.engine]);
  const collectors = names.map((name, i) => {
    const spec = {
      databases: { include: [name] },
      collection: { maxQueriesPerCycle: statements, minExecutionCount: 2, interval: '24h' },
      safety: {
        explains: { perSecond: 1_000, burst: 10_000 },
        databaseTimeBudget: '100%',
        databaseTimeBurst: '10m',
        statementTimeout: { min: '5s', max: '5s' },
        brake: { slowdown: 100 },
      },
    };
    const target = makeTarget({
      engine: server.engine,
      port: server.port,
      uid: `${i}-bench-target`,
      name: `bench-${i}`,
      spec,
    });
    return cyclesOf(target, { engine });
  });
  const round = async () => {
    let plans = 0;
    await Promise.all(
      collectors.map(async (cycles) => {
        cycles.state = dueAgain(cycles.state);
        const { batch } = await cycles.run();
        if (batch.cycle.outcome.kind !== 'collected' || batch.cycle.explained < statements * 0.9)
          throw new Error(JSON.stringify(batch.cycle));
        await history.record(batch);
        fanOut.publish(batch);
        plans += batch.cycle.explained;
      }),
    );
    return plans;
  };
  await round();
  let [plans, cpu, wall] = [0, 0, 0];
  for (let i = 0; i < rounds; i += 1) {
    const [cpuBefore, before] = [cpuMs(), performance.now()];
    plans += await round();
    cpu += cpuMs() - cpuBefore;
    wall += performance.now() - before;
  }
  await fanOut.close(1_000);
  await history.close();
  return { perSecond: (plans / wall) * 1_000, bare, cpu: cpu / plans };
}

/** The server's lock lets one session work at a time; the lanes stand for several servers. */
const unlocked = (engine: Engine): Engine => ({
  ...engine,
  open: async (options) => {
    const session = await engine.open(options);
    return new Proxy(session, {
      get: (of, name) => (name === 'lock' ? async () => true : Reflect.get(of, name)),
    });
  },
});

/** Cycles beside an application that runs ten kinds of statements. */
async function databaseTime(server: MysqlServer): Promise<number[]> {
  const target = makeTarget({
    engine: server.engine,
    port: server.port,
    spec: {
      databases: { include: ['shop'] },
      safety: {
        explains: { perSecond: 100, burst: 1_000 },
        databaseTimeBudget: '50%',
        databaseTimeBurst: '10m',
      },
    },
  });
  const cycles = cyclesOf(target);
  const client = await server.client('shop');
  let running = true;
  const application = (async () => {
    while (running) {
      await run(client, texts().slice(0, 10), 1);
      await sleep(20);
    }
  })();
  const took: number[] = [];
  for (let i = 0; i < 21; i += 1) {
    await sleep(300);
    cycles.state = { ...cycles.state, explained: new Map() };
    const { batch } = await cycles.run();
    if (batch.cycle.outcome.kind !== 'collected') throw new Error(JSON.stringify(batch.cycle));
    if (i > 0) took.push(batch.cycle.databaseMs);
  }
  running = false;
  await application;
  await client.end();
  return took;
}

/**
 * What an open pair of connections costs us, and that a thousand targets whose cycles are over cost
 * nothing for theirs.
 */
async function connectionMemory(server: MysqlServer): Promise<Section['rows']> {
  const held = 50;
  const many = 1_000;
  const settled = async () => {
    await sleep(200);
    for (let i = 0; i < 3; i += 1) (globalThis as { gc?: () => void }).gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const engine = createEngines().mysql;
  const open = (i: number) =>
    openSession(makeTarget({ engine: 'mysql', port: server.port, uid: `${i}-memory` }), { engine });
  await (await open(0)).close();
  const before = await settled();
  const perOpenConnection = async () => {
    const sessions = await Promise.all(Array.from({ length: held }, (_, i) => open(i)));
    const each = ((await settled()) - before) / held;
    await Promise.all(sessions.map((session) => session.close()));
    return each;
  };
  const each = await perOpenConnection();
  for (let i = 0; i < many; i += 1) await (await open(i)).close();
  const after = ((await settled()) - before) / many;
  return [
    [
      'MySQL: memory of one open connection (heap and buffers)',
      `${Math.round(each / 1_024)} KiB`,
      '',
    ],
    [
      `MySQL: what is left of each of ${many.toLocaleString('en-US')} targets’ connections ` +
        'when their cycles are over',
      `${(after / 1_024).toFixed(1)} KiB`,
      '0: none is kept between cycles',
    ],
  ];
}
