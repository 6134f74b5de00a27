import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { otelcolBinary } from '../test/support/otelcol.ts';
import { temporaryFolder } from '../test/support/postgres-server.ts';
import { ended, endsWithUs } from './processes.ts';

/** The OpenTelemetry Collector with its PostgreSQL receiver, and what it found so far. */
export interface Peer {
  child: ChildProcess;
  /** queryids that have a plan. */
  planned(): Set<string>;
  /** Plans, several of one statement too. */
  explains(): number;
  stop(): Promise<void>;
}

export interface PeerOptions {
  port: number;
  databases: readonly string[];
  interval_s: number;
  /** As many of them as there are may be explained in each interval. */
  statements: number;
}

export const peerRole = 'peer';
const peerPassword = 'only-for-the-bench';
export const createPeerRole = `CREATE ROLE ${peerRole} LOGIN SUPERUSER PASSWORD '${peerPassword}'`;

export async function startPeer({
  port,
  databases,
  interval_s,
  statements,
}: PeerOptions): Promise<Peer> {
  const folder = temporaryFolder('peer-collector');
  const out = join(folder, 'logs.json');
  const receiver = (database: string) => ({
    endpoint: `127.0.0.1:${port}`,
    transport: 'tcp',
    username: peerRole,
    password: peerPassword,
    databases: [database],
    collection_interval: `${interval_s}s`,
    tls: { insecure: true },
    events: { 'db.server.top_query': { enabled: true } },
    top_query_collection: {
      max_rows_per_query: 2_000,
      top_n_query: statements,
      max_explain_each_interval: statements,
    },
  });
  const names = databases.map(
    (database) => [`postgresql/${database}`, receiver(database)] as const,
  );
  const config = {
    receivers: Object.fromEntries(names),
    exporters: { file: { path: out } },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { logs: { receivers: names.map(([name]) => name), exporters: ['file'] } },
    },
  };
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config));
  const child = spawn(otelcolBinary(), ['--config', join(folder, 'config.yaml')], {
    stdio: 'ignore',
  });
  endsWithUs(child);
  const plans = () =>
    (existsSync(out) ? readFileSync(out, 'utf8') : '')
      .split('\n')
      .filter(Boolean)
      .flatMap(recordsOf)
      .filter((record) => record['postgresql.query_plan'] && record['postgresql.queryid']);
  return {
    child,
    planned: () => new Set(plans().map((record) => String(record['postgresql.queryid']))),
    explains: () => plans().length,
    async stop() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Line {
  resourceLogs?: {
    scopeLogs?: {
      logRecords?: { attributes?: { key: string; value: Record<string, unknown> }[] }[];
    }[];
  }[];
}
const recordsOf = (line: string): Record<string, string>[] =>
  ((JSON.parse(line) as Line).resourceLogs ?? []).flatMap(({ scopeLogs = [] }) =>
    scopeLogs.flatMap(({ logRecords = [] }) =>
      logRecords.map(({ attributes = [] }) =>
        Object.fromEntries(
          attributes.map(({ key, value }) => [key, String(Object.values(value)[0] ?? '')]),
        ),
      ),
    ),
  );
