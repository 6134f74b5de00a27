import type { Clock } from '../../base/clock.ts';
import { abortReason, untilAborted } from '../../base/deadline.ts';
import { AppError } from '../../base/errors.ts';
import { postgres } from '../../dialects/postgres/dialect.ts';
import { fingerprintAlgorithm, ready as parserReady } from '../../engines/postgres/parse.ts';
import type { IndexDef } from '../../model/index-def.ts';
import type { Plan } from '../../model/plan.ts';
import type { PartitionIndex } from '../../model/proposal.ts';
import type { WorldExport } from '../../model/world.ts';
import type { IndexSize, PlannableStatement, Planner, ToldWorld } from '../planner.ts';
import { createIndexSql } from './create-index.ts';
import { nameOf } from './schema-sql.ts';
import { attempts } from './statement.ts';
import { PlannerFailure, startThread, type Thread } from './thread.ts';
import { trustOf } from './trust.ts';

/**
 * PostgreSQL's own planner, compiled for where we run, in a thread of its own. One world at a time:
 * each takes some 400 MB, which come back when it ends. Whoever asks for the next one waits.
 */
export interface PglitePlannerOptions {
  /** Where an empty cluster is kept between worlds; without one it is made for each. */
  folder?: string;
}

/** With an empty cluster to be made first, on a slow machine. */
const openLimit_ms = 120_000;
/** A partition with its index takes some 5 ms of a processor that others want too. */
const openLimitOfRelation_ms = 100;
/** Of ten thousand partitions, each with an index. */
const indexLimit_ms = 60_000;

export interface PglitePlanner extends Planner {
  open(...of: Parameters<Planner['open']>): Promise<ToldWorld>;
}

export function createPglitePlanner({ folder }: PglitePlannerOptions = {}): PglitePlanner {
  let before: Promise<void> = Promise.resolve();
  return {
    kind: 'pglite',
    trust: ({ version }) => trustOf(version),
    async open(world, { signal, clock }) {
      const turn = before;
      const mine = Promise.withResolvers<void>();
      before = turn.then(() => mine.promise);
      try {
        await untilAborted(turn, signal);
        await parserReady;
        const comparison = world.collation.bytewise ? 'bytes' : 'language';
        const data = { world, comparison, folder } as const;
        const limit_ms = openLimit_ms + openLimitOfRelation_ms * world.relations.length;
        const thread = await startThread({ data, signal, clock, limit_ms });
        return worldOf(world, thread, clock, mine.resolve);
      } catch (error) {
        mine.resolve();
        throw signal.aborted ? abortReason(signal) : error;
      }
    },
  };
}

function worldOf(world: WorldExport, thread: Thread, clock: Clock, ended: () => void): ToldWorld {
  let made = 0;
  const indexes = new Map<string, { schema: string; name: string }>();
  const setValid = async (schema: string, name: string, valid: boolean) => {
    await asked(thread.ask({ kind: 'valid', schema, name, valid }, indexLimit_ms));
  };
  return {
    plan: (statement, limit_ms) => plan(world, thread, clock, statement, limit_ms),
    async hypothesise(index, name = `what_if_${(made += 1)}`, partitions = []) {
      const { schema, table, where } = index;
      const wanted = { schema, table, name, where, sql: makeSql(index, name, partitions) };
      const bytes = await asked(thread.ask({ kind: 'create', wanted }, indexLimit_ms));
      const id = `${schema}.${name}`;
      indexes.set(id, { schema, name });
      return { id, size: { bytes: Number(bytes), confidence: confidenceOf(index) } };
    },
    async drop(id) {
      const index = indexes.get(id);
      if (!index) return;
      indexes.delete(id);
      await asked(thread.ask({ kind: 'drop', ...index }, indexLimit_ms));
    },
    hide: (schema, index) => setValid(schema, index, false),
    show: (schema, index) => setValid(schema, index, true),
    async [Symbol.asyncDispose]() {
      await thread.end();
      ended();
    },
  };
}

/** As the executor makes it: a like index that a partition has already stays what it is. */
function makeSql(index: IndexDef, name: string, partitions: readonly PartitionIndex[]): string {
  const [first] = partitions;
  if (!first) return createIndexSql(index, name);
  const root = nameOf({ schema: index.schema, name });
  return [
    createIndexSql(index, name, true),
    ...partitions.flatMap(({ schema, table, name: part }) => [
      createIndexSql({ ...index, schema, table }, part),
      `ALTER INDEX ${root} ATTACH PARTITION ${nameOf({ schema, name: part })}`,
    ]),
  ].join(';\n');
}

/** Of B-trees on columns of which statistics tell; of the others sizes are rough. */
function confidenceOf({ method, keys, where }: IndexDef): IndexSize['confidence'] {
  if (method !== 'btree') return 'low';
  return where === undefined && keys.every((key) => 'column' in key) ? 'high' : 'medium';
}

async function plan(
  world: WorldExport,
  thread: Thread,
  clock: Clock,
  { text, database, searchPath = ['public'], settings = {} }: PlannableStatement,
  limit_ms: number,
): Promise<Plan> {
  const statement = attempts<string>(text, (error) =>
    error instanceof PlannerFailure ? { state: error.state, message: error.message } : undefined,
  );
  const json = await asked(
    statement.plan(async (written, params) =>
      String(
        await thread.ask(
          { kind: 'plan', text: written, params, searchPath, settings: { ...settings } },
          limit_ms,
        ),
      ),
    ),
  );
  return postgres.readPlan(json, {
    engineVersion: world.serverVersion,
    namespace: database,
    collectedAt: clock.now(),
    parameters: 'generic',
    fingerprint: { algorithm: fingerprintAlgorithm, value: statement.fingerprint },
  });
}

/** What the planner says is left out: it may quote a value. Its code is not. */
async function asked<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PlannerFailure)
      throw new AppError('unplannable', `${reasonOf(error.state)} (SQLSTATE ${error.state})`);
    throw error;
  }
}

const reasonOf = (state: string): string => reasons[state] ?? 'the planner refuses it';
const reasons: Record<string, string> = {
  '42P01': 'a table is not among those that were taken over',
  '42703': 'a column is not there',
  '42883': 'a function, or an operator of an extension, is not there',
  '42704': 'a type or an operator class is not there',
  '42P07': 'there is an index of that name',
};
