import { type Plan, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { index, indexScan, seqScan, table } from '../examples.ts';
import {
  bare,
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  tableOf,
  threshold,
} from '../rule.ts';
import { callsASecond, rowsACall } from '../work.ts';

const leastCalls = threshold(
  500,
  'calls in the interval',
  'a loop over the rows of some lists makes as many; people who click seldom do',
);
const leastRate = threshold(
  8,
  'calls a second',
  'one look-up for each click of fifty people at once is below',
);
const mostRows = threshold(
  1.5,
  'rows a call',
  'the rows of one key; more are a list, which is asked for as a whole',
);
const likelySaved = threshold(
  0.5,
  'of the work',
  'rows are found as before; what is saved is the way there and back, mostly outside of the server',
);

const lookup = indexScan('customers', 'customers_pkey', {
  condition: '(customers.id = $1)',
  cost: 8,
});
const shape = { kind: 'select' as const, relations: [{ name: 'customers' }] };
const facts = [
  table('customers', 50_000, { indexes: [index('customers_pkey', ['id'], { unique: true })] }),
];

export const nPlusOne: Rule = {
  id: 'n-plus-one',
  title: 'One row is asked for at a time, very often',
  category: 'statement',
  why:
    'A program that goes through a list and asks for what belongs to each of its rows sends as ' +
    'many statements as there are rows: each waits for the network, and is parsed and planned.',
  fix:
    'Ask for all of them at once: a join with the list, or WHERE key = ANY ($1) (IN (…)); in ' +
    'an ORM fetch the relation with its owner (JOIN FETCH, includes, prefetch_related).',
  costsElsewhere: true,
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables', 'counters', 'shape'], actual: ['tables', 'counters', 'shape'] },
  thresholds: { leastCalls, leastRate, mostRows, likelySaved },
  examples: [
    {
      name: 'by its key, hundreds of times a second',
      finds: true,
      plan: lookup,
      shape,
      stats: { calls: 40_000, rows: 40_000 },
      interval_ms: 60_000,
      facts,
    },
    {
      name: 'a few times a second',
      finds: false,
      plan: lookup,
      shape,
      stats: { calls: 400, rows: 400 },
      interval_ms: 60_000,
      facts,
    },
    {
      name: 'lists',
      finds: false,
      plan: lookup,
      shape,
      stats: { calls: 40_000, rows: 900_000 },
      interval_ms: 60_000,
      facts,
    },
    {
      name: 'not by a key',
      finds: false,
      plan: seqScan('customers', { filter: '(customers.name = $1)', cost: 900 }),
      shape,
      stats: { calls: 40_000, rows: 40_000 },
      interval_ms: 60_000,
      facts,
    },
    {
      name: 'many at once',
      finds: false,
      plan: lookup,
      shape,
      lossiness: ['list_length_unknown'],
      stats: { calls: 40_000, rows: 40_000 },
      interval_ms: 60_000,
      facts,
    },
  ],
  check(plan, context) {
    const { shape } = context;
    if (shape?.kind !== 'select' || shape.joins > 0 || shape.subqueries > 0 || shape.locking)
      return [];
    const { stats } = context;
    const [rows, rate] = [rowsACall(context), callsASecond(context)];
    if (rows === undefined || rows > mostRows.value || rate === undefined) return [];
    if (stats.calls < leastCalls.value || rate < leastRate.value) return [];
    const node = lookedUp(plan, context);
    if (!node) return [];
    return [
      {
        message:
          `${describeRelation(node)}: one row by its key, ${count(stats.calls)} times, ` +
          `${count(rate)} a second, by ${stats.user || 'one role'}`,
        nodes: [node.id],
        saves: likelySaved.value,
      },
    ];
  },
};

/** The only table is looked up by one value of its key, or of a column that refers to another's. */
function lookedUp(plan: Plan, context: RuleContext) {
  if (plan.lossiness.includes('list_length_unknown')) return undefined;
  const [node, ...others] = preorder(plan.root).filter(({ relation }) => relation);
  const facts = node && tableOf(node, context);
  if (!node || !facts || others.some(({ relation }) => relation?.name !== facts.name))
    return undefined;
  const asked = preorder(plan.root).flatMap(({ predicates }) =>
    [...predicates.index, ...predicates.recheck].flatMap(({ columns }) => columns.map(bare)),
  );
  const sought = node.index || others.some(({ index }) => index);
  return sought && isKey(facts, asked) ? node : undefined;
}

const isKey = ({ indexes, foreignKeys = [] }: TableFacts, asked: readonly string[]): boolean =>
  [
    ...indexes.filter(({ unique }) => unique).map(({ keys }) => keys),
    ...foreignKeys.map(({ columns }) => columns),
  ].some((columns) => columns.every((column) => asked.includes(column)));
