import type { PlanNode } from './plan.ts';

/**
 * What a node does, in the words of the model; where one of them stands for several operations that
 * are other work, in the server's.
 */
export function stepName({ op, nativeOp }: PlanNode): string {
  if (op === 'Unknown') return `Unknown ${nativeOp}`;
  if (op === 'Modify') return writing(nativeOp);
  return own.has(nativeOp) || nativeOp.startsWith('SetOp ') ? nativeOp : op;
}

const own = new Set(
  [
    'Gather Merge, Merge Append, Recursive Union, Memoize, BitmapAnd, BitmapOr, Sample Scan',
    'Tid Range Scan, WorkTable Scan, Named Tuplestore Scan, Table Function Scan, Group, ProjectSet',
  ].flatMap((names) => names.split(', ')),
);

/** `Update`, `delete_rows`, `LockRows`. */
function writing(nativeOp: string): string {
  const verb = /insert|update|delete|replace|merge|lock/i.exec(nativeOp)?.[0] ?? 'modify';
  return `${verb.charAt(0).toUpperCase()}${verb.slice(1).toLowerCase()}`;
}
