import { sqlOf } from '../../dialects/habits.ts';
import type { Plan } from '../../model/plan.ts';
import type { Condition } from '../conditions.ts';
import { block, index, mysqlTable, seqScan, table } from '../examples.ts';
import type { Rule } from '../rule.ts';
import { judgedScans } from '../scan-cause.ts';
import { describeScan, type Scan, scanThresholds } from '../scans.ts';

const scan = (filter: string) => seqScan('things', { filter, rows: 5, cost: 900 });
const columns = [
  { name: 'doc', type: 'jsonb' },
  { name: 'tags', type: '_text' },
  { name: 'ip', type: 'inet' },
];
const things = (...indexes: ReturnType<typeof index>[]) =>
  table('things', 50_000, { columns, indexes });

export const documentWithoutIndex: Rule = {
  id: 'document-without-index',
  title: 'Documents, arrays or ranges are looked into in every row',
  why:
    'What stands inside a JSON document or an array is in no usual index: every value is read, ' +
    'unpacked and looked through. What lies within a range or a network is in none either.',
  fix:
    'An inverted index (GIN) on the column, or an index on the part that is asked for; GiST for ' +
    'ranges and addresses.',
  category: 'index',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: scanThresholds,
  examples: [
    { name: 'containment', finds: true, plan: scan('(doc @> $1)'), facts: [things()] },
    {
      name: 'a B-tree on the document is of no use',
      finds: true,
      plan: scan('(doc @> $1)'),
      facts: [things(index('things_doc', ['doc']))],
    },
    { name: 'a value of it', finds: true, plan: scan('((doc ->> ?) = $1)'), facts: [things()] },
    {
      name: 'an array',
      finds: true,
      plan: scan('($1 = ANY (tags))'),
      facts: [things(index('things_tags', ['tags'], { method: 'gin' }))],
    },
    {
      name: 'addresses of a network',
      finds: true,
      advises: 'USING gist (ip inet_ops)',
      plan: scan('(ip << $1)'),
      stats: { calls: 10, rows: 40, totalMs: 90, work: { pages: 10_000 } },
      facts: [things()],
    },
    {
      name: 'by their own index',
      finds: false,
      plan: scan('(ip << $1)'),
      stats: { calls: 10, rows: 40, totalMs: 90, work: { pages: 10_000 } },
      facts: [things(index('things_ip', ['ip'], { method: 'gist' }))],
    },
    {
      name: 'MySQL',
      finds: true,
      engine: 'mysql',
      plan: block(
        mysqlTable('things', {
          rows: 50_000,
          condition: "(json_extract(`shop`.`things`.`doc`,'$.a') = 5)",
        }),
      ),
      stats: { calls: 10, rows: 20, totalMs: 90, work: { rowsExamined: 500_000 } },
      facts: [things()],
    },
    {
      name: 'GIN is there',
      finds: false,
      plan: scan('(doc @> $1)'),
      facts: [things(index('things_doc', ['doc'], { method: 'gin' }))],
    },
    {
      name: 'the part has an index',
      finds: false,
      plan: scan('((doc ->> ?) = $1)'),
      facts: [things(index('things_kind', ['(doc ->> ?)']))],
    },
  ],
  check: (plan, context) =>
    judgedScans(plan, context).flatMap(({ scan: of, cause }) => {
      if (cause.kind !== 'document') return [];
      const { column, wrapped } = cause.condition;
      return [
        {
          message: `${describeScan(of)}: ${wrapped?.text ?? column} is looked into in every row`,
          fix: indexOf(plan, of, cause.condition),
          nodes: of.nodes.map(({ id }) => id),
          saves: of.saves,
        },
      ];
    }),
};

/** `= ANY (tags)` and `->>` are not what GIN knows: those are said in words. */
function indexOf(plan: Plan, { table: facts }: Scan, { column, wrapped, operator }: Condition) {
  const sql = sqlOf(plan.engine);
  const asIs = !wrapped && operator !== 'any';
  return (asIs && sql.invertedIndex(facts, { column }, 'contained')) || sql.documentAdvice;
}
