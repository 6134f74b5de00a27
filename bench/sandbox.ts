import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { askLeast } from '../src/advisor/asking.ts';
import { compareAll } from '../src/advisor/compare.ts';
import { type Gain, gainOf } from '../src/advisor/gain.ts';
import { prepared } from '../src/advisor/prepared.ts';
import { readWorkload } from '../src/advisor/workload.ts';
import { systemClock } from '../src/base/node/clock.ts';
import { createEngines } from '../src/engines/index.ts';
import type { WorkloadStatement } from '../src/history/history-questions.ts';
import { openSqliteHistory } from '../src/history/sqlite/sqlite-history.ts';
import type { PlanBatch } from '../src/model/batch.ts';
import { knownCost, type Plan } from '../src/model/plan.ts';
import type { WorldExport } from '../src/model/world.ts';
import { createSandboxPlanner } from '../src/planner/sandbox/sandbox-planner.ts';
import { type MysqlServer, startMysql } from '../test/support/mysql-server.ts';
import { temporaryFolder } from '../test/support/postgres-server.ts';
import {
  collectorPassword,
  cyclesOf,
  dueAgain,
  makeTarget,
  noAbort,
  openSession,
  prepareMysql,
} from '../test/support/target.ts';
import { median, quantileOf, type Section, sleep } from './harness.ts';
import { indexSets, statements, tables, worldSql } from './sandbox-world.ts';

/**
 * Plans that a copy has for statements of which it knows no value, with indexes that are there for
 * a moment, beside those of the server with the same indexes: as cycles of a collector see them.
 */
type Product = 'mysql-9' | 'mariadb-11.4';
const clock = systemClock;
const schema = 'shop';

/** Plans by fingerprint. */
type Plans = ReadonlyMap<string, Plan>;

export async function sandboxBench(): Promise<Section> {
  const rows: Section['rows'] = [];
  for (const product of ['mysql-9', 'mariadb-11.4'] as const) {
    const real = await onServer(product);
    for (const [what, scale] of [
      ['all rows', 1],
      ['a tenth of the rows', 0.1],
    ] as const)
      rows.push(...rowsOf(`${product}, ${what}`, await onCopy(product, scale, real), real));
  }
  const made = indexSets.reduce((sum, { indexes }) => sum + indexes.length, 0);
  return {
    title: 'Plans of a copy, with indexes that are built there',
    how:
      `${statements.length} statements over ${tables} tables of 1,000 to 40,000 rows with skew ` +
      `and NULLs, as they are and with each of ${indexSets.length} sets of ${made} indexes in ` +
      'all; the server’s plans are those that cycles of the collector saw; the copy was loaded ' +
      'and analysed by itself, and has values of its own rows',
    rows,
  };
}

interface Real {
  known: readonly WorkloadStatement[];
  withSets: ReadonlyMap<string, Plans>;
}

async function started(product: Product, scale: number): Promise<MysqlServer> {
  // It would make a certificate first, for a minute where the machine is busy.
  const settings = product === 'mysql-9' ? [] : ['--skip-ssl'];
  const server = await startMysql({ product, settings });
  await server.sql(`CREATE DATABASE ${schema}`);
  await server.sql(worldSql(scale), schema);
  return server;
}

async function onServer(product: Product): Promise<Real> {
  const folder = temporaryFolder('bench-sandbox');
  const history = openSqliteHistory(join(folder, 'history.db'));
  const server = await started(product, 1);
  try {
    await prepareMysql(server, [schema]);
    const target = makeTarget({
      engine: server.engine,
      port: server.port,
      spec: {
        databases: { include: [schema] },
        collection: { minExecutionCount: 1, maxQueriesPerCycle: 200 },
        safety: { explains: { perSecond: 1_000, burst: 10_000 }, databaseTimeBudget: '100%' },
      },
    });
    const cycles = cyclesOf(target);
    const seen = async () => {
      cycles.state = dueAgain(cycles.state);
      const first = await cycles.run();
      // Of a statement that is new in the second of the last look it is not known which came after.
      await sleep(1_200);
      await asApplication(server);
      return [first, await cycles.run()].map(({ batch }) => batch);
    };
    // What loaded the tables is in the first: beside it all else would be light.
    await history.record((await seen()).at(-1) as PlanBatch);
    const workload = await readWorkload(history, target.uid, clock.now(), noAbort());
    const withSets = new Map<string, Plans>();
    for (const { name, indexes } of indexSets) {
      for (const { name: index, index: of } of indexes)
        await server.sql(
          `ALTER TABLE ${schema}.${of.table} ADD INDEX ${index} ` +
            `(${of.keys.map((key) => ('column' in key ? key.column : '')).join(', ')})`,
        );
      const queries = (await seen()).flatMap((batch) => batch.queries);
      withSets.set(
        name,
        new Map(
          queries.flatMap(({ fingerprint, result }) =>
            result.kind === 'explained' ? [[fingerprint.value, result.plan] as const] : [],
          ),
        ),
      );
      for (const { name: index, index: of } of indexes)
        await server.sql(`ALTER TABLE ${schema}.${of.table} DROP INDEX ${index}`);
    }
    return { known: workload.statements, withSets };
  } finally {
    await history.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

async function asApplication(server: MysqlServer): Promise<void> {
  const client = await server.client(schema);
  try {
    for (const text of statements) for (let i = 0; i < 2; i += 1) await client.query(text);
  } finally {
    await client.end();
  }
}

interface Judged {
  compared: number;
  agreed: number;
  unplannable: number;
  /** With indexes: of statements that were believed. */
  planned: { same: boolean; realGain: boolean; said: Gain; costError: number }[];
  refused: number;
  took: { plans: number[]; makes: number[] };
}

const grants = `
CREATE USER 'dbintel'@'%' IDENTIFIED BY '${collectorPassword}';
GRANT SELECT, SHOW VIEW, INSERT, CREATE, ALTER, INDEX ON ${schema}.* TO 'dbintel'@'%';
GRANT SELECT ON performance_schema.* TO 'dbintel'@'%';`;

async function onCopy(product: Product, scale: number, real: Real): Promise<Judged> {
  const copy = await started(product, scale);
  try {
    await copy.sql(grants);
    await using planner = createSandboxPlanner({
      label: 'copy',
      target: { id: '' },
      tell: (unseen) => {
        throw new Error(`the copy has refused something: ${unseen.kind}`);
      },
      connect: (signal) =>
        openSession(makeTarget({ engine: copy.engine, port: copy.port, uid: 'copy' }), {
          engine: createEngines()[copy.engine],
          signal,
        }),
    });
    return await judged(planner, real);
  } finally {
    await copy.stop();
  }
}

async function judged(
  planner: ReturnType<typeof createSandboxPlanner>,
  { known, withSets }: Real,
): Promise<Judged> {
  const signal = noAbort();
  const nothing = { database: schema } as WorldExport;
  await using world = await planner.open(nothing, { signal, clock });
  const asking = { world, roles: {}, relations: [], signal, calls: 0 };
  const { check, known: asThingsAre } = await compareAll(
    asking,
    known,
    planner.trust(nothing),
    () => undefined,
  );
  const all = indexSets.flatMap(({ indexes }) => indexes);
  const believed = await prepared(asking, all, asThingsAre);
  const planned: Judged['planned'] = [];
  const took: Judged['took'] = { plans: [], makes: [] };
  let refused = 0;
  for (const { name, indexes } of indexSets) {
    const ids: string[] = [];
    for (const { name: index, index: of } of indexes) {
      const began = performance.now();
      ids.push((await world.hypothesise(of, index)).id);
      took.makes.push(performance.now() - began);
    }
    for (const [fingerprint, one] of believed) {
      const { statement, cost } = one;
      const before = statement.plan && knownCost(statement.plan);
      const after = withSets.get(name)?.get(fingerprint);
      const realCost = after && knownCost(after);
      if (!after || before === undefined || realCost === undefined) continue;
      const began = performance.now();
      const answer = await askLeast(asking, one);
      took.plans.push(performance.now() - began);
      if (answer.kind === 'refused') refused += 1;
      else
        planned.push({
          same: answer.plan.hash.shape === after.hash.shape,
          realGain: gainOf({ cost: realCost }, before) === 'gain',
          said: gainOf(answer, cost),
          // Costs of a smaller copy are smaller: what is claimed is a ratio.
          costError: Math.abs(answer.cost / cost - realCost / before),
        });
    }
    for (const id of ids) await world.drop(id);
  }
  const { compared, agreed, unplannable } = check;
  return { compared, agreed, unplannable: unplannable.length, planned, refused, took };
}

const pct = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
const ms = (value: number) => `${value.toFixed(1)} ms`;

function rowsOf(name: string, of: Judged, { known }: Real): Section['rows'] {
  const { compared, agreed, unplannable, planned, refused, took } = of;
  const count = (which: (each: Judged['planned'][number]) => boolean) =>
    planned.filter(which).length;
  const told = planned.filter(({ said }) => said !== 'depends');
  const right = count(({ realGain, said }) => said === (realGain ? 'gain' : 'none'));
  const claimed = count(({ said }) => said === 'gain');
  const invented = count(({ realGain, said }) => said === 'gain' && !realGain);
  const missed = count(({ realGain, said }) => said === 'none' && realGain);
  const gains = count(({ realGain }) => realGain);
  const untold = count(({ realGain, said }) => said === 'depends' && realGain);
  const errors = planned.map(({ costError }) => costError);
  return [
    [
      `${name}: as things are: believed, plan_differs, not plannable`,
      `${agreed}, ${compared - agreed}, ${unplannable} of ${known.length}`,
      '',
    ],
    [
      `${name}: with indexes, where gain or none is said: same plan; as it is`,
      `${pct(told.filter(({ same }) => same).length, told.length)}, ` +
        `${pct(right, told.length)} of ${told.length} ` +
        `(${missed} missed; nothing said of ${planned.length - told.length}, ` +
        `${refused} not planned)`,
      '≥ 90 %, ≥ 95 %',
    ],
    [
      `${name}: gains that are none; gains that are told, that depend on the value`,
      `${invented} of ${claimed}; ${claimed - invented}, ${untold} of ${gains}`,
      '≤ 5 of 100',
    ],
    [
      `${name}: cost with by cost without, off by p50, p90; a plan, an index: median`,
      `${median(errors).toFixed(3)}, ${quantileOf(errors, 0.9).toFixed(3)}; ` +
        `${ms(median(took.plans))}, ${ms(median(took.makes))}`,
      '',
    ],
  ];
}
