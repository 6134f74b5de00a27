import type pg from 'pg';
import { isThere, schemaLock } from './migrations.ts';

/**
 * Monthly partitions of what is counted by the hour (hours since 1970). Made when the first row of
 * a month comes, dropped when all of it is too old.
 */
export const partitioned = ['sighting', 'usage', 'cycle'] as const;
const hour_ms = 3_600_000;

export interface Month {
  /** `2026_11` */
  name: string;
  /** Hours: the first of this month, and of the next. */
  from: number;
  to: number;
}

export function monthOf(hour: number): Month {
  const date = new Intl.DateTimeFormat('en-CA', {
    timeZone: 'UTC',
    year: 'numeric',
    month: '2-digit',
  }).formatToParts(hour * hour_ms);
  const part = (type: string) => Number(date.find((each) => each.type === type)?.value);
  const [year, month] = [part('year'), part('month')];
  const hours = (y: number, m: number) => Math.round(utc(y, m) / hour_ms);
  return {
    name: `${year}_${String(month).padStart(2, '0')}`,
    from: hours(year, month),
    to: month === 12 ? hours(year + 1, 1) : hours(year, month + 1),
  };
}

/** Milliseconds since 1970 at which a month begins, by the days of the proleptic calendar. */
function utc(year: number, month: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5);
  const days =
    era * 146_097 +
    ofEra * 365 +
    Math.floor(ofEra / 4) -
    Math.floor(ofEra / 100) +
    ofYear -
    719_468;
  return days * 86_400_000;
}

/**
 * Attached, and not made as a partition, which would wait for whoever reads the table, a backup for
 * one, and keep all waiting who come after.
 */
export async function makeMonth(client: pg.ClientBase, { name, from, to }: Month): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [schemaLock]);
  for (const table of partitioned) {
    const month = `dbintel.${table}_${name}`;
    if (await isThere(client, month)) continue;
    await client.query(
      `CREATE TABLE ${month} (LIKE dbintel.${table} INCLUDING ALL);
       ALTER TABLE dbintel.${table} ATTACH PARTITION ${month} FOR VALUES FROM (${from}) TO (${to})`,
    );
  }
}

const partitionsSql = `
SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = $1::regclass`;

/**
 * Drops the partitions of a table that end at or before an hour; what is left of the border's month
 * is deleted row by row elsewhere.
 */
export async function dropBefore(
  client: pg.ClientBase,
  table: (typeof partitioned)[number],
  hour: number,
): Promise<number> {
  const { rows } = await client.query<{ name: string }>(partitionsSql, [`dbintel.${table}`]);
  let dropped = 0;
  for (const { name } of rows) {
    const [, year, month] = /_(\d{4})_(\d{2})$/.exec(name) ?? [];
    if (!year || !month) continue;
    const { to } = monthOf(Math.round(utc(Number(year), Number(month)) / hour_ms));
    if (to > hour) continue;
    // Another replica may be at it.
    await client.query(`DROP TABLE IF EXISTS dbintel.${name}`);
    dropped += 1;
  }
  return dropped;
}
