import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import type { Comparison, QueryShape } from '../../model/query-shape.ts';
import { parsed } from '../conditions.ts';
import { inner, node, outer, seqScan } from '../examples.ts';
import { columnsIn } from '../expression.ts';
import { count, type Rule, type RuleMatch, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';

const leastPairs = threshold(
  10_000,
  'pairs of rows',
  'fewer are made in a few milliseconds: a row of settings beside each row of a list is meant so',
);
const leastSide = threshold(
  5,
  'rows of either side',
  'one row, or a handful, is put beside others on purpose',
);

const pairs = (left: number, right: number, keys: object = {}) =>
  node('Nested Loop', { 'Join Type': 'Inner', rows: left * right, cost: left * right, ...keys }, [
    outer(seqScan('a', { rows: left, cost: left })),
    inner(
      node('Materialize', { rows: right, cost: right }, [
        outer(seqScan('b', { rows: right, cost: right })),
      ]),
    ),
  ]);
const both = { relations: [{ name: 'a' }, { name: 'b' }] };
const link: Comparison = {
  column: 'b_id',
  qualifier: 'a',
  operator: '=',
  with: 'column',
  other: { column: 'id', qualifier: 'b' },
};

export const cartesianProduct: Rule = {
  id: 'cartesian-product',
  title: 'Each row of one table is joined with each row of another',
  why:
    'No condition connects the two, so the result has as many rows as both multiplied. Usually a ' +
    'join’s condition was forgotten, or names the wrong alias.',
  fix: 'Say which rows belong together; or ask two questions where they have nothing in common.',
  category: 'join',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['shape'], actual: ['shape'] },
  thresholds: { leastPairs, leastSide },
  examples: [
    { name: 'no condition', finds: true, plan: pairs(2_000, 900), shape: both },
    { name: 'a row of settings', finds: false, plan: pairs(20_000, 1), shape: both },
    {
      name: 'they are connected, and all that is left of both belongs together',
      finds: false,
      plan: pairs(2_000, 900),
      shape: { ...both, comparisons: [link] },
    },
    {
      name: 'a condition that is no equality',
      finds: false,
      plan: pairs(2_000, 900, { 'Join Filter': '(a.x > b.y)' }),
      shape: both,
    },
  ],
  check(plan, { shape }) {
    if (!shape || shape.relations.length < 2) return [];
    return preorder(plan.root).flatMap((each) => product(each, plan, shape) ?? []);
  },
};

function product(join: PlanNode, plan: Plan, shape: QueryShape): RuleMatch | undefined {
  const [left, right] = ['outer', 'inner'].map((side) =>
    join.children.find(({ parentRelation }) => parentRelation === side),
  );
  if (!left || !right || !/^(?:NestedLoop|HashJoin)$/.test(join.op)) return undefined;
  const conditions = [...(join.join?.condition ?? []), ...join.predicates.joinFilter];
  const made = left.est.rows * right.est.rows;
  if (conditions.length > 0 || made < leastPairs.value || /semi|anti/.test(join.join?.type ?? ''))
    return undefined;
  if (Math.min(left.est.rows, right.est.rows) < leastSide.value) return undefined;
  const [mine, theirs] = [aliasesIn(left), aliasesIn(right)];
  if (!mine.size || !theirs.size || asksOf(right, mine) || connected(shape, mine, theirs))
    return undefined;
  return {
    message:
      `${[...mine].join(', ')} and ${[...theirs].join(', ')}: no condition connects them, about ` +
      `${count(made)} pairs are made`,
    nodes: [join.id],
    saves: shareBelow(plan.root) * (1 - 1 / Math.min(left.est.rows, right.est.rows)),
  };
}

const aliasesIn = (side: PlanNode): Set<string> =>
  new Set(
    preorder(side).flatMap(({ relation }) =>
      relation ? [(relation.alias ?? relation.name).toLowerCase()] : [],
    ),
  );

/** It is looked up by the other side's rows. */
const asksOf = (side: PlanNode, others: ReadonlySet<string>): boolean =>
  preorder(side).some(({ predicates }) =>
    [...predicates.index, ...predicates.filter, ...predicates.recheck]
      .flatMap((each) => columnsIn(parsed(each)))
      .some(({ qualifier }) => qualifier !== undefined && others.has(qualifier.toLowerCase())),
  );

/**
 * The statement compares columns of both; or columns of one name with a value, which may be one
 * that they have in common. A side that is not named could be of either.
 */
function connected(
  { comparisons }: QueryShape,
  mine: ReadonlySet<string>,
  theirs: ReadonlySet<string>,
): boolean {
  const of = (side: ReadonlySet<string>, qualifier: string | undefined) =>
    qualifier === undefined || side.has(qualifier.toLowerCase());
  const joined = comparisons.some(
    ({ qualifier, other, with: what }) =>
      (other !== undefined || what === 'expression') &&
      ((of(mine, qualifier) && of(theirs, other?.qualifier)) ||
        (of(theirs, qualifier) && of(mine, other?.qualifier))),
  );
  const values = comparisons.filter(
    ({ with: what, operator }) => what === 'value' && operator === '=',
  );
  const shared = values.some((one) =>
    values.some(
      (two) =>
        one !== two &&
        one.column === two.column &&
        of(mine, one.qualifier) &&
        of(theirs, two.qualifier),
    ),
  );
  return joined || shared;
}
