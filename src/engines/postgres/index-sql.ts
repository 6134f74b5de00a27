import { asLoggedIn } from './sql-names.ts';

/** What an executor's sessions ask of PostgreSQL beside their DDL; each below a millisecond. */

/**
 * A build may take hours, so no limit of time, also where a server has one of transactions
 * (PostgreSQL 17). A program that was killed leaves its session to end what it does: half a build
 * is worth less than a whole one.
 */
export const buildSessionSql = `
SELECT pg_catalog.set_config('default_transaction_read_only', 'off', false),
  pg_catalog.set_config('statement_timeout', '0', false),
  (SELECT pg_catalog.set_config(s.name, '0', false) FROM pg_catalog.pg_settings s
    WHERE s.name = 'transaction_timeout'),
  pg_catalog.set_config('idle_session_timeout', '0', false),
  pg_catalog.set_config('DateStyle', 'ISO, MDY', false),
  pg_catalog.set_config('IntervalStyle', 'postgres', false),
  pg_catalog.set_config('client_connection_check_interval', '0', false)`;

/** For how long the next statement waits for each lock, and lasts. $1, $2: milliseconds. */
export const timeoutsSql = `SELECT pg_catalog.set_config('lock_timeout', $1, false),
  pg_catalog.set_config('statement_timeout', $2, false)`;

/** In a transaction, for what follows in it. $1: milliseconds. */
export const localTimeoutSql = `SELECT pg_catalog.set_config('statement_timeout', $1, true)`;

const [lockClass, lockObject] = [0x64_62, 0x69_64_78];
/** One executor builds on a server at a time. Advisory locks are per database, so: `othersSql`. */
export const lockSql = `
SELECT pg_catalog.pg_try_advisory_lock(${lockClass}, ${lockObject}) AS taken`;
/**
 * And one acts on a table. $1: its name, with its schema's. Nobody does on a standby: what it shows
 * may be long ago, and says nothing of what was built, or dropped, since.
 */
export const tableLockSql = `
SELECT pg_catalog.pg_try_advisory_lock(${lockClass + 1}, pg_catalog.hashtext($1))
  AND NOT pg_catalog.pg_is_in_recovery() AS taken`;
/** $1: our own session's pid. Every role sees the locks. */
export const othersSql = `
SELECT pg_catalog.count(*) AS others FROM pg_catalog.pg_locks l
WHERE l.locktype = 'advisory' AND l.classid = ${lockClass} AND l.objid = ${lockObject}
  AND l.objsubid = 2 AND l.granted AND l.pid <> $1::int4`;

/**
 * $1: schema, $2: table, $3: index, which since PostgreSQL 16 says when it was read; $4: standbys
 * that do not count, by their names or those of their slots; $5: the index that stands in for it;
 * $6: it goes, and waits for readers, too. Who is idle in a transaction, or has prepared one, has
 * no snapshot, and is waited for by the locks that they have.
 * Sessions of other roles, and how far standbys are, are seen with pg_read_all_stats; without it
 * transactions count as young, and a standby as unseen. Autovacuum gives way by itself. A slot
 * holds back more than is usual where the server keeps more than max_wal_size for it, or is about
 * to give it up.
 */
export const preflightSql = `
SELECT pg_catalog.pg_is_in_recovery() AS standby,
  pg_catalog.current_setting('server_version_num') AS version_num,
  t.oid IS NOT NULL AS there,
  COALESCE(pg_catalog.pg_has_role(t.relowner, 'USAGE'), false) AS owns,
  EXISTS (SELECT FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class k ON k.oid = h.inhrelid
    WHERE h.inhparent = t.oid AND k.relkind = 'p') AS nested,
  EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p
    WHERE p.relid = t.oid AND p.datname = pg_catalog.current_database()) AS at_work,
  GREATEST((SELECT pg_catalog.max(pg_catalog.date_part('epoch',
      pg_catalog.clock_timestamp() - a.xact_start))
    FROM pg_catalog.pg_stat_activity a
    WHERE a.datname = pg_catalog.current_database() AND a.backend_xmin IS NOT NULL
      AND a.pid <> pg_catalog.pg_backend_pid() AND a.backend_type <> 'autovacuum worker'),
  (SELECT pg_catalog.max(pg_catalog.date_part('epoch',
      pg_catalog.clock_timestamp() - CASE WHEN l.pid IS NULL THEN (
        SELECT pg_catalog.min(x.prepared) FROM pg_catalog.pg_prepared_xacts x
        WHERE x.database = pg_catalog.current_database()) ELSE a.xact_start END))
    FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'relation' AND l.granted
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d
        WHERE d.datname = pg_catalog.current_database())
      AND (l.relation = t.oid OR l.relation IN (
        SELECT h.inhrelid FROM pg_catalog.pg_inherits h WHERE h.inhparent = t.oid))
      AND ($6::boolean OR l.mode NOT IN ('AccessShareLock', 'RowShareLock'))
      AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
      AND a.backend_type IS DISTINCT FROM 'autovacuum worker')) AS oldest,
  EXISTS (SELECT FROM pg_catalog.pg_stat_replication r
    WHERE r.state IS NULL AND r.application_name <> ALL ($4::text[])) AS unseen,
  EXISTS (SELECT FROM pg_catalog.pg_replication_slots s
    WHERE s.slot_name <> ALL ($4::text[]) AND (s.wal_status = 'unreserved'
      OR s.wal_status = 'extended' AND NOT s.active)) AS slot_behind,
  (SELECT (extract(epoch FROM (pg_catalog.to_jsonb(s) ->> 'last_idx_scan')::timestamptz)
      * 1000)::bigint
    FROM pg_catalog.pg_stat_all_indexes s
    WHERE s.schemaname = $1 AND s.indexrelname = $3) AS used,
  (SELECT i.indisvalid FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
    WHERE n.nspname = $1 AND x.relname = $3) AS valid,
  EXISTS (SELECT FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
    JOIN pg_catalog.pg_index k ON k.indrelid = i.indrelid AND k.indexrelid <> i.indexrelid
    JOIN pg_catalog.pg_class kx ON kx.oid = k.indexrelid AND kx.relam = x.relam
    WHERE n.nspname = $1 AND x.relname = $3 AND kx.relname = $5
      AND k.indisvalid AND k.indisready
      AND (NOT i.indisunique OR k.indisunique AND k.indimmediate AND k.indnkeyatts = i.indnkeyatts
        AND pg_catalog.to_jsonb(k) -> 'indnullsnotdistinct'
          IS NOT DISTINCT FROM pg_catalog.to_jsonb(i) -> 'indnullsnotdistinct')
      AND (i.indkey::int2[])[i.indnkeyatts:] <@ (k.indkey::int2[])
      AND (k.indcollation::oid[])[0:i.indnkeyatts - 1]
        = (i.indcollation::oid[])[0:i.indnkeyatts - 1]
      AND NOT EXISTS (SELECT FROM pg_catalog.generate_series(1, i.indnkeyatts) n
        WHERE pg_catalog.pg_get_indexdef(k.indexrelid, n, true)
          IS DISTINCT FROM pg_catalog.pg_get_indexdef(i.indexrelid, n, true))
      AND (k.indkey::int2[])[0:i.indnkeyatts - 1] = (i.indkey::int2[])[0:i.indnkeyatts - 1]
      AND (k.indclass::oid[])[0:i.indnkeyatts - 1] = (i.indclass::oid[])[0:i.indnkeyatts - 1]
      AND (k.indoption::int2[])[0:i.indnkeyatts - 1] = (i.indoption::int2[])[0:i.indnkeyatts - 1]
      AND pg_catalog.pg_get_expr(k.indpred, k.indrelid)
        IS NOT DISTINCT FROM pg_catalog.pg_get_expr(i.indpred, i.indrelid)) AS covered,
  CASE WHEN t.relkind = 'p' THEN pg_catalog.array_to_json(ARRAY(
    SELECT n.nspname || '.' || k.relname FROM pg_catalog.pg_inherits h
    JOIN pg_catalog.pg_class k ON k.oid = h.inhrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = k.relnamespace
    WHERE h.inhparent = t.oid))::text END AS partitions
FROM (SELECT 1) one LEFT JOIN (
  SELECT c.oid, c.relowner, c.relkind FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'm')) t ON true`;

/** $1: schema, $2: table, $3: its partitions as they were. It is there, some of them are not. */
export const partitionsLeftSql = `
SELECT EXISTS (SELECT FROM pg_catalog.unnest($3::text[]) AS w (name)
  WHERE w.name NOT IN (SELECT kn.nspname || '.' || k.relname FROM pg_catalog.pg_inherits h
    JOIN pg_catalog.pg_class k ON k.oid = h.inhrelid
    JOIN pg_catalog.pg_namespace kn ON kn.oid = k.relnamespace
    WHERE h.inhparent = c.oid)) AS less
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2`;

/** $1: the name of our sessions. A role may end its own. */
export const stopSql = `
SELECT ${asLoggedIn('pg_catalog.pg_cancel_backend(pid)')} FROM pg_catalog.pg_stat_activity
WHERE application_name = $1 AND state = 'active' AND pid <> pg_catalog.pg_backend_pid()`;

/**
 * $1: our own session's pid. What is built or dropped beside others keeps nobody waiting who reads
 * or writes; but behind one that waits for it, as a migration does, everybody waits. No such are
 * those who only want to do what we do: VACUUM, ANALYZE, another build.
 */
export const awaitedSql = `
SELECT pg_catalog.count(*) AS waiting FROM pg_catalog.pg_locks l
WHERE NOT l.granted AND l.locktype = 'relation' AND l.mode <> 'ShareUpdateExclusiveLock'
  AND $1::int4 = ANY (pg_catalog.pg_blocking_pids(l.pid))`;

/** $1: the name of our sessions. */
export const progressSql = `
SELECT p.phase, GREATEST(p.blocks_done, p.tuples_done) AS done,
  GREATEST(p.blocks_total, p.tuples_total) AS total
FROM pg_catalog.pg_stat_progress_create_index p
JOIN pg_catalog.pg_stat_activity a ON a.pid = p.pid
WHERE a.application_name = $1`;

/** $1: the mark of the one that does not count. Of a partitioned table the root has the mark. */
export const builtSql = `
SELECT COALESCE(pg_catalog.sum(pg_catalog.pg_relation_size(c.oid) + (
    SELECT COALESCE(pg_catalog.sum(pg_catalog.pg_relation_size(p.relid)), 0)
    FROM pg_catalog.pg_partition_tree(c.oid) p WHERE p.relid <> c.oid)), 0) AS bytes
FROM pg_catalog.pg_description d
JOIN pg_catalog.pg_class c ON c.oid = d.objoid AND c.relkind IN ('i', 'I')
WHERE d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0
  AND d.description LIKE 'dbintel:%' AND d.description <> $1`;
