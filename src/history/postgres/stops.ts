import type pg from 'pg';
import { mostPastStops, type StopRecord } from '../../model/stop.ts';
import type { HistoryQuestions } from '../history-questions.ts';
import { toStopRecord } from '../stop-rows.ts';
import { storable, storableJson } from '../storable.ts';
import type { Database } from './database.ts';

/**
 * Stops, and what each replica did about them: whoever says it later, or again, adds to what is
 * known and takes nothing away.
 */
const putStop = `
INSERT INTO dbintel.stop AS s (id, since, scope, reason, asked_by, covered, seen_at, lifted_at,
  lifted_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (id, since) DO UPDATE
SET covered = greatest(s.covered, excluded.covered),
  seen_at = greatest(s.seen_at, excluded.seen_at),
  lifted_at = least(s.lifted_at, excluded.lifted_at),
  lifted_by = coalesce(s.lifted_by, excluded.lifted_by)`;

/** In order of their keys, so that two replicas never wait for each other in a circle. */
const putReplicas = `
INSERT INTO dbintel.stop_replica AS s (id, since, pod, confirmed_at, cancelled, running, seen_at)
SELECT $1, $2, pod, confirmed_at, cancelled, running, $3
FROM jsonb_to_recordset($4::jsonb) AS r (pod text, confirmed_at bigint, cancelled int, running int)
ORDER BY pod
ON CONFLICT (id, since, pod) DO UPDATE
SET confirmed_at = least(s.confirmed_at, excluded.confirmed_at),
  cancelled = greatest(s.cancelled, excluded.cancelled),
  running = CASE WHEN excluded.seen_at >= s.seen_at THEN excluded.running ELSE s.running END,
  seen_at = greatest(s.seen_at, excluded.seen_at)`;

const pastStops = `
SELECT s.*, coalesce((
  SELECT json_agg(json_build_object('pod', r.pod, 'confirmed_at', r.confirmed_at,
    'cancelled', r.cancelled, 'running', r.running) ORDER BY r.pod COLLATE "C")
  FROM dbintel.stop_replica r WHERE r.id = s.id AND r.since = s.since), '[]') AS replicas
FROM dbintel.stop s WHERE s.lifted_at IS NOT NULL OR s.seen_at < $1
ORDER BY coalesce(s.lifted_at, s.seen_at) DESC, s.id COLLATE "C" LIMIT $2`;

/** $1: before when. */
export const removeStopsBefore = 'DELETE FROM dbintel.stop WHERE coalesce(lifted_at, seen_at) < $1';
/** $1: how many stay. */
export const removeStopsBeyond = `
DELETE FROM dbintel.stop WHERE (id, since) IN (
  SELECT id, since FROM dbintel.stop ORDER BY since DESC, id COLLATE "C" OFFSET $1)`;

export async function keepStop(db: Database, stop: StopRecord): Promise<void> {
  const { id, since, scope, reason, by, covered, replicas, seenAt, liftedAt, liftedBy } = stop;
  const rows = replicas.map(({ pod, confirmedAt, cancelled, stillRunning }) => ({
    pod,
    confirmed_at: confirmedAt ?? null,
    cancelled,
    running: stillRunning,
  }));
  const said = [storable(reason), by && storable(by)];
  const whole = [
    JSON.stringify(scope), // kept as it is written
    ...said,
    covered,
    seenAt,
    liftedAt,
    liftedBy && storable(liftedBy),
  ];
  await db.transaction(async (client: pg.PoolClient) => {
    await client.query(putStop, [id, since, ...whole]);
    await client.query(putReplicas, [id, since, seenAt, storableJson(rows)]);
    return true;
  });
}

export const stopQuestions = (db: Database): Pick<HistoryQuestions, 'pastStops'> => ({
  pastStops: async (seenBefore) =>
    (await db.rows(pastStops, [seenBefore, mostPastStops])).map(toStopRecord),
});
