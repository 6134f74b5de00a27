import { sqlOf } from '../../dialects/habits.ts';
import type { IndexKey } from '../../dialects/index-keys.ts';
import type { Plan, PlanNode } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { createIndex, hasIndex, keysFor, keyText } from '../advice.ts';
import { allBut, askedOf, type Condition, isPlain } from '../conditions.ts';
import { endsOfGroups, mostGroups } from '../group-ends.ts';
import { areOfKeys, leastFound, lookedUp, mostWanted, sumOf } from '../looked-up.ts';
import { eachThresholds, oneOfEach } from '../one-of-each.ts';
import {
  behindValues,
  extremes,
  firstRows,
  gathersForEach,
  hasOthers,
  isOfOrder,
  isValue,
  type Ordered,
} from '../order.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  readsAll,
  tableOf,
  typesAreSure,
} from '../rule.ts';
import { isLarge, isRead, partRead, rootOf, scanThresholds, workersOf } from '../scans.ts';
import { shareOf } from '../shares.ts';
import { examinedACall, rowsACall } from '../work.ts';
import { examples } from './examples/sort-without-index.ts';

export const sortWithoutIndex: Rule = {
  id: 'sort-without-index',
  title: 'All rows are read to find the first few of an order',
  why:
    'Without an index that has the order, the server reads every row before it knows which are ' +
    'the latest ten, the least or the greatest; with one it reads ten.',
  fix: 'An index on what is compared with one value, and behind it the columns of the order.',
  category: 'index',
  follows: (
    'full-scan function-on-column implicit-cast pattern-without-index document-without-index ' +
    'order-by-random partial-index-missed'
  ).split(' '),
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables', 'shape'], actual: ['tables', 'shape'] },
  thresholds: { mostWanted, leastFound, mostGroups, ...eachThresholds, ...scanThresholds },
  examples,
  check(plan, context) {
    if (!typesAreSure(plan)) return [];
    const told = (each: Ordered): Told[] => {
      const match = unordered(each, plan, context) ?? lookedUp(each, plan, context);
      return match ? [{ match, by: each.keys[0]?.column }] : [];
    };
    const [first] = firstRows(plan, context).flatMap(told);
    if (first) return [first.match];
    // What one of each run wants is told where the runs are.
    const extreme = extremes(plan, context).filter(({ nodes: [top] }) => !gathersForEach(top));
    const direct = extreme.every((each) => isDirect(each, plan));
    const ends = direct ? together(extreme.flatMap(told)) : [];
    return ends.length > 0 ? ends : [...endsOfGroups(plan, context), ...oneOfEach(plan, context)];
  },
};

interface Told {
  match: RuleMatch;
  by: string | undefined;
}

/** Of each column that the least or the greatest is asked of: one alone would save nothing. */
function together(all: readonly Told[]): RuleMatch[] {
  const [first, ...more] = all;
  if (!first) return [];
  const { message, nodes, saves } = first.match;
  const fixes = all.flatMap(({ match }) => match.fix ?? []);
  return [
    {
      message: [message, ...more.map(({ by }) => `by ${by}`)].join(', and '),
      fix: fixes.length === all.length ? fixes.join(' ') : undefined,
      nodes,
      saves,
    },
  ];
}

function unordered(
  { scans, facts, keys, nodes }: Ordered,
  plan: Plan,
  context: RuleContext,
): RuleMatch | undefined {
  const [scan] = scans;
  const parts = scans.flatMap((each) => {
    const of = tableOf(each, context);
    return of ? { ...of, ...partRead(each, of) } : [];
  });
  if (parts.length < scans.length || !scans.every((each, i) => isWhole(each, parts[i], plan)))
    return undefined;
  const rows = sumOf(parts.map((each) => each.rows));
  const pages = sumOf(parts.map((each) => each.pages));
  const sorted = scans.reduce((all, each) => all + each.est.rows * workersOf(each, plan), 0);
  const wanted = rowsWanted(rows, context);
  const saves = shareOf(...nodes) * (1 - mostWanted.value);
  const large = isRead({ rows, pages, nodes: scans }, context) && isLarge({ rows, saves }, context);
  if (!large || wanted > sorted * mostWanted.value) return undefined;
  const { conditions, alternatives } = askedOf(scan, scan.predicates.filter, facts);
  const values = conditions.filter((each) => isValue(each, plan));
  const ranges = conditions.filter((each) => each.kind === 'range' && isPlain(each));
  const root = rootOf(facts, rows);
  const inOrder = behindValues(values, keys, root);
  // Where few fit, the order is walked for long: by the index alone, if it has what is asked for.
  const wantedKeys = [
    ...inOrder,
    ...keysFor(
      ranges,
      root,
      inOrder.map(({ column }) => column),
    ),
  ];
  if (hasIndex(root, inOrder) || hasIndex(root, keys)) return undefined;
  // Of what an OR asks besides, rows come by for long until one fits.
  if (!areOfKeys(alternatives, wantedKeys)) return undefined;
  return {
    message:
      `${describeRelation({ ...scan, relation: { kind: 'table', ...root } })}: ` +
      `${count(rows)} rows are read to find the first by ` +
      `${keys.map(({ column }) => column).join(', ')}`,
    fix: ofSome(conditions, wantedKeys, root, plan) ?? createIndex(plan, root, wantedKeys),
    nodes: nodes.map(({ id }) => id),
    saves,
  };
}

/**
 * As many as are returned, and those before them that OFFSET passes over: what is sorted is looked
 * at twice where rows are counted, and an index would look each of them up in the table.
 */
function rowsWanted(rows: number, context: RuleContext): number {
  const returned = rowsACall(context) ?? 1;
  const examined = context.shape?.offset ? (examinedACall(context) ?? 0) : 0;
  return Math.max(returned, examined - rows);
}

/**
 * Of all but the commonest values there may be few, and those the last of the order: queues are so.
 * The whole order would be walked for them.
 */
function ofSome(
  conditions: readonly Condition[],
  keys: readonly IndexKey[],
  table: TableFacts,
  plan: Plan,
): string | undefined {
  const few = conditions.filter(
    (each) =>
      each.kind === 'unequal' &&
      allBut.has(each.operator) &&
      !each.other &&
      !each.wrapped &&
      !hasOthers(each, table),
  );
  if (few.length === 0) return undefined;
  const names = [...new Set(few.map(({ column }) => column))].join(' and ');
  return sqlOf(plan.engine).partialIndexAdvice?.(keys.map(keyText).join(', '), names);
}

/**
 * Where what is asked is of values, or how far the order itself goes: anything else an index with
 * the order would have to look up for each row.
 */
const isDirect = ({ scans: [scan], facts, keys }: Ordered, plan: Plan): boolean => {
  const { conditions, alternatives } = askedOf(scan, scan.predicates.filter, facts);
  return (
    alternatives.length === 0 &&
    conditions.every((each) => isValue(each, plan) || isOfOrder(each, keys))
  );
};

const isWhole = (node: PlanNode, facts: { rows: number } | undefined, plan: Plan): boolean =>
  facts !== undefined && readsAll(node, facts, plan);
