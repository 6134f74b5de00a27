import { type PlanNode, preorder } from '../../model/plan.ts';
import { node, seqScan } from '../examples.ts';
import { count, type Rule, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';

const leastRows = threshold(
  1_000,
  'rows of the common table',
  'a smaller one is made and read in about a millisecond',
);
const mostKept = threshold(
  0.2,
  'of its rows',
  'above, most of what is made is wanted, and the fence costs little',
);

const fenced = (rows: number, kept: number) =>
  node(
    'CTE Scan',
    { 'CTE Name': 'recent', Alias: 'recent', Filter: '(id = $1)', rows: kept, cost: rows / 10 },
    [
      {
        'Parent Relationship': 'InitPlan',
        'Subplan Name': 'CTE recent',
        ...seqScan('orders', { rows, cost: rows / 20 }),
      },
    ],
  );
const once = { ctes: [{ name: 'recent', materialized: true as const, references: 1 }] };

export const materializedCte: Rule = {
  id: 'materialized-cte',
  title: 'A common table is made as a whole, and most of it is not wanted',
  category: 'statement',
  follows: ['full-scan'],
  why:
    'MATERIALIZED is a fence: the condition outside of it does not reach the tables inside, ' +
    'whose indexes are of no use; all rows are made on every call, and then looked through.',
  fix: 'Leave MATERIALIZED out (or say NOT MATERIALIZED), or move the condition into the WITH.',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: ['shape'], actual: ['shape'] },
  thresholds: { leastRows, mostKept },
  examples: [
    { name: 'one row of 50,000', finds: true, plan: fenced(50_000, 250), shape: once },
    { name: 'a small one', finds: false, plan: fenced(90, 1), shape: once },
    { name: 'most of it is wanted', finds: false, plan: fenced(50_000, 40_000), shape: once },
    {
      name: 'read twice: made once for both',
      finds: false,
      plan: fenced(50_000, 250),
      shape: { ctes: [{ name: 'recent', materialized: true, references: 2 }] },
    },
  ],
  check(plan, { shape }) {
    const fences = new Set(
      shape?.ctes?.flatMap(({ name, materialized, references }) =>
        materialized && references === 1 ? [name.toLowerCase()] : [],
      ),
    );
    if (fences.size === 0) return [];
    const nodes = preorder(plan.root);
    return nodes.flatMap((scan) => {
      const name = scan.relation?.name ?? '';
      if (scan.op !== 'CteScan' || !fences.has(name.toLowerCase())) return [];
      const made = nodes.find(({ subplanName }) => subplanName === `CTE ${name}`);
      const kept = rowsWanted(scan, nodes);
      if (!made || made.est.rows < leastRows.value || kept > made.est.rows * mostKept.value)
        return [];
      return [
        {
          message:
            `${name} is made with about ${count(made.est.rows)} rows, of which about ` +
            `${count(kept)} are wanted: MATERIALIZED keeps the condition out`,
          nodes: [scan.id, made.id],
          saves: shareBelow(scan, made) * (1 - kept / made.est.rows),
        },
      ];
    });
  },
};

/** What the scan lets through; a join with it that is looked up for each row lets through less. */
function rowsWanted(scan: PlanNode, nodes: readonly PlanNode[]): number {
  const above = nodes.find(({ children }) => children.includes(scan));
  const hashed =
    above?.op === 'Hash' ? nodes.find(({ children }) => children.includes(above)) : above;
  const joined = hashed?.join ? hashed.est.rows : scan.est.rows;
  return Math.min(scan.est.rows, joined);
}
