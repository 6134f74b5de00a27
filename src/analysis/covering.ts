import { habitsOf, sqlOf } from '../dialects/habits.ts';
import type { IndexKey } from '../dialects/index-keys.ts';
import type { Plan, PlanNode } from '../model/plan.ts';
import type { QueryShape } from '../model/query-shape.ts';
import type { TableFacts } from '../model/statistics.ts';
import { keysFor, mostKeys, wholeKeys } from './advice.ts';
import { askedOf } from './conditions.ts';
import type { RuleContext } from './rule.ts';

/**
 * Of an index that answers alone a statement which makes one row of many, of one table: what is
 * asked for, then what is counted and summed. Undefined where nobody knows all that is read, where
 * an index is too wide with it, and where one has it all.
 */
export function coveringKeys(
  node: PlanNode,
  facts: TableFacts,
  plan: Plan,
  { shape }: RuleContext,
): IndexKey[] | undefined {
  const gathered = shape && columnsGathered(shape);
  if (!gathered || !habitsOf(plan.engine).planner.guessesFiltered) return undefined;
  const predicates = [...node.predicates.index, ...node.predicates.filter];
  const { conditions } = askedOf(node, predicates, facts);
  const asked = keysFor(
    conditions.filter(({ operator }) => operator !== 'is true'),
    facts,
  );
  const named = predicates
    .flatMap(({ columns }) => columns.map((each) => each.slice(each.lastIndexOf('.') + 1)))
    .filter((each) => !timeWord.test(each));
  const all = [...new Set([...asked.map(({ column }) => column), ...gathered, ...named])];
  const narrow = all.every((each) => isNarrow(each, facts, plan));
  return all.length <= mostKeys && narrow && !isHeld(all, facts)
    ? all.map((column) => ({ column }))
    : undefined;
}
/** What plans print before a value. */
const timeWord = /^(?:date|time|timestamp)$/i;

function columnsGathered(shape: QueryShape): string[] | undefined {
  const { kind, relations, aggregates = [], columns = Number.POSITIVE_INFINITY } = shape;
  const groups = shape.grouped ? shape.groupBy : [];
  const alone = relations.length === 1 && shape.joins + shape.subqueries === 0;
  if (kind !== 'select' || !alone || shape.distinct || !groups || aggregates.length === 0)
    return undefined;
  const known = aggregates.every(({ column, rows }) => column !== undefined || rows);
  return known && columns <= groups.length + aggregates.length
    ? [...groups, ...aggregates].flatMap(({ column }) => column ?? [])
    : undefined;
}

function isNarrow(name: string, { columns }: TableFacts, { engine }: Plan): boolean {
  const known = columns?.find((each) => each.name === name);
  const { unordered, letters } = sqlOf(engine).indexes ?? {};
  return (
    known !== undefined &&
    !unordered?.test(known.type) &&
    letters?.(known) === undefined &&
    (known.bytes ?? 0) <= mostBytes
  );
}
/** Of the longest text of a column: eighty letters. */
const mostBytes = 320;

/** Every index has the keys of the primary one besides. */
function isHeld(columns: readonly string[], { indexes }: TableFacts): boolean {
  const primary = indexes.find(({ name }) => name === primaryName)?.keys ?? [];
  return indexes.some((index) => {
    const held = new Set([...wholeKeys(index), ...primary]);
    return !index.partial && columns.every((each) => held.has(each));
  });
}
/** Where the rows themselves are (MySQL, MariaDB). */
export const primaryName = 'PRIMARY';
