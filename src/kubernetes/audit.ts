import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import type { Listed } from './list-pages.ts';
import type { Item, ObjectCache } from './object-cache.ts';

/** Lists again now and then, tells what the watch should have told, and counts it. */
export interface AuditDeps<T extends Item> {
  kind: string;
  cache: ObjectCache<T>;
  state: { readonly synced: boolean };
  list(each: (item: T) => void): Promise<Listed>;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Metrics;
  signal: AbortSignal;
  audit_ms?: number;
}

/** An event that has not come after so long never will. */
const grace_ms = 5_000;
const every_ms = 600_000;

export async function repeatAudit<T extends Item>(deps: AuditDeps<T>): Promise<void> {
  const { kind, clock, random, logger, signal } = deps;
  const missed = deps.metrics.counter(
    'dbintel_watch_missed_events_total',
    'Changes that an audit found and no event had told.',
    ['kind'],
  );
  while (!signal.aborted) {
    const wait_ms = (deps.audit_ms ?? every_ms) * (0.9 + 0.2 * random.next());
    await clock.sleep(wait_ms, signal).catch(() => undefined);
    if (signal.aborted || !deps.state.synced) continue;
    try {
      const found = await audit(deps);
      if (found === 0) continue;
      missed.inc({ kind }, found);
      logger.warn({ kind, missed: found }, 'an audit found changes that the watch had not told');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.info({ kind, reason }, 'the audit could not list; the next one will');
    }
  }
}

/** How many changes had not been told, and are now. */
async function audit<T extends Item>({
  cache,
  list,
  clock,
  signal,
}: AuditDeps<T>): Promise<number> {
  const suspects: T[] = [];
  const { uids, version } = await list((item) => {
    const known = cache.items.get(item.uid);
    if (!known || cache.lacks(item)) suspects.push(item);
  });
  const ghosts = cache.missingFrom(uids, version);
  await clock.sleep(grace_ms, signal);
  const late = suspects.filter(cache.lacks);
  const stillThere = ghosts.filter(
    ({ uid, resourceVersion }) => cache.items.get(uid)?.resourceVersion === resourceVersion,
  );
  for (const item of late) cache.upsert(item, 'list');
  for (const { uid } of stillThere) cache.remove(uid, version);
  return late.length + stillThere.length;
}
