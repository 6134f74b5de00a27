import { sqlOf } from '../../dialects/habits.ts';
import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { plainConditions } from '../conditions.ts';
import { didMore, rowsGiven } from '../evidence.ts';
import { index, indexScan, node, outer, seqScan, table } from '../examples.ts';
import { wantsAnIndex } from '../lone-scan.ts';
import { sharesOf } from '../rows.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  tableOf,
  threshold,
} from '../rule.ts';
import { shareBelow } from '../shares.ts';
import { examinedACall, pagesACall } from '../work.ts';

const leastError = threshold(
  10,
  'times the expected rows',
  'estimates within one order of magnitude rarely change a plan',
);
const leastRows = threshold(
  100,
  'rows a call',
  'an error among fewer changes neither the order nor the method of a join',
);

const skewOver = threshold(
  2,
  'times what the commonest values would give',
  'statistics of a sample are not exact: less may be the skew of the columns alone',
);

const columns = (...distinct: [string, number][]) =>
  distinct.map(([name, distinct]) => ({ name, type: 'text', distinct, commonest: 2 / distinct }));
const addresses = table('addresses', 200_000, {
  columns: columns(['city', 500], ['zip', 1_000], ['kind', 3]),
});
const both = '((addresses.city = $1) AND (addresses.zip = $2))';
const found = seqScan('addresses', { filter: both, rows: 1, cost: 4_000 });
const many = { calls: 20, rows: 4_000 };
const shape = { kind: 'select' } as const;

export const correlatedColumns: Rule = {
  id: 'correlated-columns',
  title: 'Conditions on columns that depend on each other are taken for independent',
  category: 'estimate',
  follows: ['never-analyzed', 'stale-statistics'],
  why:
    'The planner multiplies the shares of all conditions: of a zip code’s rows it expects only ' +
    'some to be in its city, and finds too few rows where all of them are.',
  fix:
    'Statistics over the columns together (CREATE STATISTICS), and an ANALYZE that fills them; ' +
    'or an index over them, if one would help besides.',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: ['tables', 'counters', 'shape'] },
  thresholds: { leastError, leastRows, skewOver },
  examples: [
    {
      name: 'city and zip code',
      finds: true,
      plan: found,
      stats: many,
      shape,
      facts: [{ ...addresses, indexes: [index('addresses_city', ['city'])] }],
    },
    {
      name: 'alone, and no index has them',
      finds: false,
      plan: found,
      stats: many,
      shape,
      facts: [addresses],
    },
    {
      name: 'below an aggregate: the server looked at far more pages than planned',
      finds: true,
      plan: node('Aggregate', { Strategy: 'Plain', rows: 1, cost: 9 }, [
        outer(indexScan('addresses', 'both', { condition: both, rows: 1, cost: 9 })),
      ]),
      stats: { calls: 20, rows: 20, work: { pages: 80_000 } },
      shape,
      facts: [addresses],
    },
    {
      name: 'the server has statistics of them together',
      finds: false,
      plan: found,
      stats: many,
      shape,
      facts: [{ ...addresses, extendedStatistics: [['zip', 'city']] }],
    },
    {
      name: 'as many rows as expected',
      finds: false,
      plan: found,
      stats: { calls: 20, rows: 40 },
      shape,
      facts: [addresses],
    },
    {
      name: 'a common value of one column explains it',
      finds: false,
      plan: found,
      stats: many,
      shape,
      facts: [
        {
          ...addresses,
          columns: columns(['city', 500], ['zip', 1_000]).map((each) => ({
            ...each,
            commonest: 0.4,
          })),
        },
      ],
    },
    {
      name: 'a unique index over them',
      finds: false,
      plan: found,
      stats: many,
      shape,
      facts: [{ ...addresses, indexes: [index('u', ['city', 'zip'], { unique: true })] }],
    },
  ],
  check: (plan, context) =>
    columnsTogether(plan, context)
      .filter(({ node, names }) => !wantsAnIndex(node, names, plan, context))
      .map(({ node, facts, names, expected }) => ({
        message:
          `${describeRelation(node)}: ${names.join(' and ')} are taken for independent, and ` +
          `${count(Math.max(1, expected))} rows are expected; there are far more`,
        fix: sqlOf(plan.engine).columnsTogether?.(facts, names),
        nodes: [node.id],
        saves: shareBelow(plan.root) * (1 - 1 / leastError.value),
      })),
};

/** Of which tables which columns depend on each other, as far as the plan is wrong about them. */
export function columnsTogether(
  plan: Plan,
  context: RuleContext,
): (Together & { node: PlanNode; facts: TableFacts })[] {
  if (plan.lossiness.includes('list_length_unknown') || !context.shape) return [];
  return preorder(plan.root).flatMap((node) => {
    const facts = tableOf(node, context);
    if (!facts || node.op === 'BitmapIndexScan') return [];
    const together = dependent(node, facts);
    return together && isWrong(plan, node, context, together) ? [{ ...together, node, facts }] : [];
  });
}

interface Together {
  names: string[];
  /** If they are independent. */
  expected: number;
  /** If they are, and the values are the commonest of each. */
  most: number;
  /** The same of what an index is asked for, which is read for it. */
  mostFound: number;
}

/** Equalities on columns whose dependence the server does not know. */
function dependent(node: PlanNode, facts: TableFacts): Together | undefined {
  const { index, filter, recheck } = node.predicates;
  const asked = plainConditions(node, [...index, ...recheck, ...filter], facts).filter(
    ({ kind, other }) => kind === 'equal' && other === undefined,
  );
  const known = asked.flatMap((each) => sharesOf(each, facts) ?? []);
  const names = asked.map(({ column }) => column);
  if (names.length < 2 || known.length < names.length || isKnown(facts, names)) return undefined;
  const times = (all: readonly number[]) => all.reduce((rows, share) => rows * share, facts.rows);
  const sought = plainConditions(node, [...index, ...recheck], facts);
  const found = sought.length > 0 ? sought : asked;
  return {
    names,
    expected: times(known.map(({ mean }) => mean)),
    most: times(known.map(({ most }) => most)),
    mostFound: times(found.flatMap((each) => sharesOf(each, facts)?.most ?? [])),
  };
}

function isKnown({ extendedStatistics = [], indexes }: TableFacts, names: readonly string[]) {
  const holds = (columns: readonly string[]) => names.every((name) => columns.includes(name));
  const unique = indexes.some(
    ({ unique, keys }) => unique && keys.every((key) => names.includes(key)),
  );
  return unique || extendedStatistics.some(holds);
}

/**
 * Rows that come are counted, or as many as the pages that were looked at: ten times those
 * expected, and more than the commonest values of independent columns would give.
 */
function isWrong(
  plan: Plan,
  node: PlanNode,
  context: RuleContext,
  { most, mostFound }: Together,
): boolean {
  const given = rowsGiven(plan, node, context);
  if (given === undefined && !didMore(plan, context)) return false;
  const rows = given ?? pagesACall(context) ?? examinedACall(context) ?? 0;
  const expected = Math.max(1, node.est.rows);
  const possible = (given === undefined ? mostFound : most) * skewOver.value;
  return rows >= leastRows.value && rows >= expected * leastError.value && rows >= possible;
}
