import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { Engine } from '../../src/engines/engine.ts';
import type { PostgresServer } from './postgres-server.ts';

/** The table of test/integration/statements: what applications send, and what must come of each. */
export interface OrdinaryStatement {
  sql: string;
  values?: unknown[];
  /** The one right code; absent: a plan. */
  code?: string;
  since: number;
}

const folder = new URL('../integration/statements/', import.meta.url);
export const ordinarySchema = readFileSync(new URL('schema.sql', folder), 'utf8');

export function ordinaryStatements(version: string): OrdinaryStatement[] {
  const lines = readFileSync(new URL('ordinary.sql', folder), 'utf8').split('\n');
  return lines
    .filter((line) => line && !line.startsWith('--'))
    .map(read)
    .filter(({ since }) => since <= Number(version));
}

function read(line: string): OrdinaryStatement {
  const cut = line.lastIndexOf(' -- ');
  const notes = cut < 0 ? '' : line.slice(cut + 4);
  const values = /values=(.*)$/.exec(notes)?.[1];
  const code = /code=(\w+)/.exec(notes)?.[1];
  return {
    sql: cut < 0 ? line : line.slice(0, cut),
    since: Number(/since=(\d+)/.exec(notes)?.[1] ?? 0),
    ...(values ? { values: JSON.parse(values) as unknown[] } : {}),
    ...(code ? { code } : {}),
  };
}

export const connectAs = async (
  server: PostgresServer,
  user: string,
  password: string,
): Promise<pg.Client> => {
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    user,
    password,
    database: 'postgres',
    application_name: user,
  });
  await client.connect();
  return client;
};

/**
 * Runs each statement as the application, and tells which entry of the statistics it was counted
 * in.
 */
export async function runOrdinary(
  server: PostgresServer,
  rows: readonly OrdinaryStatement[],
): Promise<string[]> {
  const app = await connectAs(server, 'app', 'app');
  const observer = await server.client();
  const seen = new Map<string, number>();
  const ids: string[] = [];
  for (const { sql, values } of rows) {
    try {
      await (values ? app.query(sql, values) : app.query(sql));
    } catch (error) {
      throw new Error(`${sql}: ${(error as Error).message}`);
    }
    const { rows: entries } = await observer.query<{ id: string; calls: string }>(
      'SELECT queryid::text AS id, sum(calls)::text AS calls FROM pg_stat_statements(false) ' +
        "WHERE userid = 'app'::regrole AND toplevel GROUP BY 1",
    );
    const counted = entries.find(({ id, calls }) => seen.get(id) !== Number(calls));
    for (const { id, calls } of entries) seen.set(id, Number(calls));
    ids.push(counted?.id ?? '');
  }
  await app.end();
  await observer.end();
  return ids;
}

/** EXPLAINs sent for each statement, each time it was asked about. */
export function counting(engine: Engine, sent: Map<string, number[]>): Engine {
  return {
    ...engine,
    async open(options) {
      const session = await engine.open(options);
      const explain: typeof session.explain = async (statement, limits) => {
        const result = await session.explain(statement, limits);
        sent.set(statement.key, [...(sent.get(statement.key) ?? []), result.sent]);
        return result;
      };
      return new Proxy(session, {
        get: (of, name) => (name === 'explain' ? explain : Reflect.get(of, name)),
      });
    },
  };
}
