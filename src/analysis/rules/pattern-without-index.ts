import { sqlOf } from '../../dialects/habits.ts';
import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { createIndex } from '../advice.ts';
import { askedOf, type Condition } from '../conditions.ts';
import {
  block,
  compared,
  index,
  indexScan,
  mysqlTable,
  node,
  outer,
  seqScan,
  table,
  typed,
} from '../examples.ts';
import { expressionSql } from '../expression-sql.ts';
import { invertedIndex } from '../indexes.ts';
import { keepsMost } from '../order.ts';
import { count, type Rule, type RuleContext, tableOf, threshold, typesAreSure } from '../rule.ts';
import { judgedScans } from '../scan-cause.ts';
import { describeScan, rootOf, scanThresholds } from '../scans.ts';
import { shareBelow } from '../shares.ts';
import { isOfWalk, isWalk, toldOnce, type Walked } from '../walks.ts';
import { examinedACall, pagesACall, rowsACall } from '../work.ts';

const leastWalked = threshold(
  500,
  'pages a call',
  'fewer are walked through in a few milliseconds',
);
const leastExamined = threshold(
  10_000,
  'rows a call',
  'where rows are counted, not pages: fewer come by in some ten milliseconds',
);
const mostFound = threshold(
  0.25,
  'of what came by',
  'where more fit in all, fetching and sorting them takes as long as walking to the first',
);

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
  thresholds: { ...scanThresholds, leastWalked, leastExamined, mostFound },
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
    ...(
      [
        ['of which hardly any fits', 1_296, 20, true],
        ['of which the first fit', 60, 20, false],
        ['of which many fit', 620, 600, false],
      ] as const
    ).map(([name, pages, rows, finds]) => ({
      name: `the latest are walked through, ${name}`,
      finds,
      ...(finds ? { advises: '(q gin_trgm_ops); -- where each pattern has its beginning' } : {}),
      plan: node('Limit', { rows: 100, cost: 900 }, [
        outer(indexScan('log', 'log_at', { Filter: '(q ~~ $1)', rows: 1_000, cost: 9_000 })),
      ]),
      shape: { limit: true, ordered: true, relations: [{ name: 'log' }] },
      stats: { calls: 8, rows: 8 * rows, totalMs: 300, work: { pages: 8 * pages } },
      facts: [
        table('log', 200_000, {
          pages: 1_431,
          columns: [
            { name: 'at', type: 'timestamptz', correlation: 1 },
            { name: 'q', type: 'varchar', distinct: 20_002 },
          ],
          indexes: [index('log_at', ['at'])],
        }),
      ],
    })),
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
  check: (plan, context) => [
    ...judgedScans(plan, context).flatMap(({ scan: of, cause }) => {
      if (cause.kind !== 'pattern') return [];
      const all = [cause.condition, ...(cause.others ?? [])];
      const told = all.map((each) => toldOf(each, of.table, plan, context));
      return [
        {
          message:
            `${describeScan(of)}: ` +
            `${told.map(({ what }) => `${what} in every row`).join(', or ')}`,
          fix: fixOf(told, plan),
          nodes: of.nodes.map(({ id }) => id),
          saves: of.saves,
        },
      ];
    }),
    ...toldOnce(preorder(plan.root).flatMap((each) => walkedFor(each, plan, context) ?? [])),
  ],
};

interface Told {
  what: string;
  fix: string | undefined;
  /** Nobody knows whether its patterns have their beginning. */
  open: boolean;
}

/** A row that fits comes by so seldom that finding all of those and sorting them is sooner done. */
function walkedFor(scan: PlanNode, plan: Plan, context: RuleContext): Walked | undefined {
  const facts = tableOf(scan, context);
  const { limit, offset, relations = [], joins = 0, subqueries = 0 } = context.shape ?? {};
  const alone = relations.length === 1 && joins + subqueries === 0;
  if (!facts || !limit || offset || !alone || !typesAreSure(plan)) return undefined;
  if (!isWalk(scan, facts, plan, context)) return undefined;
  const said = [...scan.predicates.index, ...scan.predicates.filter];
  const order = facts.indexes.find(({ name }) => name === scan.index?.name);
  const { conditions, alternatives } = askedOf(scan, said, facts);
  const [asked, ...others] = conditions.filter(
    (each) => !keepsMost(each, facts) && !isOfWalk(each, order),
  );
  if (asked?.kind !== 'pattern' || others.length + alternatives.length > 0) return undefined;
  if (invertedIndex(facts.indexes, asked)) return undefined;
  const [examined, returned] = [examinedACall(context), rowsACall(context) ?? 0];
  const looked = examined ?? pagesACall(context) ?? 0;
  const first = facts.columns?.find(({ name }) => name === order?.keys[0]);
  const together = Math.abs(first?.correlation ?? 0) >= inOrder;
  const passed = together ? (looked * facts.rows) / Math.max(1, facts.pages) : looked;
  const least = examined === undefined ? leastWalked.value : leastExamined.value;
  if (looked < least || (facts.rows * returned) / passed > looked * mostFound.value)
    return undefined;
  const told = toldOf(asked, rootOf(facts, facts.rows), plan, context);
  const counted = examined === undefined ? 'pages' : 'rows';
  return {
    scan,
    facts,
    how: `about ${count(looked)} ${counted} a call, and ${told.what} in each row that comes by`,
    fix: fixOf([told], plan),
    saves: shareBelow(plan.root) * (1 - mostFound.value),
  };
}
/** Rows stand as the index has them: many that come by are of one page. */
const inOrder = 0.9;

function toldOf(
  { column, wrapped, operator }: Condition,
  table: TableFacts,
  plan: Plan,
  { shape }: RuleContext,
): Told {
  const sql = sqlOf(plan.engine);
  const key = wrapped ? expressionSql(wrapped, table, sql) : {};
  const asked = shape?.comparisons.filter((each) => each.column === column) ?? [];
  const open = asked.some((each) => each.openStart);
  const fixed = !wrapped && asked.length > 0 && asked.every((each) => each.fixedStart);
  return {
    what:
      `${wrapped?.text ?? column} is compared with a pattern` +
      `${open ? ' that begins with a wildcard' : ''}` +
      `${fixed ? ' of which the first letters are known' : ''}`,
    fix:
      (fixed ? byBeginning(plan, table, column) : undefined) ??
      (key && sql.invertedIndex(table, { column, ...key }, 'pattern')),
    open: !open && !fixed && operator === '~~',
  };
}

function fixOf(told: readonly Told[], { engine }: Plan): string {
  const { patternAdvice, beginningRemark } = sqlOf(engine);
  const fixes = told.flatMap(({ fix }) => fix ?? []);
  if (fixes.length < told.length) return patternAdvice;
  const remark = beginningRemark && told.every(({ open }) => open) ? ` -- ${beginningRemark}` : '';
  return [...new Set(fixes.join(' ').split(/(?<=;) /))].join(' ') + remark;
}

/** Of texts alone: of a number the letters are in no index. */
function byBeginning(plan: Plan, table: TableFacts, column: string): string | undefined {
  const type = table.columns?.find(({ name }) => name === column)?.type ?? '';
  return /char|text/.test(type) ? createIndex(plan, table, [{ column }]) : undefined;
}
