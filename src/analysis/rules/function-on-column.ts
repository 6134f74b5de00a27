import { expressionAdvice, rebuildIndex } from '../advice.ts';
import { isOfRows, nullSafe } from '../conditions.ts';
import {
  compared,
  index,
  indexScan,
  inner,
  node,
  outer,
  seqScan,
  table,
  typed,
} from '../examples.ts';
import { canonical, readExpression } from '../expression.ts';
import type { Rule } from '../rule.ts';
import { judgedScans } from '../scan-cause.ts';
import { describeScan, scanThresholds } from '../scans.ts';

const scan = (filter: string) => seqScan('users', { filter, rows: 5, cost: 900 });
const columns = typed({ email: 'text', score: 'int4', created_at: 'timestamptz' });
const users = (...keys: string[]) =>
  table('users', 50_000, { columns, indexes: [index('users_i', keys)] });

export const functionOnColumn: Rule = {
  id: 'function-on-column',
  title: 'What stands around a column keeps its index from being used',
  why:
    'An index on email holds emails, not lower(email), and one on n not n + 0 or coalesce(n, 0): ' +
    'the server has to compute it for every row.',
  fix:
    'An index on the expression, or a condition on the bare column (a range instead of a date ' +
    'part).',
  category: 'index',
  follows: ['invalid-index'],
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: scanThresholds,
  examples: [
    {
      name: 'lower(email)',
      finds: true,
      plan: scan('(lower(email) = $1)'),
      shape: { comparisons: [compared('email', { function: 'lower', sole: true })] },
      facts: [users('email')],
    },
    {
      name: 'an index on the expression exists',
      finds: false,
      plan: scan('(lower((email)::text) = $1)'),
      facts: [users('lower(email)')],
    },
    {
      name: 'bare column',
      finds: false,
      plan: scan('(email = $1)'),
      facts: [users('email')],
    },
    {
      name: 'cast to date',
      finds: true,
      plan: scan('((created_at)::date = $1)'),
      shape: { comparisons: [compared('created_at', { cast: 'date' })] },
      facts: [users('created_at')],
    },
    {
      name: 'coalesce',
      finds: true,
      plan: scan('(COALESCE(score, 0) = $1)'),
      facts: [users('score')],
    },
    {
      name: 'NULL is taken for a value: not what an index finds, though it is there',
      finds: true,
      plan: scan('((NOT (state IS DISTINCT FROM $1)) AND (NOT (email IS DISTINCT FROM $2)))'),
      stats: { calls: 10, rows: 10, totalMs: 50, work: { pages: 10_000 } },
      facts: [
        table('users', 50_000, {
          columns: typed({ email: ['text', 40_000], state: ['text', 2] }),
          indexes: [index('users_email', ['email'])],
        }),
      ],
    },
    {
      name: 'what is another than a value is most of them',
      finds: false,
      plan: scan('(email IS DISTINCT FROM $1)'),
      facts: [users('email')],
    },
    { name: 'arithmetic', finds: true, plan: scan('((score + 0) = $1)'), facts: [users('score')] },
    {
      name: 'joined as a text',
      finds: true,
      plan: node(
        'Hash Join',
        {
          'Join Type': 'Inner',
          'Hash Cond': '((u.score)::text = (p.id)::text)',
          rows: 9,
          cost: 990,
        },
        [
          outer(seqScan('users', { Alias: 'u', rows: 50_000, cost: 900 })),
          inner(node('Hash', { rows: 1, cost: 8 }, [outer(indexScan('p', 'p_pkey', { cost: 8 }))])),
        ],
      ),
      shape: { comparisons: [compared('score', { cast: 'text', wrapped: 'cast' })] },
      facts: [users('score')],
    },
    {
      name: 'another condition, which alone would find most rows, is no reason for an index on it',
      finds: true,
      plan: scan('(((score + 0) = $1) AND (state = $2))'),
      facts: [
        table('users', 50_000, {
          columns: typed({ score: ['int4', 40_000], state: ['text', 2] }),
          indexes: [index('users_i', ['score'])],
        }),
      ],
    },
    {
      name: 'it is of the other side’s column',
      finds: false,
      plan: scan('(email = lower(c.email))'),
      facts: [users('email')],
    },
  ],
  check: (plan, context) =>
    judgedScans(plan, context).flatMap(({ scan: of, cause }) => {
      if (cause.kind !== 'wrapped') return [];
      const { wrapped } = cause.condition;
      const same = wrapped && canonical(wrapped);
      const broken = rebuildIndex(
        plan,
        of.table,
        ([leading = '']) => canonical(readExpression(leading)) === same,
      );
      const also = broken ? `; ${broken.message}` : '';
      const nulls = cause.condition.operator === nullSafe;
      const how = isOfRows(cause.condition)
        ? `${wrapped?.text} are compared as one in every row, since no index finds that`
        : nulls
          ? `IS NOT DISTINCT FROM asks of ${cause.condition.column} in every row, since no index ` +
            'finds that'
          : `${wrapped?.text} is computed for every row`;
      return [
        {
          message: `${describeScan(of)}: ${how}${also}`,
          fix: broken?.fix ?? expressionAdvice(plan, of.table, cause.condition),
          nodes: of.nodes.map(({ id }) => id),
          saves: of.saves,
        },
      ];
    }),
};
