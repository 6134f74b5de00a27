import { dialectOf } from '../../dialects/index.ts';
import { type Plan, preorder } from '../../model/plan.ts';
import type { Comparison } from '../../model/query-shape.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { createIndex, indexableCall, rebuildIndex } from '../advice.ts';
import { compared, index, seqScan, table } from '../examples.ts';
import { describeRelation, type Rule, readsAll, tableOf, threshold } from '../rule.ts';
import { shareUnwanted } from '../shares.ts';

const leastRows = threshold(
  1_000,
  'rows of the table',
  'on fewer the function is computed in less than a millisecond',
);

const scan = (filter: string) => seqScan('users', { filter, rows: 5, cost: 900 });
const users = (...keys: string[]) => table('users', 50_000, { indexes: [index('users_i', keys)] });

export const functionOnColumn: Rule = {
  id: 'function-on-column',
  title: 'A function or a cast around a column keeps its index from being used',
  why:
    'An index on email holds emails, not lower(email): the server has to compute the ' +
    'function for ' +
    'every row.',
  fix:
    'An index on the expression, or a condition on the bare column (a range instead of a date ' +
    'part).',
  category: 'index',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables', 'shape'], actual: ['tables', 'shape'] },
  thresholds: { leastRows },
  examples: [
    {
      name: 'lower(email)',
      finds: true,
      plan: scan('(lower(users.email) = $1)'),
      shape: { comparisons: [compared('email', { function: 'lower', sole: true })] },
      facts: [users('email')],
    },
    {
      name: 'an index on the expression exists',
      finds: false,
      plan: scan('(lower(users.email) = $1)'),
      shape: { comparisons: [compared('email', { function: 'lower', sole: true })] },
      facts: [users('lower(email)')],
    },
    {
      name: 'bare column',
      finds: false,
      plan: scan('(users.email = $1)'),
      shape: { comparisons: [compared('email')] },
      facts: [users('email')],
    },
    {
      name: 'cast to date',
      finds: true,
      plan: scan('((users.email)::date = $1)'),
      shape: { comparisons: [compared('email', { cast: 'date' })] },
      facts: [users('email')],
    },
  ],
  check: (plan, context) =>
    preorder(plan.root).flatMap((node) => {
      const facts = tableOf(node, context);
      if (!facts || facts.rows < leastRows.value || !readsAll(node, facts, plan)) return [];
      const columns = new Set(
        node.predicates.filter.flatMap((predicate) =>
          predicate.columns.map((column) => column.split('.').at(-1)),
        ),
      );
      const [wrapped] = (context.shape?.comparisons ?? []).filter(
        (each) =>
          (each.function || each.cast) &&
          each.with === 'value' &&
          columns.has(each.column) &&
          !hasExpressionIndex(facts, each),
      );
      if (!wrapped) return [];
      const broken = rebuildIndex(plan, facts, ([leading]) => isOver(leading, wrapped));
      const also = broken ? `; ${broken.message}` : '';
      return [
        {
          message:
            `${describeRelation(node)}: ${expressionOf(wrapped)} is computed for every ` +
            `row${also}`,
          fix: broken?.fix ?? expressionIndex(plan, facts, wrapped),
          nodes: [node.id],
          saves: shareUnwanted(node, facts.rows, node.est.rows),
        },
      ];
    }),
};

/** As SQL where the call is one that can be indexed as it stands; else in words. */
function expressionIndex(plan: Plan, facts: TableFacts, each: Comparison): string {
  const key = indexableCall(plan, each);
  const bare =
    `Compare ${each.column} itself: a range instead of a part of a date, a value in the column’s ` +
    'own type and spelling.';
  return (
    (key && createIndex(plan, facts, [key])) ??
    `${bare} ${dialectOf(plan.engine).sql.expressionIndexAdvice}`
  );
}

const expressionOf = (each: Comparison) =>
  each.function
    ? `${each.function}(${each.column}${each.sole ? '' : ', …'})`
    : each.cast === 'cast' || each.cast === 'convert'
      ? `${each.cast}(${each.column}, …)`
      : `${each.column}::${each.cast}`;
const isOver = (key: string | undefined, each: Comparison): boolean =>
  key !== undefined &&
  key.includes(each.column) &&
  key.includes(each.function ? `${each.function}(` : '::');
const hasExpressionIndex = ({ indexes }: TableFacts, each: Comparison) =>
  indexes.some(({ keys }) => isOver(keys[0], each));
