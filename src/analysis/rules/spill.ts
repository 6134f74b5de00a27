import { type Op, type PlanNode, preorder } from '../../model/plan.ts';
import { node, ran } from '../examples.ts';
import { count, type Rule, threshold } from '../rule.ts';
import { shareOf } from '../shares.ts';

const leastBlocks = threshold(128, 'blocks of 8 KiB a call', 'a megabyte stays in the page cache');

/** Those that keep rows in work_mem. */
const keepsRows = new Set<Op>(['Sort', 'Hash', 'Aggregate', 'Materialize', 'WindowAgg']);

export const spill: Rule = {
  id: 'spill',
  title: 'Sorts or hashes do not fit work_mem and go to disk',
  why: 'Temporary files are many times slower than memory and compete with everyone for the disk.',
  fix:
    'Return or sort fewer rows, add an index that gives the order, or raise work_mem for ' +
    'this role ' +
    'alone.',
  category: 'configuration',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: ['counters'], actual: [] },
  thresholds: { leastBlocks },
  examples: [
    {
      name: 'temp blocks in the statistics',
      finds: true,
      plan: node('Sort', { 'Sort Key': ['total'], rows: 300_000, cost: 50_000 }),
      stats: { calls: 4, tempBlocksWritten: 12_000 },
    },
    {
      name: 'nothing written',
      finds: false,
      plan: node('Sort', { 'Sort Key': ['total'], rows: 100, cost: 50 }),
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
  check(plan, { stats }) {
    const nodes = preorder(plan.root);
    if (plan.mode === 'actual')
      return nodes
        .filter(({ act }) => act?.sortOnDisk || (act?.hashBatches ?? 1) > 1)
        .map((node) => ({
          message: `${node.op} went to disk${size(node)}`,
          nodes: [node.id],
          saves: shareOf(node),
        }));
    const perCall = stats.calls ? stats.tempBlocksWritten / stats.calls : 0;
    if (perCall < leastBlocks.value) return [];
    const keeping = nodes.filter(({ op }) => keepsRows.has(op));
    return [
      {
        message: `writes ${count((perCall * 8) / 1_024)} MB of temporary files a call`,
        nodes: keeping.map(({ id }) => id),
        saves: shareOf(...keeping),
      },
    ];
  },
};

const size = ({ act }: PlanNode) => (act?.sortSpaceKb ? ` with ${count(act.sortSpaceKb)} kB` : '');
