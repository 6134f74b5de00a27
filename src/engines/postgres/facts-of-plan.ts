import { areSame } from '../../base/are-same.ts';
import { createPairs } from '../../base/pairs.ts';
import type { Plan, PlanNode } from '../../model/plan.ts';
import type { QueryShape } from '../../model/query-shape.ts';
import type { TableFacts } from '../../model/statistics.ts';
import type { WantedTable } from './facts-catalog.ts';
import { narrowed, tablesOfPlan } from './facts-wanted.ts';
import { factsIn, type PostgresSession } from './opened.ts';
import { learnFacts } from './table-facts.ts';

/**
 * Facts of the tables that a plan reads: those that its text names are known by then; partitions
 * and what a view stands on are asked for when one of their plans shows them for the first time.
 */
export async function factsOfPlan(
  session: PostgresSession,
  database: string,
  shape: QueryShape,
  { plan, facts }: { plan: Plan; facts: readonly TableFacts[] },
): Promise<TableFacts[]> {
  const one = facts[0] ?? shape;
  const before = told.get(plan.root, one);
  const again = before?.shape === shape && areSame(before.facts, facts) ? before : undefined;
  const wanted = again?.wanted ?? tablesOfPlan(plan, shape, facts);
  const memory = factsIn(session, database);
  if (memory.missing(wanted).length > 0)
    await inTurn(session, () => learnMissing(session, database, wanted));
  const found = [...facts, ...wanted].map((table) => memory.get(table) ?? known(table, facts));
  if (again && areSame(again.found, found)) return again.told;
  const columns = wanted[0]?.columns ?? [];
  const all = [...new Set(found)].flatMap((each) => (each ? [narrowed(each, columns, shape)] : []));
  told.set(plan.root, one, { shape, facts, wanted, found, told: all });
  return all;
}

/**
 * What was told of a plan that comes again, of the same text and tables: it is told as the same, so
 * that rules see that nothing has changed. Weakly, as plans are kept.
 */
interface Told {
  shape: QueryShape;
  facts: readonly TableFacts[];
  wanted: WantedTable[];
  found: readonly (TableFacts | undefined)[];
  told: TableFacts[];
}
/** Databases of one application have the same plans, of tables of their own. */
const told = createPairs<PlanNode, object, Told>();

const known = ({ schema, name }: { schema: string; name: string }, facts: readonly TableFacts[]) =>
  facts.find((each) => each.schema === schema && each.name === name);

/** One after the other: plans that come together are often of the same tables. */
async function inTurn(session: PostgresSession, learn: () => Promise<void>): Promise<void> {
  const { turns } = session.known;
  const mine = turns.last.then(learn, learn);
  turns.last = mine;
  await mine;
}

async function learnMissing(
  session: PostgresSession,
  database: string,
  wanted: readonly WantedTable[],
): Promise<void> {
  const memory = factsIn(session, database);
  if (memory.missing(wanted).length === 0) return;
  const worker = await session.workerFor(database);
  try {
    await learnFacts(worker, memory, wanted, session.timeout_ms);
  } catch (error) {
    // a late statement took the connection along; this one has its plan
    if (worker.usable || session.signal.aborted) throw error;
  }
}
