import type { Plan } from '../../model/plan.ts';
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
  const wanted = tablesOfPlan(plan, shape, facts);
  await inTurn(session, () => learnMissing(session, database, wanted));
  const memory = factsIn(session, database);
  const found = [...facts, ...wanted].map((table) => memory.get(table) ?? known(table, facts));
  const columns = wanted[0]?.columns ?? [];
  return [...new Set(found)].flatMap((each) => (each ? [narrowed(each, columns, shape)] : []));
}

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
