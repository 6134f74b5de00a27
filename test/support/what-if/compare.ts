import type pg from 'pg';
import { AppError } from '../../../src/base/errors.ts';
import { systemClock } from '../../../src/base/node/clock.ts';
import { postgres } from '../../../src/dialects/postgres/dialect.ts';
import type { IndexDef } from '../../../src/model/index-def.ts';
import type { Plan } from '../../../src/model/plan.ts';
import type { WorldExport } from '../../../src/model/world.ts';
import { createIndexSql } from '../../../src/planner/pglite/create-index.ts';
import type { PglitePlanner } from '../../../src/planner/pglite/pglite-planner.ts';
import type { ToldWorld } from '../../../src/planner/planner.ts';
import type { PostgresServer } from '../postgres-server.ts';
import { makeTarget, openSession, prepareServer } from '../target.ts';
import { schemaSql, tables } from './schema.ts';
import { indexSets, statements } from './statements.ts';

/**
 * Plans of a real server, with indexes that are really there, beside those of the what-if world.
 */
export interface Compared {
  set: string;
  statement: string;
  real: Plan;
  /** Absent where it cannot be planned there. */
  whatIf: Plan | undefined;
  why?: string;
}

export interface SizeCompared {
  set: string;
  index: string;
  method: string;
  real: number;
  estimated: number;
}

export interface Comparison {
  base: Compared[];
  withSets: Compared[];
  sizes: SizeCompared[];
  /** Milliseconds. */
  took: { export: number; open: number; plans: number[]; creates: number[]; database: number };
}

export async function buildWorld(server: PostgresServer, scale: number): Promise<void> {
  await server.sql(schemaSql(scale));
  await server.sql('VACUUM ANALYZE');
  await prepareServer(server);
  await server.sql('GRANT SELECT ON ALL TABLES IN SCHEMA public TO dbintel');
}

export async function exportOf(
  server: PostgresServer,
  values: 'none' | 'statistics' = 'none',
): Promise<{ world: WorldExport; took_ms: number; database_ms: number }> {
  await using session = await openSession(makeTarget({ port: server.port }));
  if (!session.exportWorld) throw new Error('no export');
  const [before, spent] = [performance.now(), session.databaseMs];
  const relations = tables.map((name) => ({ schema: 'public', name }));
  const world = await session.exportWorld({
    database: 'postgres',
    relations,
    roles: ['postgres'],
    values,
  });
  return {
    world,
    took_ms: performance.now() - before,
    database_ms: session.databaseMs - spent,
  };
}

const options = 'FORMAT JSON, VERBOSE, SETTINGS';

/** For unknown parameters, as a cycle asks. */
export async function realPlan(client: pg.Client, version: string, text: string): Promise<Plan> {
  const count = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n)));
  const nulls = Array.from({ length: count }, () => 'NULL').join(', ');
  const steps =
    Number(version) >= 16 || count === 0
      ? [`EXPLAIN (${options}${count ? ', GENERIC_PLAN' : ''}) ${text}`]
      : [
          'SET plan_cache_mode = force_generic_plan',
          `PREPARE asked AS ${text}`,
          `EXPLAIN (${options}) EXECUTE asked(${nulls})`,
        ];
  let rows: Record<string, unknown>[] = [];
  for (const step of steps) rows = (await client.query(step)).rows;
  if (steps.length > 1) await client.query('DEALLOCATE asked');
  return postgres.readPlan(JSON.stringify(rows[0]?.['QUERY PLAN']), {
    engineVersion: version,
    namespace: 'postgres',
    collectedAt: 0,
    parameters: 'generic',
    fingerprint: { algorithm: 'test', value: text },
  });
}

const planLimit_ms = 10_000;

export async function whatIfPlan(
  world: ToldWorld,
  text: string,
): Promise<{ whatIf: Plan | undefined; why?: string }> {
  try {
    return { whatIf: await world.plan({ text, database: 'postgres' }, planLimit_ms) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'unplannable') throw error;
    return { whatIf: undefined, why: error.message };
  }
}

const nameIn = (set: string, i: number) => `${set}_${i}`;

async function build(client: pg.Client, set: string, indexes: readonly IndexDef[]) {
  for (const [i, index] of indexes.entries())
    await client.query(createIndexSql(index, nameIn(set, i)));
}

/** Of everything below it. */
const sizeSql = `WITH RECURSIVE t AS (SELECT $1::regclass::oid AS oid UNION ALL
  SELECT i.inhrelid FROM t JOIN pg_inherits i ON i.inhparent = t.oid)
  SELECT sum(pg_relation_size(oid))::text AS bytes FROM t`;

export async function compareWorld(
  server: PostgresServer,
  planner: PglitePlanner,
  { sets = Object.keys(indexSets), values = 'none' as 'none' | 'statistics' } = {},
): Promise<Comparison> {
  const { world: exported, took_ms, database_ms } = await exportOf(server, values);
  const opened = performance.now();
  const { signal } = new AbortController();
  await using world = await planner.open(exported, { signal, clock: systemClock });
  const took: Comparison['took'] = {
    export: took_ms,
    open: performance.now() - opened,
    plans: [],
    creates: [],
    database: database_ms,
  };
  const client = await server.client();
  const all = async (set: string): Promise<Compared[]> => {
    const compared: Compared[] = [];
    for (const statement of statements) {
      const real = await realPlan(client, server.version, statement);
      const before = performance.now();
      const asked = await whatIfPlan(world, statement);
      took.plans.push(performance.now() - before);
      compared.push({ set, statement, real, ...asked });
    }
    return compared;
  };
  try {
    const base = await all('');
    const withSets: Compared[] = [];
    const sizes: SizeCompared[] = [];
    for (const set of sets) {
      const indexes = indexSets[set] ?? [];
      const ids: string[] = [];
      await build(client, set, indexes);
      for (const [i, index] of indexes.entries()) {
        const before = performance.now();
        const { id, size } = await world.hypothesise(index, nameIn(set, i));
        took.creates.push(performance.now() - before);
        ids.push(id);
        const { rows } = await client.query(sizeSql, [nameIn(set, i)]);
        sizes.push({
          set,
          index: nameIn(set, i),
          method: index.method,
          real: Number(rows[0].bytes),
          estimated: size.bytes,
        });
      }
      withSets.push(...(await all(set)));
      for (const [i, id] of ids.entries()) {
        await world.drop(id);
        await client.query(`DROP INDEX ${nameIn(set, i)}`);
      }
    }
    return { base, withSets, sizes, took };
  } finally {
    await client.end();
  }
}

/** What the figures say: shares of 0..1, and the statements that differ. */
export function judge({ base, withSets }: Comparison) {
  const all = [...base, ...withSets];
  const planned = all.flatMap((each) => (each.whatIf ? [{ ...each, whatIf: each.whatIf }] : []));
  const same = planned.filter(({ real, whatIf }) => real.hash.shape === whatIf.hash.shape);
  const error = ({ real, whatIf }: (typeof planned)[number]) =>
    Math.abs(whatIf.totals.estCost - real.totals.estCost) / Math.max(real.totals.estCost, 0.01);
  const near = planned.filter((each) => error(each) <= 0.05);
  const costs = new Map(base.map((each) => [each.statement, each]));
  const gains = withSets.flatMap((each) => {
    const before = costs.get(each.statement);
    if (!each.whatIf || !before?.whatIf) return [];
    const gains = (from: Plan, to: Plan) => to.totals.estCost < from.totals.estCost * 0.9;
    return [
      {
        ...each,
        real: gains(before.real, each.real),
        claimed: gains(before.whatIf, each.whatIf),
      },
    ];
  });
  return {
    planned: planned.length,
    unplannable: all.filter(({ whatIf }) => !whatIf),
    same: same.length / planned.length,
    near: near.length / planned.length,
    errors: planned.map(error).toSorted((a, b) => a - b),
    different: planned.filter((each) => !same.includes(each)),
    far: planned.filter((each) => !near.includes(each)),
    gains: gains.filter(({ real, claimed }) => real === claimed).length / gains.length,
    wrongGains: gains.filter(({ real, claimed }) => real !== claimed),
    realGains: gains.filter(({ real }) => real).length,
  };
}
