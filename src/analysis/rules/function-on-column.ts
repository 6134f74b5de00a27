import { dialectOf } from '../../dialects/index.ts';
import { type Plan, preorder } from '../../model/plan.ts';
import type { Comparison } from '../../model/query-shape.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { createIndex, indexableCall, rebuildIndex } from '../advice.ts';
import { describeRelation, type Rule, readsAll, tableOf } from '../rule.ts';

const leastRows = 1_000;

export const functionOnColumn: Rule = {
  id: 'function-on-column',
  title: 'A function or a cast around a column keeps its index from being used',
  why: 'An index on email holds emails, not lower(email): the server has to compute the function for every row.',
  fix: 'An index on the expression, or a condition on the bare column (a range instead of a date part).',
  engines: { postgres: true, mysql: true, mariadb: true },
  examples: [
    {
      name: 'lower(email)',
      finds: true,
      plan: scan('(lower(users.email) = $1)'),
      shape: { comparisons: [compare({ function: 'lower', sole: true })] },
      facts: [users(['email'])],
    },
    {
      name: 'an index on the expression exists',
      finds: false,
      plan: scan('(lower(users.email) = $1)'),
      shape: { comparisons: [compare({ function: 'lower', sole: true })] },
      facts: [users(['lower(email)'])],
    },
    {
      name: 'bare column',
      finds: false,
      plan: scan('(users.email = $1)'),
      shape: { comparisons: [compare({})] },
      facts: [users(['email'])],
    },
    {
      name: 'cast to date',
      finds: true,
      plan: scan('((users.email)::date = $1)'),
      shape: { comparisons: [compare({ cast: 'date' })] },
      facts: [users(['email'])],
    },
  ],
  check: (plan, context) =>
    [...preorder(plan.root)].flatMap((node) => {
      const facts = tableOf(node, context);
      if (!facts || facts.rows < leastRows || !readsAll(node, facts, plan)) return [];
      const columns = new Set(
        node.predicates.filter.flatMap((predicate) =>
          predicate.columns.map((column) => column.split('.').at(-1)),
        ),
      );
      const wrapped = (context.shape?.comparisons ?? []).filter(
        (each) => (each.function || each.cast) && each.with === 'value' && columns.has(each.column),
      );
      return wrapped
        .filter((each) => !hasExpressionIndex(facts, each))
        .slice(0, 1)
        .map((each) => ({
          each,
          broken: rebuildIndex(plan, facts, ([leading]) => isOver(leading, each)),
        }))
        .map(({ each, broken }) => ({
          severity: 'warning' as const,
          message: `${describeRelation(node)}: ${expressionOf(each)} is computed for every row${broken ? `; ${broken.message}` : ''}`,
          fix: broken?.fix ?? expressionIndex(plan, facts, each),
          nodes: [node.id],
        }));
    }),
};

/** As SQL where the call is one that can be indexed as it stands; else in words. */
function expressionIndex(plan: Plan, facts: TableFacts, each: Comparison): string {
  const key = indexableCall(plan, each);
  const sql = key && createIndex(plan, facts, [key]);
  return (
    sql ??
    `Compare ${each.column} itself: a range instead of a part of a date, a value in the column’s own type and spelling. ${dialectOf(plan.engine).sql.expressionIndexAdvice}`
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

function scan(filter: string) {
  return {
    'Node Type': 'Seq Scan',
    'Relation Name': 'users',
    Schema: 'public',
    Alias: 'users',
    Filter: filter,
    'Plan Rows': 5,
    'Total Cost': 900,
  };
}
function compare(extra: Partial<Comparison>): Comparison {
  return { column: 'email', operator: '=', with: 'value', ...extra };
}
function users(keys: string[]): TableFacts {
  return {
    schema: 'public',
    name: 'users',
    rows: 50_000,
    pages: 900,
    neverAnalyzed: false,
    modifiedSinceAnalyze: 0,
    indexes: [{ name: 'users_i', unique: false, keys, partial: false }],
  };
}
