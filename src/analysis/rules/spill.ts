import { preorder } from '../../model/plan.ts';
import { count, type Rule } from '../rule.ts';

/** 8 KiB blocks: 1 MiB a call. */
const leastBlocks = 128;

export const spill: Rule = {
  id: 'spill',
  title: 'Sorts or hashes do not fit work_mem and go to disk',
  why: 'Temporary files are many times slower than memory and compete with everyone for the disk.',
  fix: 'Return or sort fewer rows, add an index that gives the order, or raise work_mem for this role alone.',
  engines: { postgres: true, mysql: false, mariadb: false },
  examples: [
    {
      name: 'temp blocks in the statistics',
      finds: true,
      plan: {
        'Node Type': 'Sort',
        'Sort Key': ['total'],
        'Plan Rows': 300_000,
        'Total Cost': 50_000,
      },
      stats: { calls: 4, tempBlocksWritten: 12_000 },
    },
    {
      name: 'nothing written',
      finds: false,
      plan: { 'Node Type': 'Sort', 'Sort Key': ['total'], 'Plan Rows': 100, 'Total Cost': 50 },
      stats: { calls: 4, tempBlocksWritten: 0 },
    },
    {
      name: 'measured: external sort',
      finds: true,
      plan: {
        'Node Type': 'Sort',
        'Sort Key': ['total'],
        'Sort Space Type': 'Disk',
        'Sort Space Used': 9_000,
        'Plan Rows': 1,
        'Total Cost': 1,
        'Actual Rows': 1,
        'Actual Loops': 1,
        'Actual Total Time': 5,
        'Actual Startup Time': 5,
      },
    },
  ],
  check(plan, { stats }) {
    const nodes = [...preorder(plan.root)];
    if (plan.mode === 'actual') {
      return nodes
        .filter(({ act }) => act?.sortOnDisk || (act?.hashBatches ?? 1) > 1)
        .map((node) => ({
          severity: 'warning' as const,
          message: `${node.op} went to disk${node.act?.sortSpaceKb ? ` with ${count(node.act.sortSpaceKb)} kB` : ''}`,
          fix: this.fix,
          nodes: [node.id],
        }));
    }
    const perCall = stats.calls ? stats.tempBlocksWritten / stats.calls : 0;
    if (perCall < leastBlocks) return [];
    const suspects = nodes
      .filter(
        ({ op }) =>
          op === 'Sort' ||
          op === 'Hash' ||
          op === 'Aggregate' ||
          op === 'Materialize' ||
          op === 'WindowAgg',
      )
      .map(({ id }) => id);
    return [
      {
        severity: 'warning',
        message: `writes ${count((perCall * 8) / 1_024)} MB of temporary files a call`,
        fix: this.fix,
        nodes: suspects,
      },
    ];
  },
};
