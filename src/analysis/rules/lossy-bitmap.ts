import { preorder } from '../../model/plan.ts';
import { count, describeRelation, type Rule } from '../rule.ts';

export const lossyBitmap: Rule = {
  id: 'lossy-bitmap',
  title: 'A bitmap did not fit work_mem and remembers pages instead of rows',
  why: 'Every row of such a page is read and checked again.',
  fix: 'Raise work_mem for this role, or make the condition more selective.',
  engines: { postgres: true, mysql: false, mariadb: false },
  examples: [
    { name: 'lossy blocks', finds: true, plan: scan(4_000) },
    { name: 'exact', finds: false, plan: scan(0) },
  ],
  check: (plan) =>
    [...preorder(plan.root)].flatMap((node) => {
      const { lossyBlocks = 0, exactBlocks = 0 } = node.act ?? {};
      if (lossyBlocks === 0) return [];
      return [
        {
          severity: 'info' as const,
          message: `${describeRelation(node)}: ${count(lossyBlocks)} of ${count(lossyBlocks + exactBlocks)} pages are lossy`,
          fix: lossyBitmap.fix,
          nodes: [node.id],
        },
      ];
    }),
};

function scan(lossy: number) {
  return {
    'Node Type': 'Bitmap Heap Scan',
    'Relation Name': 't',
    'Recheck Cond': '(x = 1)',
    'Plan Rows': 9_000,
    'Total Cost': 300,
    'Actual Rows': 9_000,
    'Actual Loops': 1,
    'Actual Total Time': 5,
    'Actual Startup Time': 0,
    'Exact Heap Blocks': 100,
    'Lossy Heap Blocks': lossy,
  };
}
