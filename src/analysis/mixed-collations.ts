import { habitsOf } from '../dialects/habits.ts';
import { type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { TableFacts } from '../model/statistics.ts';
import { askedOf, parsed } from './conditions.ts';
import { columnsIn, conjuncts, type Expression } from './expression.ts';
import { rowsJoined } from './rows.ts';
import { type RuleContext, readsAll, tableOf } from './rule.ts';
import { indexPays, isLarge, isRead, isSure } from './scans.ts';
import { shareOf } from './shares.ts';

/**
 * A table that is read from end to end, each of its values converted to be looked up in another
 * table whose column has another character set or collation (MySQL, MariaDB). The other way round,
 * which would find few, no index on the column as it is could be used.
 */
export interface Mixed {
  node: PlanNode;
  facts: TableFacts;
  column: string;
  collation: string;
  other: { facts: TableFacts; column: string; collation: string };
  saves: number;
}

export function mixedCollations(plan: Plan, context: RuleContext): Mixed[] {
  if (habitsOf(plan.engine).planner.showsConversions || !isSure(plan, context)) return [];
  const kept = rowsJoined(context);
  if (kept === undefined) return [];
  const read = preorder(plan.root).flatMap((node) => {
    const facts = tableOf(node, context);
    return facts ? [{ node, facts }] : [];
  });
  return read
    .filter(({ node, facts }) => readsAll(node, facts, plan) && !findsByItself(node, facts))
    .flatMap((mine) => {
      const found = read.flatMap((theirs) => pairOf(mine, theirs) ?? []);
      return found.filter((each) => isWorth(each, kept, context)).slice(0, 1);
    });
}

type Read = Pick<Mixed, 'node' | 'facts'>;

/** What is asked of it besides is another reason to read it. */
const findsByItself = (node: PlanNode, facts: TableFacts): boolean =>
  askedOf(node, node.predicates.filter, facts).conditions.some(({ kind }) => kind !== 'unequal');

/** The join’s condition stands at the side that is looked up. */
function pairOf(mine: Read, theirs: Read): Mixed | undefined {
  if (theirs.node === mine.node || theirs.node.predicates.index.length === 0) return undefined;
  const all = theirs.node.predicates.filter.flatMap((each) => conjuncts(parsed(each)));
  for (const each of all) {
    if (each.kind !== 'operation' || each.operator !== '=') continue;
    const [own, other] = [mine, theirs].map((side) =>
      each.of.flatMap((part) => columnOf(part, side) ?? []),
    );
    const [column, found] = [own?.[0], other?.[0]];
    if (!column?.collation || !found?.collation || column.collation === found.collation) continue;
    return {
      ...mine,
      column: column.name,
      collation: column.collation,
      other: { facts: theirs.facts, column: found.name, collation: found.collation },
      saves: shareOf(mine.node, theirs.node),
    };
  }
  return undefined;
}

/** Converted or not, one column of that side alone. */
function columnOf(part: Expression, { node: { relation }, facts }: Read) {
  const [column, ...more] = columnsIn(part);
  const alias = relation?.alias ?? relation?.name;
  const plain = part.kind === 'column' || part.kind === 'cast';
  return plain && column && more.length === 0 && column.qualifier === alias
    ? facts.columns?.find(({ name }) => name === column.name)
    : undefined;
}

/** The other side could be gone through instead: it is no larger. */
function isWorth({ node, facts, other, saves }: Mixed, kept: number, context: RuleContext) {
  const { rows, pages } = facts;
  const scan = { rows, pages, nodes: [node], saves };
  return (
    other.facts.rows <= rows &&
    indexPays(scan, kept) &&
    isRead(scan, context) &&
    isLarge(scan, context)
  );
}
