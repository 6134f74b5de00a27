import { mostPastStops, type StopRecord } from '../../model/stop.ts';
import type { HistoryQuestions } from '../history-questions.ts';
import { toStopRecord } from '../stop-rows.ts';
import type { Database } from './database.ts';

/**
 * Stops, and what each replica did about them: whoever says it later, or again, adds to what is
 * known and takes nothing away.
 */
const putStop = `
INSERT INTO stop (id, since, scope, reason, asked_by, covered, seen_at, lifted_at, lifted_by)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE
SET covered = max(covered, excluded.covered), seen_at = max(seen_at, excluded.seen_at),
  lifted_at = min(coalesce(lifted_at, excluded.lifted_at), coalesce(excluded.lifted_at, lifted_at)),
  lifted_by = coalesce(lifted_by, excluded.lifted_by)`;

const putReplica = `
INSERT INTO stop_replica (id, since, pod, confirmed_at, cancelled, running, seen_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE
SET confirmed_at = min(coalesce(confirmed_at, excluded.confirmed_at),
    coalesce(excluded.confirmed_at, confirmed_at)),
  cancelled = max(cancelled, excluded.cancelled),
  running = iif(excluded.seen_at >= seen_at, excluded.running, running),
  seen_at = max(seen_at, excluded.seen_at)`;

const pastStops = `
SELECT s.*, (
  SELECT json_group_array(json_object('pod', pod, 'confirmed_at', confirmed_at,
    'cancelled', cancelled, 'running', running) ORDER BY pod)
  FROM stop_replica r WHERE r.id = s.id AND r.since = s.since) AS replicas
FROM stop s WHERE s.lifted_at IS NOT NULL OR s.seen_at < ?
ORDER BY coalesce(s.lifted_at, s.seen_at) DESC, s.id LIMIT ?`;

/** Those beyond the last ones, and what nobody refers to. */
export const stopTrims = [
  `DELETE FROM stop WHERE (id, since) NOT IN (
    SELECT id, since FROM stop ORDER BY since DESC, id LIMIT ${mostPastStops})`,
  'DELETE FROM stop_replica WHERE (id, since) NOT IN (SELECT id, since FROM stop)',
] as const;

export function keepStop(db: Database, stop: StopRecord): void {
  const { id, since, scope, reason, by, covered, replicas, seenAt, liftedAt, liftedBy } = stop;
  const end = [liftedAt ?? null, liftedBy ?? null] as const;
  const whole = [JSON.stringify(scope), reason, by ?? null, covered, seenAt, ...end] as const;
  db.transaction(() => {
    db.prepare(putStop).run(id, since, ...whole);
    for (const { pod, confirmedAt, cancelled, stillRunning } of replicas) {
      const did = [confirmedAt ?? null, cancelled, stillRunning, seenAt] as const;
      db.prepare(putReplica).run(id, since, pod, ...did);
    }
    return true;
  });
}

export const stopQuestions = (db: Database): Pick<HistoryQuestions, 'pastStops'> => ({
  pastStops: async (seenBefore) =>
    db.prepare(pastStops).all(seenBefore, mostPastStops).map(toStopRecord),
});
