import { parentPort, workerData } from 'node:worker_threads';
import { quotedName, sqlLiteral } from '../../engines/postgres/sql-names.ts';
import { boot } from './boot.ts';
import { createIndex } from './hypothetical.ts';
import { type Loaded, load } from './load.ts';
import type { Answer, PlanTask, Reply, Request, Task, WorkerData } from './messages.ts';
import { nameOf } from './schema-sql.ts';
import { withoutSkips } from './skip-scans.ts';

/**
 * The thread that holds a world: one task after the other. A query in it cannot be interrupted:
 * whoever has waited long enough ends the thread.
 */
async function main(port: NonNullable<typeof parentPort>): Promise<void> {
  const { world, comparison, folder } = workerData as WorkerData;
  const say = (reply: Reply) => port.postMessage(reply);
  const extensions = world.extensions.map(({ name }) => name);
  const loaded = await load(await boot({ comparison, folder, extensions }), world);
  let last: Promise<void> = Promise.resolve();
  port.on('message', ({ id, ...task }: Request) => {
    last = last.then(async () => {
      try {
        say({ kind: 'answer', id, answer: await perform(loaded, task) });
      } catch (error) {
        say({ kind: 'failure', id, ...failureOf(error) });
      }
    });
  });
  say({ kind: 'ready' });
}

function failureOf(error: unknown): { state: string; message: string } {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return { state: typeof code === 'string' ? code : '', message: String(message) };
}

function perform(world: Loaded, task: Task): Promise<Answer> {
  switch (task.kind) {
    case 'plan':
      return plan(world, task);
    case 'create':
      return createIndex(world, task.wanted);
    case 'drop':
      return drop(world, task);
    case 'valid':
      return setValid(world, task);
  }
}

/** As a cycle asks the server for it. All that is set is of this one statement. */
async function plan({ pg, version, settings }: Loaded, task: PlanTask): Promise<string> {
  const path = task.searchPath.map(quotedName).join(', ');
  const set = Object.entries({ ...task.settings, search_path: path })
    .filter(([name]) => settings.has(name.toLowerCase()))
    .map(([name, value]) => `set_config(${sqlLiteral(name)}, ${sqlLiteral(value)}, true)`);
  const explain = async () => {
    const results = await pg.exec(explainSql(task, version), asText);
    return String(results.at(-1)?.rows[0]?.['QUERY PLAN']);
  };
  try {
    await pg.exec(`BEGIN; SELECT ${set.join(', ')}`);
    return await (version >= 180_000 ? explain() : withoutSkips(pg, explain));
  } finally {
    await pg.exec(version >= 160_000 ? 'ROLLBACK' : 'ROLLBACK; DEALLOCATE ALL');
  }
}

/**
 * Before 16 a plan for unknown parameters was that of a prepared statement, and when it is shown
 * the partitions that no NULL is in are gone.
 */
function explainSql({ text, params }: PlanTask, version: number): string {
  if (params === 0) return `EXPLAIN (${explainOptions}) ${text}`;
  if (version >= 160_000) return `EXPLAIN (${explainOptions}, GENERIC_PLAN) ${text}`;
  const nulls = Array.from({ length: params }, () => 'NULL').join(', ');
  return `SET LOCAL plan_cache_mode = force_generic_plan; DEALLOCATE ALL;
    PREPARE asked AS ${text};
    EXPLAIN (${explainOptions}) EXECUTE asked(${nulls})`;
}

const explainOptions = 'FORMAT JSON, VERBOSE, SETTINGS, SUMMARY';
const jsonType = 114;
const asText = { parsers: { [jsonType]: (value: string) => value } };

async function drop({ pg }: Loaded, index: { schema: string; name: string }): Promise<undefined> {
  await pg.exec(`DROP INDEX ${nameOf(index)}`);
}

/** With those of partitions below it. */
const validSql = `
WITH RECURSIVE below (oid) AS (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('i', 'I')
  UNION ALL SELECT i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.oid
)
UPDATE pg_index i SET indisvalid = $3 FROM below b WHERE i.indexrelid = b.oid`;

async function setValid(
  { pg }: Loaded,
  { schema, name, valid }: Task & { kind: 'valid' },
): Promise<undefined> {
  await pg.query(validSql, [schema, name, valid]);
}

if (parentPort) await main(parentPort);
