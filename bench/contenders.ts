import type { ChildProcess } from 'node:child_process';
import { type PostgresServer, startPostgres } from '../test/support/postgres-server.ts';
import { prepareServer } from '../test/support/target.ts';
import { createPeerRole, peerRole, startPeer } from './peer-collector.ts';
import { startStandalone } from './standalone.ts';
import { createTable, textsOver } from './texts.ts';

/**
 * Who is set side by side on one server: a program of ours, of any revision, and the OpenTelemetry
 * Collector's PostgreSQL receiver, the tool that does the most similar thing. All see the same
 * statements, with the same interval and number of EXPLAINs.
 */
export interface Contender {
  role: string;
  start(databases: readonly string[]): Promise<Running>;
}

export interface Running {
  child: ChildProcess;
  /** queryids that have a plan so far. */
  planned(): Promise<Set<string>>;
  explains(): Promise<number>;
  stop(): Promise<void>;
}

export const statements = 400;
/** The first one there is. */
const database = 'postgres';

export function dbintelOf(
  { port }: PostgresServer,
  program: readonly string[],
  interval_s: number,
): Contender {
  return {
    role: 'dbintel',
    async start(databases) {
      const { child, planned, metric, stop } = await startStandalone({
        program,
        port,
        databases,
        collection: {
          interval: `${interval_s}s`,
          maxQueriesPerCycle: statements,
          minExecutionCount: 1,
          reexplainAfter: '1h',
        },
        safety: {
          explains: { perSecond: 1_000, burst: 10_000 },
          databaseTimeBudget: '100%',
        },
      });
      return {
        child,
        planned: () => planned(database),
        explains: () => metric('dbintel_explain_seconds_count'),
        stop,
      };
    },
  };
}

export const peerOf = ({ port }: PostgresServer, interval_s: number): Contender => ({
  role: peerRole,
  async start(databases) {
    const { child, planned, explains, stop } = await startPeer({
      port,
      databases,
      interval_s,
      statements,
    });
    return { child, planned: async () => planned(), explains: async () => explains(), stop };
  },
});

/** A server with two tables, and a role for each contender. */
export async function startSharedServer(): Promise<PostgresServer> {
  const server = await startPostgres({
    settings: {
      max_connections: '400',
      track_activity_query_size: '4096',
      'pg_stat_statements.max': '10000',
    },
  });
  await prepareServer(server);
  await server.sql(`ALTER ROLE dbintel CONNECTION LIMIT 300; ${createPeerRole}`);
  for (const table of ['t', 'u']) await server.sql(createTable(table));
  return server;
}

/** Our statements are counted by the server as the peer's are: what they take is its to say. */
export const countOurs = (server: PostgresServer) =>
  server.sql("ALTER ROLE dbintel SET pg_stat_statements.track = 'all'");

/** An application that runs all statements over one table, again and again. */
export async function runStatements(
  server: PostgresServer,
  table: string,
): Promise<{ stop(): Promise<void> }> {
  const client = await server.client();
  let running = true;
  const work = (async () => {
    while (running)
      for (const text of textsOver(table, statements))
        if (running) await client.query(text, [1, 2]);
  })();
  return {
    async stop() {
      running = false;
      await work;
      await client.end();
    },
  };
}

/**
 * Milliseconds that a role took, and its EXPLAINs that went well: as the server counts. What runs
 * in a DO block is in the block's time already.
 */
export async function serverCounts(
  server: PostgresServer,
  role: string,
): Promise<{ databaseMs: number; explains: number }> {
  const [row] = await server.sql(
    'SELECT coalesce(sum(total_exec_time + total_plan_time) FILTER (WHERE s.toplevel), 0) AS ms, ' +
      "coalesce(sum(calls) FILTER (WHERE s.query ~* '^\\s*EXPLAIN'), 0) AS explains " +
      'FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid ' +
      `WHERE r.rolname = '${role}'`,
  );
  return { databaseMs: Number(row?.['ms']), explains: Number(row?.['explains']) };
}
