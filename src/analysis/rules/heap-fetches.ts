import { preorder } from '../../model/plan.ts';
import { sqlTable } from '../advice.ts';
import { node, ran } from '../examples.ts';
import { count, describeRelation, type Rule, threshold } from '../rule.ts';
import { shareOf } from '../shares.ts';

const largeShare = threshold(
  0.3,
  'of the rows',
  'below, the index still saves most visits of the table',
);
const leastFetches = threshold(
  100,
  'rows fetched',
  'fewer are a handful of pages, which cost nothing that could be seen',
);

export const heapFetches: Rule = {
  id: 'heap-fetches',
  title: 'An index-only scan goes to the table after all',
  why:
    'Pages that are not marked all-visible have to be looked up; then the index that was ' +
    'meant to ' +
    'cover the query does not.',
  fix: 'VACUUM the table; let autovacuum run more often on it (autovacuum_vacuum_scale_factor).',
  category: 'maintenance',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { actual: [] },
  thresholds: { largeShare, leastFetches },
  examples: [
    { name: 'most rows are fetched', finds: true, plan: scan(9_000) },
    { name: 'few rows are fetched', finds: false, plan: scan(20) },
  ],
  check: (plan) =>
    preorder(plan.root).flatMap((node) => {
      const fetches = node.act?.heapFetches ?? 0;
      const rows = node.derived.rowsTotal ?? 0;
      if (
        node.op !== 'IndexOnlyScan' ||
        fetches < leastFetches.value ||
        fetches < rows * largeShare.value
      )
        return [];
      return [
        {
          message:
            `${describeRelation(node)}: ${count(fetches)} of ${count(rows)} rows were fetched ` +
            'from the table',
          fix: node.relation && `VACUUM ${sqlTable(plan, node.relation)};`,
          nodes: [node.id],
          saves: shareOf(node),
        },
      ];
    }),
};

function scan(fetches: number) {
  return node('Index Only Scan', {
    'Relation Name': 't',
    'Index Name': 't_i',
    rows: 10_000,
    cost: 300,
    ...ran(10_000, { 'Heap Fetches': fetches }),
  });
}
