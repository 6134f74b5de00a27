import { aliasOf, type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { TableFacts } from '../model/statistics.ts';
import { createIndex } from './advice.ts';
import { askedOf, type Condition, isPlain, parsed } from './conditions.ts';
import { primaryName } from './covering.ts';
import { leadingIndex, wholeIndexes } from './indexes.ts';
import { looksSelective, shareOfValue } from './rows.ts';
import {
  count,
  describeRelation,
  type RuleContext,
  type RuleMatch,
  readsAll,
  tableOf,
  threshold,
} from './rule.ts';
import { isLarge } from './scans.ts';
import { shareBelow } from './shares.ts';
import { examinedACall, rowsACall } from './work.ts';

const mostFound = threshold(
  0.15,
  'of the look-ups',
  'where more of them find a row, whoever reads the other table first saves little',
);
export const vainThresholds = { mostFound };

/**
 * All rows of a table are read, for each of them another one is asked that has a value besides, and
 * nearly none has: `(room_id, user_id)` finds a member of each room, and no room of a member. Only
 * where the server counts rows that are found, so that those which are not are known.
 */
export function lookedUpInVain(plan: Plan, context: RuleContext): RuleMatch[] {
  const { kind, outerJoin, notIn, subqueries = 0 } = context.shape ?? {};
  if (kind !== 'select' || outerJoin || notIn || subqueries > 1) return [];
  const [outer, inner, ...others] = preorder(plan.root).filter((each) => tableOf(each, context));
  const loop = preorder(plan.root).find(
    ({ op, join, children }) =>
      op === 'NestedLoop' &&
      /^(?:inner|semi)$/.test(join?.type ?? '') &&
      children.some((each) => each === outer),
  );
  if (!outer || !inner || !loop || others.length > 0 || inner.parentRelation !== 'inner') return [];
  const [all, facts] = [tableOf(outer, context), tableOf(inner, context)];
  if (!all || !facts || !filtersLittle(outer, all, plan)) return [];
  const whole = readsAll(outer, all, plan) && findsNearlyNone(all, context);
  if (!whole && !walksLong(context)) return [];
  const { conditions } = askedOf(inner, inner.predicates.index, facts);
  const joined = conditions.find(({ other }) => other?.qualifier === aliasOf(outer));
  const value = conditions.find((each) => isMissing(each, inner, facts, plan));
  const saves = shareBelow(loop) * (1 - mostFound.value);
  if (!joined || !value || !isLarge({ rows: all.rows, saves }, context)) return [];
  return [
    {
      message:
        `${describeRelation(outer)}: ${whole ? 'all of' : 'until there are enough'} about ` +
        `${count(whole ? all.rows : (examinedACall(context) ?? 0))} rows are read, and for each ` +
        `${describeRelation(inner)} is asked for one ${value.column}, which hardly any has: no ` +
        'index begins with it',
      fix: createIndex(plan, facts, keysOf(value, joined, facts)),
      nodes: [outer.id, inner.id],
      saves,
    },
  ];
}

/** What is asked of the table itself is not why so few come back. */
const filtersLittle = (node: PlanNode, facts: TableFacts, plan: Plan): boolean => {
  const { conditions, alternatives } = askedOf(node, node.predicates.filter, facts);
  const few = (each: Condition) => {
    const share = shareOfValue(facts, each);
    return share === undefined ? looksSelective([each], facts, plan) : share <= fewOfAll;
  };
  return (
    alternatives.length === 0 &&
    conditions.every((each) => each.kind === 'unequal' || (each.kind === 'equal' && !few(each)))
  );
};
const fewOfAll = 0.1;

const findsNearlyNone = ({ rows }: TableFacts, context: RuleContext): boolean => {
  const examined = examinedACall(context) ?? 0;
  return examined >= rows * leastRead && examined - rows <= rows * mostFound.value;
};
/** In an order, until enough of them are found: nearly all that came by were not. */
const walksLong = (context: RuleContext): boolean => {
  const examined = examinedACall(context) ?? 0;
  const returned = rowsACall(context) ?? examined;
  const { limit, grouped, distinct, aggregates = [] } = context.shape ?? {};
  const each = limit && !grouped && !distinct && aggregates.length === 0;
  return each === true && examined >= leastWalked && returned <= examined * fewReturned;
};
const leastWalked = 10_000;
const fewReturned = 0.01;

/** What is known of how many rows there are is seldom nearer. */
const leastRead = 0.9;

function isMissing(each: Condition, inner: PlanNode, facts: TableFacts, plan: Plan): boolean {
  if (!each.single || each.other || !isPlain(each)) return false;
  const indexes = wholeIndexes(facts, inner.predicates.filter.map(parsed));
  const share = shareOfValue(facts, each);
  const few = share === undefined ? looksSelective([each], facts, plan) : share <= fewOfValue;
  return few && !leadingIndex(indexes, each);
}
const fewOfValue = 0.02;

/** Behind its own every index has the keys of the primary one. */
const keysOf = (value: Condition, joined: Condition, { indexes }: TableFacts) =>
  indexes.some(({ name, keys }) => name === primaryName && keys.includes(joined.column))
    ? [{ column: value.column }]
    : [{ column: value.column }, { column: joined.column }];
