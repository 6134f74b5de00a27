import { indexesUsed } from '../advisor/indexes-used.ts';
import type { Clock } from '../base/clock.ts';
import { parseDuration } from '../base/quantity.ts';
import type { History } from '../history/backends.ts';
import type { IndexesUsed } from '../model/index-use.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';

/** What a program, or a command beside it, tells of a target's indexes. */
export function indexesOf(
  { uid, namespace, name }: Pick<Target, 'uid' | 'namespace' | 'name'>,
  advice: Target['spec']['advice'] | undefined,
  limit: number,
  { history, clock }: { history: Pick<History, 'indexes' | 'targets' | 'proposals'>; clock: Clock },
): Promise<IndexesUsed> {
  const { replicas, every = '24h' } = advice ?? {};
  return indexesUsed(
    {
      target: { uid, namespace, name },
      every_ms: parseDuration(every),
      ...(replicas ? { replicas } : {}),
      now: clock.now(),
      limit,
    },
    history,
  );
}
