import { preorder } from '../../model/plan.ts';
import { node, ran } from '../examples.ts';
import { count, describeRelation, type Rule } from '../rule.ts';
import { shareOf } from '../shares.ts';

const scan = (lossy: number) =>
  node('Bitmap Heap Scan', {
    'Relation Name': 't',
    'Recheck Cond': '(x = 1)',
    rows: 9_000,
    cost: 300,
    ...ran(9_000, { 'Exact Heap Blocks': 100, 'Lossy Heap Blocks': lossy }),
  });

export const lossyBitmap: Rule = {
  id: 'lossy-bitmap',
  title: 'A bitmap did not fit work_mem and remembers pages instead of rows',
  why: 'Every row of such a page is read and checked again.',
  fix: 'Raise work_mem for this role, or make the condition more selective.',
  category: 'configuration',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { actual: [] },
  thresholds: {},
  examples: [
    { name: 'lossy blocks', finds: true, plan: scan(4_000) },
    { name: 'exact', finds: false, plan: scan(0) },
  ],
  check: (plan) =>
    preorder(plan.root).flatMap((node) => {
      const { lossyBlocks = 0, exactBlocks = 0 } = node.act ?? {};
      if (lossyBlocks === 0) return [];
      return [
        {
          message:
            `${describeRelation(node)}: ${count(lossyBlocks)} of ` +
            `${count(lossyBlocks + exactBlocks)} pages are lossy`,
          nodes: [node.id],
          saves: shareOf(node),
        },
      ];
    }),
};
