import { habitsOf, sqlOf } from '../../dialects/habits.ts';
import { type Op, type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import { block, mysqlTable, node, ran, table } from '../examples.ts';
import { count, type Rule, type RuleContext, type RuleMatch, tableOf, threshold } from '../rule.ts';
import { shareBelow, shareOf } from '../shares.ts';
import { bytesOfSetting, examinedACall, rowsACall } from '../work.ts';

const leastBytes = threshold(
  1,
  'MiB of temporary files a call',
  'as much stays in the server’s page cache and is never waited for',
);
const leastCalls = threshold(
  2,
  'calls in the interval',
  'a report that runs once may sort on disk: memory for it would stand idle',
);
const memoryForDisk = threshold(
  2.5,
  'bytes of memory for one on disk',
  'rows in memory have pointers and padding that they have not in a file',
);
const mostMemory = threshold(
  512,
  'MiB for one node',
  'every sort and hash of every session may take as much: then fewer rows are the answer',
);
const leastMemory = threshold(
  1,
  'MiB of work_mem',
  'a fourth of what a server comes with: less was given by mistake',
);
const leastSaved = threshold(
  0.1,
  'of the work',
  'writing and reading files is seldom less of a statement that does it on every call',
);
const leastExamined = threshold(
  10_000,
  'rows examined a call',
  'MySQL and MariaDB count a table on disk however small it is',
);

const leastMerges = threshold(
  2,
  'merges of runs a call',
  'one puts up to fifteen runs together at the end, which is how any large sort ends',
);

/** Those that keep rows in memory. */
const keepsRows = new Set<Op>([
  ...(['Sort', 'IncrementalSort', 'Hash', 'Aggregate', 'Materialize', 'WindowAgg'] as const),
  ...(['SetOp', 'CteScan', 'Unique'] as const),
]);

const mebibyte = 1_024 ** 2;
const sortOf = (rows: number, width = 8) =>
  node('Sort', { 'Sort Key': ['total'], rows, cost: rows / 6, 'Plan Width': width });
const filesort = block({
  ordering_operation: {
    using_temporary_table: true,
    using_filesort: true,
    ...mysqlTable('orders', { rows: 300_000 }),
  },
});

export const spill: Rule = {
  id: 'spill',
  title: 'Sorts, hashes or temporary tables do not fit their memory and go to disk',
  category: 'configuration',
  follows: (
    'order-by-random needless-distinct large-offset sort-without-index materialized-cte ' +
    'derived-without-key join-buffer having-for-where cartesian-product or-across-tables'
  ).split(' '),
  why: 'Temporary files are many times slower than memory and compete with everyone for the disk.',
  fix:
    'Return or sort fewer rows, add an index that gives the order, or raise the memory for the ' +
    'sessions that need it alone: work_mem of the role; sort_buffer_size and tmp_table_size.',
  engines: { postgres: true, mysql: true, mariadb: true },
  readOnly: ['sqlserver', 'oracle'],
  needs: { estimate: ['counters'], actual: [] },
  thresholds: {
    leastBytes,
    leastCalls,
    memoryForDisk,
    mostMemory,
    leastMemory,
    leastSaved,
    leastExamined,
    leastMerges,
  },
  examples: [
    {
      name: 'temp blocks in the statistics',
      finds: true,
      plan: sortOf(300_000),
      stats: { calls: 4, tempBlocksWritten: 12_000 },
    },
    {
      name: 'MySQL: runs of a sort were merged on every call',
      finds: true,
      engine: 'mysql',
      plan: filesort,
      stats: { calls: 10, work: { sortMerges: 40, rowsExamined: 3_000_000 } },
    },
    {
      name: 'MySQL: a small temporary table on disk, since it holds a text',
      finds: false,
      engine: 'mysql',
      plan: filesort,
      stats: { calls: 10, work: { diskTables: 10, rowsExamined: 900 } },
    },
    {
      name: 'MySQL: all that is read would fit the memory for it',
      finds: false,
      engine: 'mysql',
      plan: filesort,
      stats: { calls: 10, work: { diskTables: 10, rowsExamined: 400_000 } },
      settings: { tmp_table_size: '16777216' },
      facts: [table('orders', 40_000)],
    },
    {
      name: 'nothing is written, but a sort would not fit what the role was given',
      finds: true,
      plan: sortOf(30_000, 60),
      stats: { calls: 4, user: 'app' },
      settings: { work_mem: '64kB' },
    },
    {
      name: 'it fits',
      finds: false,
      plan: sortOf(90, 60),
      stats: { calls: 4 },
      settings: { work_mem: '64kB' },
    },
    {
      name: 'a report, once',
      finds: false,
      plan: sortOf(300_000),
      stats: { calls: 1, tempBlocksWritten: 12_000 },
    },
    {
      name: 'nothing written',
      finds: false,
      plan: sortOf(100),
      stats: { calls: 4, tempBlocksWritten: 0 },
    },
    {
      name: 'measured: external sort',
      finds: true,
      plan: node('Sort', {
        'Sort Key': ['total'],
        ...ran(1, { 'Sort Space Type': 'Disk', 'Sort Space Used': 9_000 }),
      }),
    },
  ],
  check(plan, context) {
    if (plan.mode === 'actual') return measured(plan);
    if (context.stats.calls < leastCalls.value) return [];
    const seen = [...toFiles(plan, context), ...toDisk(plan, context)];
    return seen.length ? seen : tooSmall(plan, context);
  },
};

const measured = ({ root, engine }: Plan): RuleMatch[] =>
  preorder(root)
    .filter(({ act }) => act?.sortOnDisk || (act?.hashBatches ?? 1) > 1)
    .map((node) => ({
      message: `${node.op} went to disk${size(node)}`,
      fix: habitsOf(engine).advice?.memory,
      nodes: [node.id],
      saves: shareOf(node) / 2,
    }));

const size = ({ act }: PlanNode) => (act?.sortSpaceKb ? ` with ${count(act.sortSpaceKb)} kB` : '');

/** PostgreSQL counts what it writes to temporary files. */
function toFiles(plan: Plan, context: RuleContext): RuleMatch[] {
  const { stats, settings } = context;
  const { planner } = habitsOf(plan.engine);
  const sql = sqlOf(plan.engine);
  const bytes = (stats.tempBlocksWritten * planner.pageBytes) / stats.calls;
  if (bytes < leastBytes.value * mebibyte) return [];
  const now = settings?.['work_mem'] ?? plan.settings['work_mem'];
  const wanted = memoryFor(bytes, bytesOfSetting(now, 1_024));
  const set =
    wanted === undefined ? undefined : sql.setForRole?.(stats.user, 'work_mem', `${wanted}MB`);
  const has = now ? `, where work_mem is ${now}` : '';
  return [
    {
      message:
        `writes ${count(bytes / mebibyte)} MB of temporary files a call${has}` +
        (wanted ? `; ${wanted}MB would hold it` : ''),
      fix: set,
      ...spilling(plan),
    },
  ];
}

/** Nothing is written, for the planner goes a longer way: what it avoids does not fit. */
function tooSmall(plan: Plan, context: RuleContext): RuleMatch[] {
  const setting = context.settings?.['work_mem'];
  const memory = bytesOfSetting(setting, 1_024);
  if (!memory || memory >= leastMemory.value * mebibyte) return [];
  const [largest] = preorder(plan.root)
    .filter(({ op }) => keepsRows.has(op))
    .map((node) => ({ node, bytes: node.est.rows * node.est.width }))
    .toSorted((a, b) => b.bytes - a.bytes);
  if (!largest || largest.bytes < memory * memoryForDisk.value) return [];
  const wanted = memoryFor(largest.bytes, memory);
  const { user } = context.stats;
  return [
    {
      message:
        `${largest.node.op} of about ${count(largest.node.est.rows)} rows, ` +
        `${count(largest.bytes / 1_024)} KiB, does not fit work_mem of ${setting}`,
      fix:
        wanted === undefined
          ? undefined
          : sqlOf(plan.engine).setForRole?.(user, 'work_mem', `${wanted}MB`),
      nodes: [largest.node.id],
      saves: shareBelow(plan.root) / 2,
    },
  ];
}

/** A power of two, in MiB; undefined where it would be too much. */
function memoryFor(bytes: number, now = 0): number | undefined {
  const least = Math.max(bytes * memoryForDisk.value, now * 2, mebibyte) / mebibyte;
  const wanted = 2 ** Math.ceil(Math.log2(least));
  return wanted <= mostMemory.value ? wanted : undefined;
}

/** MySQL and MariaDB count sorts that were merged, and temporary tables that did not fit. */
function toDisk(plan: Plan, context: RuleContext): RuleMatch[] {
  const { calls, work } = context.stats;
  if ((examinedACall(context) ?? 0) < leastExamined.value) return [];
  const [merges, tables] = [(work?.sortMerges ?? 0) / calls, (work?.diskTables ?? 0) / calls];
  const merged = merges >= leastMerges.value;
  if (!merged && tables < 1) return [];
  const [what, setting] = merged
    ? [`merges ${count(merges)} runs of its sort`, 'sort_buffer_size']
    : [`makes ${count(tables)} temporary tables on disk`, 'tmp_table_size'];
  const now = bytesOfSetting(context.settings?.[setting]);
  if (!merged && now !== undefined && bytesKept(plan, context) < now) return [];
  const has = now ? `, where ${setting} is ${count(now / 1_024)} KiB` : '';
  return [
    {
      message: `a call ${what}${has}`,
      fix: habitsOf(plan.engine).advice?.memory,
      ...spilling(plan),
    },
  ];
}

/**
 * Into a temporary table, at the most: of groups those that are returned, else all that a call
 * looks at. What is less went to disk for a type that memory does not take.
 */
function bytesKept(plan: Plan, context: RuleContext): number {
  const { pageBytes } = habitsOf(plan.engine).planner;
  const read = preorder(plan.root).flatMap((node) => tableOf(node, context) ?? []);
  if (read.length === 0) return Number.POSITIVE_INFINITY;
  const widths = read.map(({ pages, rows }) => (pages * pageBytes) / Math.max(1, rows));
  const { shape } = context;
  const returned = shape?.grouped && !shape.limit && shape.subqueries === 0;
  const rows = (returned ? rowsACall(context) : undefined) ?? examinedACall(context) ?? 0;
  return rows * Math.max(...widths);
}

function spilling({ root }: Plan): Pick<RuleMatch, 'nodes' | 'saves'> {
  const keeping = preorder(root).filter(({ op }) => keepsRows.has(op));
  const nodes = keeping.length ? keeping : [root];
  // Half, since a node in memory costs too; MySQL and MariaDB print no cost of it.
  const saves = Math.max(shareOf(...nodes) / 2, leastSaved.value);
  return { nodes: nodes.map(({ id }) => id), saves };
}
