import { dialectOf } from '../../dialects/index.ts';
import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import { block, mysqlTable, node, outer, seqScan, table } from '../examples.ts';
import { count, type Rule, type RuleContext, rowsRead, tableOf, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';
import { examinedACall, pagesACall } from '../work.ts';

const leastTimes = threshold(
  500,
  'runs a call',
  'a page of rows, each with a look-up of its own, is what such a subquery is good for',
);
const leastRowsEach = threshold(
  4,
  'rows a run',
  'a look-up of one row is as cheap in a subquery as in a join',
);
const leastTotal = threshold(
  50_000,
  'rows a call',
  'less than this is read from memory in some ten milliseconds',
);
const leastCost = threshold(
  5_000,
  'units of cost a call, over all runs',
  'the same where the plan says what a run costs (PostgreSQL)',
);

export const dependentSubquery: Rule = {
  id: 'dependent-subquery',
  title: 'A subquery is run again for each row',
  category: 'statement',
  follows: ['not-in-subquery'],
  why:
    'It is paid once for every row around it: rows that a join or one grouping would read once, ' +
    'together, are looked up one by one.',
  fix:
    'A join with a derived table that is grouped once (LEFT JOIN (SELECT key, count(*) … GROUP ' +
    'BY key)), a window function, or LATERAL for a few rows; or an index that makes a run cheap.',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: [], actual: [] },
  thresholds: { leastTimes, leastRowsEach, leastTotal, leastCost },
  examples: [
    {
      name: 'MySQL: a scan for each of many rows',
      finds: true,
      engine: 'mysql',
      plan: nested(5_000, 20_000),
    },
    {
      name: 'PostgreSQL: counted for each row of the list',
      finds: true,
      plan: listed(20_000, 12),
      facts: [table('c', 20_000)],
    },
    {
      name: 'a lookup for each row',
      finds: false,
      engine: 'mysql',
      plan: nested(5_000, 1),
    },
    { name: 'for a handful of rows', finds: false, engine: 'mysql', plan: nested(9, 500) },
    {
      name: 'PostgreSQL: for the rows of one page',
      finds: false,
      plan: node('Limit', { rows: 20, cost: 300 }, [outer(listed(20_000, 12))]),
      facts: [table('c', 20_000)],
    },
    {
      name: 'PostgreSQL: its result is hashed once',
      finds: false,
      plan: { ...listed(20_000, 900), Filter: '(NOT (hashed SubPlan 1))' },
      facts: [table('c', 20_000)],
    },
  ],
  check: (plan, context) =>
    preorder(plan.root).flatMap((node) =>
      node.children.flatMap((child) => {
        if (child.parentRelation !== 'subplan' || isHashed(node)) return [];
        const times = timesRun(plan, node, context);
        const { each, saves } = dialectOf(plan.engine).planner.showsLimit
          ? byCost(child, node, times, context)
          : byRows(plan, child, times, context);
        if (each === undefined || times < leastTimes.value) return [];
        return [
          {
            message: `a subquery that ${each} is run about ${count(times)} times a call`,
            nodes: [child.id],
            saves,
          },
        ];
      }),
    ),
};

interface Runs {
  /** What one does, in words; undefined: too little to be told. */
  each?: string;
  saves: number;
}

/** PostgreSQL prints what one run costs. */
function byCost(child: PlanNode, node: PlanNode, times: number, context: RuleContext): Runs {
  const cost = child.est.totalCost;
  const pages = pagesACall(context);
  // It was stopped early, or other values found fewer rows around it.
  const seldom = pages !== undefined && pages < times;
  if (cost * times < leastCost.value || seldom) return { saves: 0 };
  const saves = shareBelow(node) * (1 - 1 / Math.max(2, Math.min(times, cost)));
  return { each: `costs ${count(cost)}`, saves };
}

/** MySQL and MariaDB print how many rows one reads, which their plan’s cost leaves out. */
function byRows({ root }: Plan, child: PlanNode, times: number, context: RuleContext): Runs {
  const rows = Math.max(...preorder(child).map(rowsRead));
  const all = rows * times;
  const seldom = (examinedACall(context) ?? all) < all / 10;
  if (!child.ext['dependent'] || rows < leastRowsEach.value || all < leastTotal.value || seldom)
    return { saves: 0 };
  const others = preorder(root).reduce((sum, each) => sum + rowsRead(each), 0);
  return { each: `reads ${count(rows)} rows`, saves: all / (all + others) };
}

const isHashed = ({ predicates }: PlanNode) =>
  [...predicates.filter, ...predicates.joinFilter].some(({ text }) => /\bhashed\b/i.test(text));

/**
 * In the select list: once for each row of the result, or of the page of it; in a condition: once
 * for each row that is looked at.
 */
function timesRun(plan: Plan, node: PlanNode, context: RuleContext): number {
  const asked = node.predicates.filter.some(({ text }) => /SubPlan|select #/i.test(text));
  const looked = Math.max(rowsRead(node), (asked && tableOf(node, context)?.rows) || 0);
  const rows = node.relation ? looked : node.est.rows;
  return asked ? rows : Math.min(rows, pageAbove(plan.root, node));
}

/** Rows of a LIMIT that stops what is below it. */
function pageAbove(root: PlanNode, node: PlanNode): number {
  let page = Number.POSITIVE_INFINITY;
  for (let at: PlanNode | undefined = root; at && at !== node; ) {
    if (at.op === 'Limit') page = at.est.rows;
    else if (at.op !== 'SubqueryScan' && at.op !== 'Result') return Number.POSITIVE_INFINITY;
    at = at.children.find(({ parentRelation }) => parentRelation === 'outer');
  }
  return page;
}

function nested(outer: number, inner: number) {
  const subquery = block(mysqlTable('o', { rows: inner, filtered: 10 }));
  return block({
    ...mysqlTable('c', { rows: outer }),
    select_list_subqueries: [{ dependent: true, cacheable: false, ...subquery }],
  });
}

function listed(rows: number, cost: number) {
  const subplan = node('Aggregate', { Strategy: 'Plain', rows: 1, cost });
  const scan = seqScan('c', { rows, cost: rows * cost });
  return {
    ...scan,
    Plans: [{ 'Parent Relationship': 'SubPlan', 'Subplan Name': 'SubPlan 1', ...subplan }],
  };
}
