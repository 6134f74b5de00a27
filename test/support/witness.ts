import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresServer } from './postgres-server.ts';

/**
 * The database's own testimony: it logs every statement with its time and the name of its
 * connection. What the collectors say of themselves is not asked. Start the server with
 * `witnessSettings`.
 */
export const witnessSettings: Record<string, string> = {
  logging_collector: 'on',
  log_destination: 'jsonlog',
  log_filename: 'witness.log',
  log_truncate_on_rotation: 'off',
  log_rotation_size: '0',
  log_min_duration_statement: '0',
};

/**
 * One row of the witness table: one connection of a cycle on one server, from its first to its last
 * statement. Milliseconds since the epoch.
 */
export interface WitnessRow {
  target: string;
  epoch: number;
  holder: string;
  started: number;
  ended: number;
}

/** After the lock, not before: whoever waits for its turn collects nothing. */
const collecting = /pg_stat_statements\((false|true)\)|pg_catalog.pg_settings|EXPLAIN/;

export function witness(server: PostgresServer): WitnessRow[] {
  const rows: WitnessRow[] = [];
  const byConnection = new Map<string, WitnessRow>();
  const folder = join(server.folder, 'data/log');
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()) {
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      if (!line.includes('dbintel/')) continue;
      const {
        timestamp,
        application_name: name,
        session_id: session,
        message = '',
      } = JSON.parse(line) as Record<string, string>;
      const duration = /^duration: ([0-9.]+) ms/.exec(message)?.[1];
      if (!duration || !name?.startsWith('dbintel/') || !collecting.test(message)) continue;
      const ended = Date.parse(`${timestamp?.replace(' ', 'T').replace(/ \w+$/, '')}Z`);
      const started = ended - Number(duration);
      const [, epoch, target, holder] = name.split('/') as [string, string, string, string];
      const current = byConnection.get(String(session));
      if (current) {
        current.ended = Math.max(current.ended, ended);
        current.started = Math.min(current.started, started);
      } else {
        const row = { target, epoch: Number(epoch), holder, started, ended };
        rows.push(row);
        byConnection.set(String(session), row);
      }
    }
  }
  return rows.toSorted((a, b) => a.started - b.started);
}

/**
 * Cycles of different owners or targets that were on one server at the same time. The two
 * connections of one cycle are one.
 */
export function overlaps(rows: readonly WitnessRow[]): [WitnessRow, WitnessRow][] {
  const found: [WitnessRow, WitnessRow][] = [];
  for (const [i, a] of rows.entries())
    for (const b of rows.slice(i + 1)) {
      if (b.started >= a.ended) break;
      if (a.target !== b.target || a.epoch !== b.epoch || a.holder !== b.holder) found.push([a, b]);
    }
  return found;
}

/** Cycles that began in a lower epoch than an earlier one of their target. */
export function backwards(rows: readonly WitnessRow[]): WitnessRow[] {
  const latest = new Map<string, number>();
  return rows.filter(({ target, epoch }) => {
    const before = latest.get(target) ?? 0;
    latest.set(target, Math.max(before, epoch));
    return epoch < before;
  });
}

/**
 * The longest time between the starts of two cycles of one target since `from`, the last one
 * compared with `until`.
 */
export function longestGap(
  rows: readonly WitnessRow[],
  target: string,
  from: number,
  until: number,
): number {
  const starts = rows
    .filter((row) => row.target === target && row.started >= from)
    .map(({ started }) => started);
  return Math.max(
    ...[...starts, until].map((at, i) => at - (i === 0 ? from : (starts[i - 1] as number))),
  );
}
