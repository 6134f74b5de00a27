import { nextTurn } from '../../base/node/turn.ts';
import { text } from '../columns.ts';
import type { Retained, RetentionPolicy } from '../history-writer.ts';
import { hour_ms } from '../rows.ts';
import { adviceRemovals, expireProposals } from './advice.ts';
import type { Database } from './database.ts';
import { lookRemovals } from './index-looks.ts';
import { fileBytes, giveBack, limitOf, makeRoom, usedBytes } from './room.ts';
import * as sql from './statements.ts';
import { stopTrims } from './stops.ts';

/** What is too old goes, then what there is no room for. */
export async function retain(db: Database, policy: RetentionPolicy): Promise<Retained> {
  const removed = await removeOld(db, policy);
  const limit = limitOf(db.path, policy.bytes);
  const bySize = limit === undefined ? 0 : await makeRoom(db, policy, limit);
  await giveBack(db, policy.signal);
  const takes = { removed, bySize, bytes: fileBytes(db) };
  return limit === undefined ? takes : { ...takes, limit, over: usedBytes(db) > limit };
}

/**
 * A clock that is far ahead, for a while or when a machine starts, must not empty the history: each
 * time, which is once an hour, no more goes than this part of what is kept, from the oldest on.
 */
const mostAtOnce = 1 / 60;
const leastAtOnce_ms = 2 * hour_ms;

const before = (now: number, kept_ms: number, oldest: number | undefined): number =>
  Math.floor(
    Math.min(
      now - kept_ms,
      oldest === undefined
        ? Number.POSITIVE_INFINITY
        : oldest + Math.max(kept_ms * mostAtOnce, leastAtOnce_ms),
    ),
  );

/** Target by target, and others have their turn in between: a fleet's rows take seconds. */
async function removeOld(db: Database, policy: RetentionPolicy): Promise<number> {
  const { now, plans_ms, hours_ms, cycles_ms, signal } = policy;
  const plans = before(now, plans_ms, oldestSeen(db));
  let removed = 0;
  const remove = (statement: string, ...values: (string | number)[]) => {
    removed += Number(db.prepare(statement).run(...values).changes);
  };
  for (const row of db.prepare(sql.allTargets).all()) {
    const uid = text(row, 'uid');
    db.transaction(() => {
      const first = db.prepare(sql.oldestOf).get(uid) ?? {};
      const hour = numberOf(first['hour']);
      const oldest = {
        plans,
        hours: Math.floor(
          before(now, hours_ms, hour === undefined ? undefined : hour * hour_ms) / hour_ms,
        ),
        cycles: before(now, cycles_ms, numberOf(first['cycle'])),
      };
      for (const [statement, kept] of sql.removals) remove(statement, uid, oldest[kept]);
      return true;
    });
    await nextTurn();
    if (signal?.aborted) return removed;
  }
  db.transaction(() => {
    db.prepare(expireProposals).run(Math.floor(now));
    for (const each of [...sql.smallRemovals, ...adviceRemovals, ...lookRemovals])
      remove(each, plans);
    for (const statement of stopTrims) remove(statement);
    return true;
  });
  return removed;
}

const numberOf = (value: unknown): number | undefined =>
  value === null || value === undefined ? undefined : Number(value);

/** Of all plans and statements; undefined: there is none. */
function oldestSeen(db: Database): number | undefined {
  const { plan, query } = db.prepare(sql.oldestSeen).get() ?? {};
  const known = [numberOf(plan), numberOf(query)].filter((each) => each !== undefined);
  return known.length ? Math.min(...known) : undefined;
}
