import { analyse } from '../src/analysis/analyse.ts';
import { compared, index, node, table, typed } from '../src/analysis/examples.ts';
import type { RuleContext } from '../src/analysis/rule.ts';
import { rules } from '../src/analysis/rules/index.ts';
import type { Plan } from '../src/model/plan.ts';
import { emptyShape } from '../src/model/query-shape.ts';
import { planOf } from '../test/support/plans.ts';
import { cpuMs, median, quantileOf, type Section } from './harness.ts';

/** What one plan of ten nodes costs, with every rule and all that they ask for. */
const batches = 300;
const each = 100;

export function analysis(): Section {
  const plan = planOf(tenNodes);
  let findings = 0;
  const measured = (plansOf: () => readonly Plan[]) => {
    const batch = () => {
      const plans = plansOf();
      const before = cpuMs();
      for (const one of plans)
        findings = analyse(rules, one, context, { mutes: [], timeShare: 0.1 }).length;
      return (cpuMs() - before) / each;
    };
    for (let i = 0; i < 20; i += 1) batch();
    return Array.from({ length: batches }, batch);
  };
  const took = measured(() => Array.from({ length: each }, () => structuredClone(plan)));
  const same = Array.from({ length: each }, () => plan);
  const again = measured(() => same);
  const mean = took.reduce((sum, ms) => sum + ms, 0) / took.length;
  return {
    title: 'Analysis',
    how:
      `analyse() of a plan of ${plan.totals.nodes} nodes over three tables of ${columns} columns ` +
      `and ${indexes} indexes each, with all ${rules.length} rules, of which ${findings} speak: ` +
      `${batches} batches of ${each} after 20, by the CPU time of the process`,
    rows: [
      ['CPU a plan, median', `${median(took).toFixed(3)} ms`, '≤ 0.2 ms'],
      ['CPU a plan, 99th percentile', `${quantileOf(took, 0.99).toFixed(3)} ms`, ''],
      ['one that comes again, median', `${median(again).toFixed(3)} ms`, ''],
      ['plans a second and core', (1_000 / mean).toFixed(0), '≥ 2,000'],
    ],
  };
}

const columns = 16;
const indexes = 5;

const scan = (type: string, name: string, alias: string, keys: object) =>
  node(type, {
    rows: 500,
    cost: 400,
    Schema: 'public',
    'Relation Name': name,
    Alias: alias,
    ...keys,
  });

const tenNodes = node('Limit', { rows: 20, cost: 900 }, [
  node('Sort', { rows: 300, cost: 890, 'Sort Key': ['(sum(l.price)) DESC'] }, [
    node('Aggregate', { rows: 300, cost: 880, Strategy: 'Hashed', 'Group Key': ['c.name'] }, [
      node('Hash Join', { rows: 900, cost: 850, 'Hash Cond': '(l.order_id = o.id)' }, [
        node('Nested Loop', { rows: 400, cost: 600 }, [
          scan('Seq Scan', 'orders', 'o', {
            Filter: '((o.status = $1) AND (o.placed_at > $2) AND (lower(o.code) = $3))',
          }),
          scan('Index Scan', 'customers', 'c', {
            rows: 1,
            cost: 1,
            'Index Name': 'customers_pkey',
            'Index Cond': '(c.id = o.customer_id)',
          }),
        ]),
        node('Hash', { rows: 800, cost: 200 }, [
          {
            ...scan('Bitmap Heap Scan', 'lines', 'l', {
              'Recheck Cond': '(l.product_id = $4)',
              Filter: '(l.quantity > $5)',
            }),
            Plans: [
              node('Bitmap Index Scan', {
                rows: 800,
                cost: 20,
                'Index Name': 'lines_product',
                'Index Cond': '(l.product_id = $4)',
              }),
            ],
          },
        ]),
      ]),
    ]),
  ]),
]);

const facts = ['orders', 'customers', 'lines'].map((name) =>
  table(name, 500_000, {
    columns: typed(
      Object.fromEntries(
        [
          'id',
          'customer_id',
          'order_id',
          'product_id',
          'status',
          'placed_at',
          'code',
          'quantity',
          ...Array.from({ length: columns - 8 }, (_, i) => `c${i}`),
        ].map((column): [string, [string, number]] => [column, ['text', 5_000]]),
      ),
    ),
    indexes: [
      index(`${name}_pkey`, ['id'], { unique: true }),
      index('lines_product', ['product_id']),
      ...Array.from({ length: indexes - 2 }, (_, i) =>
        index(`${name}_${i}`, [`c${i}`, `c${i + 1}`]),
      ),
    ],
  }),
);

const context: RuleContext = {
  stats: {
    key: 'k',
    nativeId: '1',
    database: 'd',
    user: 'u',
    toplevel: true,
    calls: 1_000,
    totalMs: 40_000,
    meanMs: 40,
    rows: 20_000,
    tempBlocksWritten: 0,
    work: { pages: 9_000_000 },
    isNew: false,
  },
  fingerprint: { algorithm: 'bench', value: 'f' },
  facts,
  shape: {
    ...emptyShape(),
    relations: [
      { name: 'orders', alias: 'o' },
      { name: 'customers', alias: 'c' },
      { name: 'lines', alias: 'l' },
    ],
    functions: ['lower', 'sum'],
    comparisons: [
      compared('status', { qualifier: 'o' }),
      compared('placed_at', { qualifier: 'o', operator: '>' }),
      compared('code', { qualifier: 'o', function: 'lower', sole: true, wrapped: 'function' }),
      compared('product_id', { qualifier: 'l' }),
      compared('quantity', { qualifier: 'l', operator: '>' }),
    ],
    grouped: true,
    ordered: true,
    limit: true,
    joins: 2,
    orderBy: [{ expression: 'sum', descending: true }],
    groupBy: [{ column: 'name', qualifier: 'c' }],
    columns: 2,
    filtered: true,
  },
  settings: { work_mem: '4096kB', jit: 'on' },
  interval_ms: 60_000,
  timeShare: 0.1,
};
