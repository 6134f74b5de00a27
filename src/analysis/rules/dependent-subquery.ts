import { habitsOf } from '../../dialects/habits.ts';
import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import { pagesPlanned, rowsGiven } from '../evidence.ts';
import { block, mysqlTable, node, outer, seqScan, table } from '../examples.ts';
import { lookedUp } from '../looked-up.ts';
import { extremes, gathersForEach } from '../order.ts';
import { count, type Rule, type RuleContext, rowsRead, tableOf, threshold } from '../rule.ts';
import { examinedACall, pagesACall } from '../work.ts';

const leastTimes = threshold(
  200,
  'runs a call',
  'a page of rows, each with a look-up of its own, is what such a subquery is good for',
);
const leastRowsEach = threshold(
  4,
  'rows a run',
  'a look-up of one row is as cheap in a subquery as in a join',
);
const leastTotal = threshold(
  20_000,
  'rows a call',
  'less than this is read from memory in a few milliseconds',
);
const leastCost = threshold(
  5_000,
  'units of cost a call, over all runs',
  'the same where the plan says what a run costs (PostgreSQL)',
);

const leastCostEach = threshold(
  500,
  'units of cost a run',
  'a run that reads hundreds of pages is dear enough to be had once, not twice',
);

const advice =
  'A join with a derived table that is grouped once (LEFT JOIN (SELECT key, count(*) … GROUP ' +
  'BY key)), a window function, or LATERAL for a few rows; or an index that makes a run cheap.';

export const dependentSubquery: Rule = {
  id: 'dependent-subquery',
  title: 'A subquery is run again for each row',
  category: 'statement',
  follows: ['not-in-subquery'],
  why:
    'It is paid once for every row around it: rows that a join or one grouping would read once, ' +
    'together, are looked up one by one.',
  fix: advice,
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: [], actual: [] },
  thresholds: { leastTimes, leastRowsEach, leastTotal, leastCost, leastCostEach },
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
    {
      name: 'MySQL: for the few rows that a condition leaves of those around it',
      finds: false,
      engine: 'mysql',
      plan: nested(58_874, 10),
      stats: { calls: 8, rows: 2, totalMs: 190, work: { rowsExamined: 8 * 60_035 } },
    },
    { name: 'for one row', finds: false, engine: 'mysql', plan: nested(1, 900_000) },
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
        const planned = timesPlanned(plan, node, context);
        const { times, each, saves } = habitsOf(plan.engine).planner.showsLimit
          ? byCost(child, Math.min(planned, timesCounted(plan, node, child, context)))
          : byRows(plan, child, planned, context);
        if (each === undefined) return [];
        return [
          {
            message: `a subquery that ${each} is run about ${count(times)} times a call`,
            fix: withIndex(child, plan, context),
            nodes: [child.id],
            saves,
          },
        ];
      }),
    ),
};

/** The least or the greatest of what is found for each: the first entry of an index is enough. */
function withIndex(child: PlanNode, plan: Plan, context: RuleContext): string | undefined {
  if (!gathersForEach(child)) return undefined;
  const [end, ...others] = extremes(plan, context).filter(({ nodes: [top] }) => top === child);
  const index = end && others.length === 0 ? lookedUp(end, plan, context)?.fix : undefined;
  return index && `${advice} Here: ${index}`;
}

interface Runs {
  times: number;
  /** What one does, in words; undefined: too little to be told. */
  each?: string;
  saves: number;
}

/** PostgreSQL prints what one run costs. */
function byCost(child: PlanNode, times: number): Runs {
  const cost = child.est.totalCost;
  const heavy = cost >= leastCostEach.value;
  const all = cost * times;
  if (times < (heavy ? 2 : leastTimes.value) || all < (heavy ? leastCostEach : leastCost).value)
    return { times, saves: 0 };
  return { times, each: `costs ${count(cost)}`, saves: 1 - 1 / Math.min(10, times) };
}

/**
 * Other values find other rows around: as often as rows are returned, if it is listed for each of
 * them; else as often as the pages that the server looked at allow.
 */
function timesCounted(plan: Plan, node: PlanNode, child: PlanNode, context: RuleContext): number {
  const returned = isAsked(node) ? undefined : rowsGiven(plan, node, context);
  if (returned !== undefined) return returned;
  const pages = pagesACall(context);
  const each = pagesPlanned({ ...plan, root: child }, context);
  if (pages === undefined || !each) return Number.POSITIVE_INFINITY;
  return pages / Math.max(1, each.whole + each.found);
}

const isAsked = ({ predicates }: PlanNode): boolean =>
  predicates.filter.some(({ text }) => /SubPlan|select #/i.test(text));

/** MySQL and MariaDB print how many rows one reads, which their plan’s cost leaves out. */
function byRows({ root }: Plan, child: PlanNode, times: number, context: RuleContext): Runs {
  const rows = Math.max(...preorder(child).map(rowsRead));
  const all = rows * times;
  const own = new Set(preorder(child));
  const around = preorder(root).filter((each) => each.relation && !own.has(each));
  const looked = around.reduce((sum, each) => sum + rowsRead(each), 0);
  // What is read around it is counted with it, and may be all that was.
  const seldom = (examinedACall(context) ?? all + looked) - looked < all / 10;
  const little = times < 2 || rows < leastRowsEach.value || all < leastTotal.value;
  if (!child.ext['dependent'] || little || seldom) return { times, saves: 0 };
  const others = preorder(root).reduce((sum, each) => sum + rowsRead(each), 0);
  return { times, each: `reads ${count(rows)} rows`, saves: all / (all + others) };
}

const isHashed = ({ predicates }: PlanNode) =>
  [...predicates.filter, ...predicates.joinFilter].some(({ text }) => /\bhashed\b/i.test(text));

/**
 * In the select list: once for each row of the result, or of the page of it; in a condition: once
 * for each row that is looked at.
 */
function timesPlanned(plan: Plan, node: PlanNode, context: RuleContext): number {
  const asked = isAsked(node);
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
