import type pg from 'pg';
import { AppError } from '../../base/errors.ts';
import { maybe, number } from '../columns.ts';

/**
 * Each entry brings the schema `dbintel` from its index to the next version, which older programs
 * refuse to open. Released ones are never edited. What is counted by time is partitioned by month:
 * retention drops partitions, and a query of the last day touches one or two.
 */
export const migrations: readonly string[] = [
  `
CREATE TABLE dbintel.target (
  uid text PRIMARY KEY, namespace text NOT NULL, name text NOT NULL, engine text NOT NULL,
  epoch bigint NOT NULL);
CREATE TABLE dbintel.query (
  target text NOT NULL, fingerprint text NOT NULL, native_id text NOT NULL, database text NOT NULL,
  text text, first_seen bigint NOT NULL, last_seen bigint NOT NULL, latest_hash text,
  latest_cost float8, latest_code text,
  PRIMARY KEY (target, fingerprint));
CREATE INDEX ON dbintel.query (last_seen);
CREATE TABLE dbintel.plan (
  target text NOT NULL, fingerprint text NOT NULL, hash text NOT NULL, first_seen bigint NOT NULL,
  last_seen bigint NOT NULL, cost float8 NOT NULL, parameters text NOT NULL,
  dominant_op text NOT NULL, body bytea NOT NULL,
  PRIMARY KEY (target, fingerprint, hash));
ALTER TABLE dbintel.plan ALTER body SET STORAGE EXTERNAL; -- compressed already
CREATE INDEX ON dbintel.plan (last_seen);
CREATE TABLE dbintel.finding (
  target text NOT NULL, fingerprint text NOT NULL, rule text NOT NULL, hash text NOT NULL,
  severity text NOT NULL, message text NOT NULL, fix text NOT NULL, nodes jsonb NOT NULL,
  time_share float8 NOT NULL, first_seen bigint NOT NULL, last_seen bigint NOT NULL,
  resolved_at bigint,
  PRIMARY KEY (target, fingerprint, rule));
CREATE INDEX ON dbintel.finding (last_seen);
CREATE INDEX ON dbintel.finding (time_share) WHERE resolved_at IS NULL;
CREATE TABLE dbintel.sighting (
  target text NOT NULL, fingerprint text NOT NULL, hash text NOT NULL, hour int NOT NULL,
  count bigint NOT NULL, cost_min float8 NOT NULL, cost_max float8 NOT NULL,
  PRIMARY KEY (target, fingerprint, hash, hour)) PARTITION BY RANGE (hour);
CREATE TABLE dbintel.usage (
  target text NOT NULL, fingerprint text NOT NULL, hour int NOT NULL, calls bigint NOT NULL,
  total_ms float8 NOT NULL, rows bigint NOT NULL, temp_blocks bigint NOT NULL,
  PRIMARY KEY (target, fingerprint, hour)) PARTITION BY RANGE (hour);
CREATE TABLE dbintel.cycle (
  target text NOT NULL, hour int NOT NULL, at bigint NOT NULL, number bigint NOT NULL,
  report jsonb NOT NULL,
  PRIMARY KEY (target, at, number, hour)) PARTITION BY RANGE (hour);
`,
];

/** As columns that came later: an older program leaves them out. */
const addedTables = {
  'dbintel.verdict': `
CREATE TABLE dbintel.verdict (
  target text NOT NULL, fingerprint text NOT NULL, rule text NOT NULL, verdict text NOT NULL,
  verdict_why text, verdict_until bigint, verdict_by text NOT NULL, verdict_at bigint NOT NULL,
  verdict_declared int NOT NULL,
  PRIMARY KEY (target, fingerprint, rule))`,
  'dbintel.stop': `
CREATE TABLE dbintel.stop (
  id text NOT NULL, since bigint NOT NULL, scope text NOT NULL, reason text NOT NULL,
  asked_by text, covered int NOT NULL, seen_at bigint NOT NULL, lifted_at bigint, lifted_by text,
  PRIMARY KEY (id, since))`,
  'dbintel.stop_replica': `
CREATE TABLE dbintel.stop_replica (
  id text NOT NULL, since bigint NOT NULL, pod text NOT NULL, confirmed_at bigint,
  cancelled int NOT NULL, running int NOT NULL, seen_at bigint NOT NULL,
  PRIMARY KEY (id, since, pod),
  FOREIGN KEY (id, since) REFERENCES dbintel.stop ON DELETE CASCADE)`,
  'dbintel.advice_run': `
CREATE TABLE dbintel.advice_run (
  target text NOT NULL, at bigint NOT NULL, report jsonb NOT NULL, PRIMARY KEY (target, at))`,
  'dbintel.proposal': `
CREATE TABLE dbintel.proposal (
  id text PRIMARY KEY, target text NOT NULL, made_at bigint NOT NULL, expires_at bigint NOT NULL,
  benefit float8 NOT NULL, phase text NOT NULL, phase_since bigint NOT NULL, phase_by text,
  outcome text, proposal jsonb NOT NULL);
CREATE INDEX ON dbintel.proposal (target)`,
  'dbintel.proposed_plan': `
CREATE TABLE dbintel.proposed_plan (
  proposal text NOT NULL, fingerprint text NOT NULL, body bytea NOT NULL,
  PRIMARY KEY (proposal, fingerprint));
ALTER TABLE dbintel.proposed_plan ALTER body SET STORAGE EXTERNAL`,
  'dbintel.index_look': `
CREATE TABLE dbintel.index_look (
  target text NOT NULL, database text NOT NULL, at bigint NOT NULL, body bytea NOT NULL,
  PRIMARY KEY (target, database));
ALTER TABLE dbintel.index_look ALTER body SET STORAGE EXTERNAL`,
};

/**
 * Columns that came later and that an older program leaves out: the version stays, so that it can
 * still open the history. Replicas are replaced one after the other, and an old one may start anew.
 */
const additions = [
  { table: 'query', column: 'user_name', type: 'text' },
  { table: 'plan', column: 'context_at', type: 'bigint' },
  { table: 'plan', column: 'former_hash', type: 'text' },
  { table: 'finding', column: 'category', type: 'text' },
  { table: 'finding', column: 'saves', type: 'float8' },
  { table: 'finding', column: 'confidence', type: 'float8' },
  { table: 'finding', column: 'also', type: 'jsonb' },
] as const;

/** "dbi", so that two replicas that start together do this one after the other. */
export const schemaLock = 0x64_62_69;

/**
 * Brings the schema up to date in one transaction. Throws AppError('newer_data') for one of a newer
 * program, and has written nothing then.
 */
export async function migrate(client: pg.ClientBase): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [schemaLock]);
    const found = await versionOf(client);
    if (found > migrations.length)
      throw new AppError(
        'newer_data',
        `the history was written by a newer version of dbintel (${found}, this one knows ` +
          `${migrations.length}): run that version again, or give this one another database`,
      );
    if (found < migrations.length) await bringForward(client, found);
    for (const [name, sql] of Object.entries(addedTables))
      if (!(await isThere(client, name))) await client.query(sql);
    // Looked at first: ALTER TABLE waits for all who read, also where there is nothing to add.
    for (const { table, column, type } of await missing(client))
      await client.query(`ALTER TABLE dbintel.${table} ADD COLUMN ${column} ${type}`);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** 0: nothing is there. */
async function versionOf(client: pg.ClientBase): Promise<number> {
  if (!(await isThere(client, 'dbintel.version'))) return 0;
  const { rows } = await client.query('SELECT version FROM dbintel.version');
  return rows[0] ? (maybe(rows[0], 'version', number) ?? 0) : 0;
}

export async function isThere(client: pg.ClientBase, table: string): Promise<boolean> {
  const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS there', [table]);
  return rows[0]?.['there'] === true;
}

async function bringForward(client: pg.ClientBase, from: number): Promise<void> {
  await client.query('CREATE SCHEMA IF NOT EXISTS dbintel');
  await client.query('CREATE TABLE IF NOT EXISTS dbintel.version (version int NOT NULL)');
  for (const sql of migrations.slice(from)) await client.query(sql);
  await client.query('DELETE FROM dbintel.version');
  await client.query('INSERT INTO dbintel.version VALUES ($1)', [migrations.length]);
}

async function missing(client: pg.ClientBase): Promise<(typeof additions)[number][]> {
  const { rows } = await client.query(
    "SELECT table_name || '.' || column_name AS name FROM information_schema.columns " +
      "WHERE table_schema = 'dbintel'",
  );
  const there = new Set(rows.map(({ name }) => name));
  return additions.filter(({ table, column }) => !there.has(`${table}.${column}`));
}
