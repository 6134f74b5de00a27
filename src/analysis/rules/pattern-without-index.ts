import { sqlOf } from '../../dialects/habits.ts';
import type { Plan } from '../../model/plan.ts';
import { createIndex } from '../advice.ts';
import type { Condition } from '../conditions.ts';
import { block, compared, index, mysqlTable, seqScan, table, typed } from '../examples.ts';
import { expressionSql } from '../expression-sql.ts';
import type { Rule, RuleContext } from '../rule.ts';
import { judgedScans } from '../scan-cause.ts';
import { describeScan, type Scan, scanThresholds } from '../scans.ts';

const scan = (filter: string) => seqScan('users', { filter, rows: 5, cost: 900 });
const columns = [{ name: 'email', type: 'text' }];
const users = (...indexes: ReturnType<typeof index>[]) =>
  table('users', 50_000, { columns, indexes });

export const patternWithoutIndex: Rule = {
  id: 'pattern-without-index',
  title: 'A pattern is looked for in every row',
  why:
    'A B-tree finds what begins with some letters; where a pattern begins with a wildcard, or is ' +
    'a ' +
    'regular expression, every value is read and compared.',
  fix: 'An index over the pieces of the text (trigrams), or a search by words.',
  category: 'index',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: scanThresholds,
  examples: [
    {
      name: 'a leading wildcard',
      finds: true,
      plan: scan('(email ~~ $1)'),
      shape: { comparisons: [compared('email', { operator: '~~', openStart: true })] },
      facts: [users(index('users_email', ['email']))],
    },
    {
      name: 'a search in two columns',
      finds: true,
      advises: '(email gin_trgm_ops); CREATE INDEX CONCURRENTLY ON public.users USING gin (name',
      plan: scan('((email ~~* $1) OR (name ~~* $2))'),
      facts: [table('users', 50_000, { columns: typed({ email: 'text', name: 'text' }) })],
    },
    { name: 'a regular expression', finds: true, plan: scan('(email ~ $1)'), facts: [users()] },
    {
      name: 'over a function',
      finds: true,
      plan: scan('(lower(email) ~~ $1)'),
      facts: [users()],
    },
    {
      name: 'MySQL',
      finds: true,
      engine: 'mysql',
      plan: block(
        mysqlTable('users', {
          rows: 50_000,
          filtered: 11.11,
          condition: "(`shop`.`users`.`email` like '%x%')",
        }),
      ),
      stats: { calls: 10, rows: 20, totalMs: 90, work: { rowsExamined: 500_000 } },
      facts: [users()],
    },
    {
      name: 'MySQL: of which the first letters are known',
      finds: true,
      advises: 'ADD INDEX (`email`',
      engine: 'mysql',
      plan: block(
        mysqlTable('users', {
          rows: 50_000,
          filtered: 11.11,
          condition: "(`shop`.`users`.`email` like 'u5%')",
        }),
      ),
      shape: { comparisons: [compared('email', { operator: 'like', fixedStart: true })] },
      stats: { calls: 10, rows: 20, totalMs: 90, work: { rowsExamined: 500_000 } },
      facts: [users()],
    },
    {
      name: 'MySQL: a value is asked for besides, of which nobody knows how many have it',
      finds: true,
      advises: 'ADD INDEX (`email`)',
      engine: 'mysql',
      plan: block(
        mysqlTable('users', {
          rows: 50_000,
          filtered: 1.11,
          condition: "((`shop`.`users`.`state` = 'x') and (`shop`.`users`.`email` like 'u5%'))",
        }),
      ),
      shape: {
        comparisons: [compared('state'), compared('email', { operator: 'like', fixedStart: true })],
        aggregates: [{ function: 'sum', column: 'n' }],
      },
      stats: { calls: 10, rows: 10, totalMs: 90, work: { rowsExamined: 500_000 } },
      facts: [table('users', 50_000, { columns: typed({ state: 'varchar', email: 'varchar' }) })],
    },
    {
      name: 'trigrams are there',
      finds: false,
      plan: scan('(email ~~ $1)'),
      facts: [users(index('users_email', ['email'], { method: 'gin' }))],
    },
    {
      name: 'production finds the beginning in the index: a call looks at eleven pages',
      finds: false,
      plan: scan('(email ~~ $1)'),
      stats: { calls: 10, rows: 50, totalMs: 9, work: { pages: 110 } },
      facts: [users(index('users_email', ['email']))],
    },
  ],
  check: (plan, context) =>
    judgedScans(plan, context).flatMap(({ scan: of, cause }) => {
      if (cause.kind !== 'pattern') return [];
      const all = [cause.condition, ...(cause.others ?? [])];
      const told = all.map((each) => toldOf(each, of, plan, context));
      const fixes = told.flatMap(({ fix }) => fix ?? []);
      return [
        {
          message: `${describeScan(of)}: ${told.map(({ message }) => message).join(', or ')}`,
          fix:
            fixes.length === all.length
              ? [...new Set(fixes.join(' ').split(/(?<=;) /))].join(' ')
              : sqlOf(plan.engine).patternAdvice,
          nodes: of.nodes.map(({ id }) => id),
          saves: of.saves,
        },
      ];
    }),
};

function toldOf({ column, wrapped }: Condition, of: Scan, plan: Plan, { shape }: RuleContext) {
  const sql = sqlOf(plan.engine);
  const key = wrapped ? expressionSql(wrapped, of.table, sql) : {};
  const asked = shape?.comparisons.filter((each) => each.column === column) ?? [];
  const open = asked.some((each) => each.openStart);
  const fixed = !wrapped && asked.length > 0 && asked.every((each) => each.fixedStart);
  return {
    message:
      `${wrapped?.text ?? column} is compared with a pattern ` +
      `${open ? 'that begins with a wildcard ' : ''}` +
      `${fixed ? 'of which the first letters are known ' : ''}in every row`,
    fix:
      (fixed ? byBeginning(plan, of, column) : undefined) ??
      (key && sql.invertedIndex(of.table, { column, ...key }, 'pattern')),
  };
}

/** Of texts alone: of a number the letters are in no index. */
function byBeginning(plan: Plan, { table: of }: Scan, column: string): string | undefined {
  const type = of.columns?.find(({ name }) => name === column)?.type ?? '';
  return /char|text/.test(type) ? createIndex(plan, of, [{ column }]) : undefined;
}
