import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import {
  block,
  mysqlTable,
  outer,
  node as printed,
  relop,
  seqScan,
  showplan,
  threads,
} from '../examples.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  threshold,
} from '../rule.ts';
import { shareOf, shareUnwanted } from '../shares.ts';

const leastRead = threshold(
  10_000,
  'rows that are read',
  'a smaller table is some hundred pages, which stay in memory and are read in a millisecond',
);
const mostKept = threshold(
  0.1,
  'of the rows that are read',
  'of more, an index that finds them one by one is hardly faster than the scan',
);
const fewKept = threshold(
  1_000,
  'rows, where nothing says how many are read',
  'as many are found by an index in a few milliseconds, however large the table is',
);
const leastSaved = threshold(
  0.1,
  'of the work',
  'whoever looks at a single plan wants to know what makes it slow, and not what else there is',
);

const few = 'where it drops nearly all of them';
const dropping = (removed: number) => ({
  'Actual Loops': 1,
  'Actual Rows': 12,
  'Actual Total Time': 90,
  'Rows Removed by Filter': removed,
});

export const scanForFew: Rule = {
  id: 'scan-for-few',
  title: 'A table is read whole, and few of its rows are kept',
  why:
    'Every run reads all of the table and throws most of it away; it gets slower as the table ' +
    'grows. Asked where nothing is known but a plan: with the table and its indexes, full-scan ' +
    'says more.',
  fix:
    'An index whose leading columns are those that the filter compares with a value or a range, ' +
    'if there is none yet; what stands around a column, or a pattern that may begin anywhere, ' +
    'wants another kind of index or another condition.',
  category: 'index',
  follows: ['nested-loop', 'suggested-index', 'converted-column', 'planner-switched-off'],
  engines: { postgres: true, mysql: true, mariadb: true },
  readOnly: ['sqlserver', 'oracle'],
  needs: { estimate: [], actual: [] },
  thresholds: { leastRead, mostKept, fewKept, leastSaved },
  examples: [
    {
      name: `a scan was measured ${few}`,
      finds: true,
      plan: seqScan('orders', { filter: '(customer_id = 7)', ...dropping(300_000) }),
    },
    {
      name: 'half of them are kept',
      finds: false,
      plan: seqScan('orders', {
        filter: '(customer_id > 7)',
        ...dropping(300_000),
        'Actual Rows': 290_000,
      }),
    },
    {
      name: 'a small table',
      finds: false,
      plan: seqScan('orders', { filter: '(customer_id = 7)', ...dropping(300) }),
    },
    {
      name: 'no more than a twentieth of the plan',
      finds: false,
      plan: printed('Sort', { 'Sort Key': ['total'], rows: 12, cost: 9_000 }, [
        outer(seqScan('orders', { filter: '(customer_id = 7)', rows: 12, cost: 400 })),
      ]),
    },
    {
      name: 'MySQL expects to keep a hundredth of what it reads',
      finds: true,
      engine: 'mysql',
      plan: block(
        mysqlTable('orders', {
          rows: 300_000,
          filtered: 1,
          condition: '(`shop`.`orders`.`customer_id` = 7)',
        }),
      ),
    },
    {
      name: `SQL Server counted what it read, ${few}`,
      finds: true,
      engine: 'sqlserver',
      plan: showplan(
        relop({
          operator: 'Clustered Index Scan',
          table: 'orders',
          predicate: '[customer_id]=(7)',
          inside: threads(12, 90, 'ActualRowsRead="300000"'),
        }),
      ),
    },
  ],
  check: (plan, context) =>
    knowsMore(context) ? [] : preorder(plan.root).flatMap((node) => matchOf(node) ?? []),
};

const knowsMore = (context: RuleContext) => context.facts.length > 0 || context.stats.calls > 0;

function matchOf(node: PlanNode): RuleMatch | undefined {
  const columns = node.predicates.filter.flatMap((each) => each.columns);
  if (!readsAll(node) || columns.length === 0) return undefined;
  const kept = (node.act ?? node.est).rows;
  const read = rowsRead(node);
  const isFew =
    read === undefined
      ? kept <= fewKept.value
      : read >= leastRead.value && kept <= read * mostKept.value;
  const saves = read === undefined ? shareOf(node) : shareUnwanted(node, read, kept);
  if (!isFew || saves < leastSaved.value) return undefined;
  const rows = read === undefined ? 'all rows' : `${count(read)} rows`;
  return {
    message:
      `${describeRelation(node)}: reads ${rows} to keep ${node.act ? '' : 'about '}` +
      `${count(kept)}; filter on ${[...new Set(columns)].join(', ')}`,
    nodes: [node.id],
    saves,
  };
}

const readsAll = ({ op, index, predicates }: Plan['root']) =>
  op === 'SeqScan' || (index?.access === 'full' && predicates.index.length === 0);

/** Of one run; undefined where the plan does not say. */
function rowsRead({ act, ext }: PlanNode): number | undefined {
  if (act?.rowsRemovedByFilter !== undefined) return act.rows + act.rowsRemovedByFilter;
  const known = ext['rowsRead'] ?? ext['tableRows'];
  return typeof known === 'number' ? known : undefined;
}
