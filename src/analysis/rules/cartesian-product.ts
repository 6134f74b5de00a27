import { type Plan, type PlanNode, type Predicate, preorder } from '../../model/plan.ts';
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
      name: 'connected by the alias of a derived table, of which the plan has no table',
      finds: false,
      plan: pairs(2_000, 900, { 'Join Filter': '(a.x = d.id)' }),
      shape: both,
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
  if (made < leastPairs.value || /semi|anti/.test(join.join?.type ?? '')) return undefined;
  if (Math.min(left.est.rows, right.est.rows) < leastSide.value) return undefined;
  const [mine, theirs] = [aliasesIn(left), aliasesIn(right)];
  const all = aliasesIn(plan.root);
  const asked = conditions.some((each) => connects(each, { mine, theirs, all }));
  if (!mine.size || !theirs.size || asked || asksOf(right, { mine, all })) return undefined;
  if (connected(shape, mine, theirs)) return undefined;
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

type Aliases = ReadonlySet<string>;

/**
 * It names columns of both, or one of which it does not say whose it is; or says it by an alias of
 * the statement that the plan has no more, as of a derived table.
 */
function connects(
  predicate: Predicate,
  { mine, theirs, all }: Record<'mine' | 'theirs' | 'all', Aliases>,
): boolean {
  const named = columnsIn(parsed(predicate)).map(({ qualifier }) => qualifier?.toLowerCase());
  const of = (side: Aliases) =>
    named.some((each) => each === undefined || side.has(each) || !all.has(each));
  return of(mine) && of(theirs);
}

/** It is looked up by the other side's rows. */
const asksOf = (side: PlanNode, { mine, all }: Record<'mine' | 'all', Aliases>): boolean =>
  preorder(side).some(({ predicates }) =>
    [...predicates.index, ...predicates.filter, ...predicates.recheck]
      .flatMap((each) => columnsIn(parsed(each)))
      .flatMap(({ qualifier }) => qualifier?.toLowerCase() ?? [])
      .some((each) => mine.has(each) || !all.has(each)),
  );

/**
 * The statement compares columns of both, or of both with those of a third; or columns of one name
 * with a value, which may be one that they have in common. A side that is not named could be any.
 */
function connected(
  { comparisons }: QueryShape,
  mine: ReadonlySet<string>,
  theirs: ReadonlySet<string>,
): boolean {
  const reached = new Set(mine);
  const links = comparisons.filter(
    ({ other, with: what }) => other !== undefined || what === 'expression',
  );
  if (links.some(({ qualifier, other }) => !qualifier || !other?.qualifier)) return true;
  for (let grown = true; grown; ) {
    const before = reached.size;
    for (const { qualifier = '', other } of links) {
      const [one, two] = [qualifier.toLowerCase(), (other?.qualifier ?? '').toLowerCase()];
      if (reached.has(one)) reached.add(two);
      if (reached.has(two)) reached.add(one);
    }
    grown = reached.size > before;
  }
  return [...theirs].some((each) => reached.has(each)) || shareValue(comparisons, mine, theirs);
}

function shareValue(
  comparisons: readonly Comparison[],
  mine: ReadonlySet<string>,
  theirs: ReadonlySet<string>,
): boolean {
  const values = comparisons.filter(
    ({ with: what, operator }) => what === 'value' && operator === '=',
  );
  const of = (side: ReadonlySet<string>, { qualifier }: Comparison) =>
    qualifier === undefined || side.has(qualifier.toLowerCase());
  return values.some((one) =>
    values.some(
      (two) => one !== two && one.column === two.column && of(mine, one) && of(theirs, two),
    ),
  );
}
