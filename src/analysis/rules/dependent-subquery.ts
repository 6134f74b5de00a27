import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import { block, mysqlTable } from '../examples.ts';
import { count, type Rule, rowsRead, threshold } from '../rule.ts';

const leastRowsEach = threshold(
  100,
  'rows a run',
  'fewer come from an index or one page, and cost little even if it is often',
);
const leastTotal = threshold(
  100_000,
  'rows a call',
  'less than this is read from memory in some ten milliseconds',
);

export const dependentSubquery: Rule = {
  id: 'dependent-subquery',
  title: 'A subquery is run again for each row',
  why: 'Its cost is not in the plan’s total: it is paid once for every row around it.',
  fix: 'A join, or a derived table that is made once; or an index that makes one run cheap.',
  category: 'statement',
  engines: { postgres: false, mysql: true, mariadb: true },
  needs: { estimate: [], actual: [] },
  thresholds: { leastRowsEach, leastTotal },
  examples: [
    {
      name: 'a scan for each of many rows',
      finds: true,
      engine: 'mysql',
      plan: nested(5_000, 20_000),
    },
    { name: 'a lookup for each row', finds: false, engine: 'mysql', plan: nested(5_000, 1) },
    { name: 'for a handful of rows', finds: false, engine: 'mysql', plan: nested(9, 500) },
  ],
  check: (plan) =>
    preorder(plan.root).flatMap((node) =>
      node.children.flatMap((child) => {
        if (child.parentRelation !== 'subplan' || !child.ext['dependent']) return [];
        const each = Math.max(...preorder(child).map(rowsRead));
        const times = outerRows(node);
        if (each < leastRowsEach.value || times < 2 || each * times < leastTotal.value) return [];
        return [
          {
            message: `a subquery that reads ${count(each)} rows is run about ${count(times)} times`,
            nodes: [child.id],
            saves: repeated(each * times, plan),
          },
        ];
      }),
    ),
};

/** Of all rows that are read, those that are read for it. */
const repeated = (rows: number, { root }: Plan) =>
  rows / (rows + preorder(root).reduce((sum, node) => sum + rowsRead(node), 0));

/**
 * In the select list: once for each row of the result; in a condition: once for each row that is
 * looked at.
 */
const outerRows = (node: PlanNode) => (node.relation ? rowsRead(node) : node.est.rows);

function nested(outer: number, inner: number) {
  const subquery = block(mysqlTable('o', { rows: inner, filtered: 10 }));
  return block({
    ...mysqlTable('c', { rows: outer }),
    select_list_subqueries: [{ dependent: true, cacheable: false, ...subquery }],
  });
}
