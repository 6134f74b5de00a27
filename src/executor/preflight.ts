import type { Refused } from '../advice/machine-state.ts';
import { formatSize } from '../base/quantity.ts';
import type { IndexWork } from '../engines/index-work.ts';
import type { Recommendation } from './ports.ts';

/** What the server, or the budget, has against a change now; undefined: nothing. */
export async function refusalOf(
  { change, bytes }: Pick<Recommendation, 'change' | 'bytes'>,
  work: Pick<IndexWork, 'preflight' | 'built'>,
  budget: number,
): Promise<Refused | undefined> {
  const reason = await work.preflight();
  if (reason) return { reason };
  return change.kind === 'create-index' ? overBudget(bytes, await work.built(), budget) : undefined;
}

/**
 * SQL does not tell how much room a disk has, so that somebody has to say how much of it is for
 * indexes. Pure.
 */
export function overBudget(bytes: number, built: number, budget: number): Refused | undefined {
  if (bytes + built <= budget) return undefined;
  const [index, others, limit] = [bytes, built, budget].map(formatSize);
  return {
    reason: 'index_budget_spent',
    detail: `this index ${index}, built already ${others}, of ${limit}`,
  };
}
