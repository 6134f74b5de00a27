import { systemClock } from '../src/base/node/clock.ts';
import { createPglitePlanner } from '../src/planner/pglite/pglite-planner.ts';
import type { Planner } from '../src/planner/planner.ts';
import {
  type PostgresServer,
  type PostgresVersion,
  postgresVersions,
  startPostgres,
  temporaryFolder,
} from '../test/support/postgres-server.ts';
import { makeTarget, openSession } from '../test/support/target.ts';
import {
  buildWorld,
  type Comparison,
  compareWorld,
  exportOf,
  judge,
} from '../test/support/what-if/compare.ts';
import { smallWorld } from '../test/support/what-if/small-world.ts';
import { indexSets, statements } from '../test/support/what-if/statements.ts';
import { cpuMs, median, quantileOf, type Section } from './harness.ts';

/**
 * Plans of the what-if planner beside those of real servers that have the indexes, and what asking
 * it costs. Statistics come without a value, by the role that documents say, but where a row says
 * otherwise.
 */
type Row = [figure: string, value: string, goal: string];
const pct = (share: number) => `${(share * 100).toFixed(1)} %`;
const ms = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;

function accuracyRow(name: string, comparison: Comparison, goal: string): Row {
  const { planned, unplannable, same, near, gains, realGains, errors } = judge(comparison);
  const error = (q: number) => pct(quantileOf(errors, q));
  return [
    `${name}: same plan, cost within 5 %, gain or none as it is; cost off by p50, p90, p99`,
    `${pct(same)}, ${pct(near)}, ${pct(gains)} of ${planned} (${realGains} gains, ` +
      `${unplannable.length} not planned); ${error(0.5)}, ${error(0.9)}, ${error(0.99)}`,
    goal,
  ];
}

const goals = (version: PostgresVersion) =>
  version === '18' ? '≥ 99 %, ≥ 98 %, ≥ 98 %' : '≥ 96 %, ≥ 95 %, ≥ 98 %';

function costRows({ took, sizes }: Comparison): Row[] {
  const btrees = sizes.filter(({ method }) => method === 'btree');
  const ratios = btrees.map(({ real, estimated }) => estimated / real);
  const at = (q: number) => quantileOf(ratios, q).toFixed(2);
  const { plans, creates } = took;
  return [
    ['a plan: median, p99', `${ms(median(plans))}, ${ms(quantileOf(plans, 0.99))}`, ''],
    ['an index: median, p99', `${ms(median(creates))}, ${ms(quantileOf(creates, 0.99))}`, ''],
    [
      `size of a B-tree, estimated by real (${ratios.length}): p10, p50, p90, most`,
      `${at(0.1)}, ${at(0.5)}, ${at(0.9)}, ${at(1)}`,
      '0.9 … 1.15',
    ],
    ['export: all, of it waiting for the server', `${ms(took.export)}, ${ms(took.database)}`, ''],
    ['a world, from an empty cluster that is kept', `${(took.open / 1_000).toFixed(1)} s`, ''],
  ];
}

async function memoryRows(server: PostgresServer, planner: Planner): Promise<Row[]> {
  const { world } = await exportOf(server);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const { signal } = new AbortController();
  const began = cpuMs();
  const open = await planner.open(world, { signal, clock: systemClock });
  const opened = cpuMs();
  for (const text of statements) await open.plan({ text, database: 'postgres' }, 10_000);
  const planned = cpuMs();
  const indexes = Object.values(indexSets).flat();
  for (const index of indexes) await open.hypothesise(index);
  const made = cpuMs();
  const during = process.memoryUsage().rss;
  await open[Symbol.asyncDispose]();
  globalThis.gc?.();
  const after = process.memoryUsage().rss;
  return [
    [
      'processor for a world, a plan, an index',
      `${ms(opened - began)}, ${ms((planned - opened) / statements.length)}, ` +
        `${ms((made - planned) / indexes.length)}`,
      '',
    ],
    [
      'resident memory of a world, and what is left when it ends',
      `${mib(during - before)}, ${mib(after - before)}`,
      '≤ 400 MiB',
    ],
    ['what is exported, as JSON', `${Math.round(JSON.stringify(world).length / 1_024)} KiB`, ''],
  ];
}

const partitions = 1_000;

/** Only what a statement stands on is taken over, and what there is besides costs nothing. */
async function manyRows(server: PostgresServer, planner: Planner): Promise<Row[]> {
  await server.sql(`CREATE TABLE many (id int, at int, v text) PARTITION BY RANGE (at);
    CREATE INDEX many_id ON many (id);`);
  for (let from = 0; from < partitions; from += 500)
    await server.sql(
      `DO $$ BEGIN FOR i IN ${from}..${from + 499} LOOP EXECUTE format(
       'CREATE TABLE many_%s PARTITION OF many FOR VALUES FROM (%s) TO (%s)', i, i, i + 1);
       END LOOP; END $$`,
    );
  await server.sql(
    `GRANT SELECT ON many TO dbintel; INSERT INTO many SELECT g, g % ${partitions}, g FROM
      generate_series(1, 30000) g; ANALYZE many`,
  );
  const rows: Row[] = [];
  for (const [what, name] of [
    ['one table beside 1,000 partitions', 'nation'],
    ['1,000 partitions', 'many'],
  ] as const) {
    await using session = await openSession(makeTarget({ port: server.port }));
    const began = performance.now();
    const world = await session.exportWorld?.({
      database: 'postgres',
      relations: [{ schema: 'public', name }],
      roles: [],
      values: 'none',
    });
    if (!world) throw new Error('no export');
    const exported = performance.now();
    const { signal } = new AbortController();
    const open = await planner.open(world, { signal, clock: systemClock });
    const opened = performance.now();
    const text = `SELECT * FROM ${name} WHERE id = $1`;
    await open.plan({ text, database: 'postgres' }, 60_000);
    const planned = performance.now();
    await open[Symbol.asyncDispose]();
    rows.push([
      `${what}: relations, export, world, first plan`,
      `${world.relations.length}, ${ms(exported - began)}, ` +
        `${((opened - exported) / 1_000).toFixed(1)} s, ${ms(planned - opened)}`,
      '',
    ]);
  }
  return rows;
}

/** It is made once, and no figure has a part of that. */
async function keepCluster(planner: Planner): Promise<void> {
  const { signal } = new AbortController();
  const open = await planner.open(smallWorld(), { signal, clock: systemClock });
  await open[Symbol.asyncDispose]();
}

const parallel = {
  min_parallel_table_scan_size: '256kB',
  parallel_setup_cost: '50',
  max_parallel_workers_per_gather: '2',
};

export async function whatIf(): Promise<Section> {
  const planner = createPglitePlanner({ folder: temporaryFolder('planner') });
  await keepCluster(planner);
  const rows: Row[] = [];
  const others: Row[] = [];
  for (const version of postgresVersions.toReversed()) {
    const server = await startPostgres({ version });
    try {
      await buildWorld(server, 1);
      const comparison = await compareWorld(server, planner);
      rows.push(accuracyRow(version, comparison, goals(version)));
      if (version !== '18') continue;
      others.push(...costRows(comparison), ...(await memoryRows(server, planner)));
      const values = await compareWorld(server, planner, { values: 'statistics' });
      rows.push(accuracyRow('18, statistics with values', values, ''));
      await server.sql('GRANT postgres TO dbintel');
      const owner = await compareWorld(server, planner);
      rows.push(accuracyRow('18, by a role that is the owner’s too', owner, ''));
      for (const [name, value] of Object.entries(parallel))
        await server.sql(`ALTER SYSTEM SET ${name} = '${value}'`);
      await server.restart();
      rows.push(accuracyRow('18, parallel plans', await compareWorld(server, planner), ''));
      others.push(...(await manyRows(server, planner)));
    } finally {
      await server.stop();
    }
  }
  const sets = Object.values(indexSets);
  return {
    title: 'Plans of indexes that are not there',
    how:
      `${statements.length} statements as pg_stat_statements has them, over 20 tables with skew, ` +
      'NULLs, partitions, views, keys and indexes of every kind; as they are, and with each of ' +
      `${sets.length} sets of ${sets.flat().length} indexes really built on a server of each ` +
      'version, beside the what-if planner (PGlite 18), which was told of the catalogs before; ' +
      'statistics without a value, by the role of the documents',
    rows: [...rows, ...others],
  };
}
