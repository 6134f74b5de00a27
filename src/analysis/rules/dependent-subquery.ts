import { type PlanNode, preorder } from '../../model/plan.ts';
import { count, type Rule, rowsRead } from '../rule.ts';

const leastRowsEach = 100;
const leastTotal = 100_000;

export const dependentSubquery: Rule = {
  id: 'dependent-subquery',
  title: 'A subquery is run again for each row',
  why: 'Its cost is not in the plan’s total: it is paid once for every row around it.',
  fix: 'A join, or a derived table that is made once; or an index that makes one run cheap.',
  engines: { postgres: false, mysql: true, mariadb: true },
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
  check(plan) {
    return [...preorder(plan.root)].flatMap((node) =>
      node.children.flatMap((child) => {
        if (child.parentRelation !== 'subplan' || !child.ext['dependent']) return [];
        const each = Math.max(...[...preorder(child)].map(rowsRead));
        const times = outerRows(node);
        if (each < leastRowsEach || times < 2 || each * times < leastTotal) return [];
        return [
          {
            severity: 'warning' as const,
            message: `a subquery that reads ${count(each)} rows is run about ${count(times)} times`,
            fix: this.fix,
            nodes: [child.id],
          },
        ];
      }),
    );
  },
};

/**
 * In the select list: once for each row of the result; in a condition: once for each row that is
 * looked at.
 */
const outerRows = (node: PlanNode) => (node.relation ? rowsRead(node) : node.est.rows);

function nested(outer: number, inner: number) {
  return {
    query_block: {
      table: {
        table_name: 'c',
        access_type: 'ALL',
        rows_examined_per_scan: outer,
        filtered: '100.00',
      },
      select_list_subqueries: [
        {
          dependent: true,
          cacheable: false,
          query_block: {
            table: {
              table_name: 'o',
              access_type: 'ALL',
              rows_examined_per_scan: inner,
              filtered: '10.00',
            },
          },
        },
      ],
    },
  };
}
