import { preorder } from '../../model/plan.ts';
import { sqlTable } from '../advice.ts';
import { count, describeRelation, type Rule } from '../rule.ts';

const largeShare = 0.3;
const leastFetches = 100;

export const heapFetches: Rule = {
  id: 'heap-fetches',
  title: 'An index-only scan goes to the table after all',
  why: 'Pages that are not marked all-visible have to be looked up; then the index that was meant to cover the query does not.',
  fix: 'VACUUM the table; let autovacuum run more often on it (autovacuum_vacuum_scale_factor).',
  engines: { postgres: true, mysql: false, mariadb: false },
  examples: [
    { name: 'most rows are fetched', finds: true, plan: scan(9_000) },
    { name: 'few rows are fetched', finds: false, plan: scan(20) },
  ],
  check: (plan) =>
    [...preorder(plan.root)].flatMap((node) => {
      const fetches = node.act?.heapFetches ?? 0;
      const rows = node.derived.rowsTotal ?? 0;
      if (node.op !== 'IndexOnlyScan' || fetches < leastFetches || fetches < rows * largeShare)
        return [];
      return [
        {
          severity: 'info' as const,
          message: `${describeRelation(node)}: ${count(fetches)} of ${count(rows)} rows were fetched from the table`,
          fix: node.relation ? `VACUUM ${sqlTable(plan, node.relation)};` : heapFetches.fix,
          nodes: [node.id],
        },
      ];
    }),
};

function scan(fetches: number) {
  return {
    'Node Type': 'Index Only Scan',
    'Relation Name': 't',
    'Index Name': 't_i',
    'Plan Rows': 10_000,
    'Total Cost': 300,
    'Actual Rows': 10_000,
    'Actual Loops': 1,
    'Actual Total Time': 5,
    'Actual Startup Time': 0,
    'Heap Fetches': fetches,
  };
}
