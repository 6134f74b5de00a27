import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineName } from '../src/model/engine-name.ts';
import { freePort, temporaryFolder } from '../test/support/postgres-server.ts';
import { collectorPassword } from '../test/support/target.ts';
import { ended, endsWithUs } from './processes.ts';

/** A bundled program of any revision, standalone, over databases of one server. */
export interface Standalone {
  child: ChildProcess;
  /** Milliseconds from exec to the first cycle with plans; where it prints its cycles. */
  booted: Promise<number>;
  /** The sum over all series of a metric. */
  metric(name: string): Promise<number>;
  /** queryids of a target’s statements that have a plan. */
  planned(database: string): Promise<Set<string>>;
  stop(): Promise<void>;
}

export interface StandaloneOptions {
  program: readonly string[];
  port: number;
  /** Absent: PostgreSQL. */
  engine?: EngineName;
  databases: readonly string[];
  /** Prints what each cycle did. */
  print?: boolean;
  /** Of the target’s spec; the rest is by default. */
  collection?: object;
  safety?: object;
}

export async function startStandalone(options: StandaloneOptions): Promise<Standalone> {
  const folder = temporaryFolder('bench-standalone');
  writeTargets(folder, options);
  const [api, probes] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const places = { targets: join(folder, 'targets'), data: join(folder, 'data'), api, probes };
  const [command, ...before] = options.program as [string, ...string[]];
  const began = performance.now();
  const child = spawn(
    command,
    [
      ...before,
      'standalone',
      ...(options.print ? ['--print'] : []),
      ...Object.entries(places).flatMap(([name, value]) => [`--${name}`, value]),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, DBINTEL_LOG_LEVEL: 'warn' } },
  );
  endsWithUs(child);
  const booted = new Promise<number>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (/ [1-9]\d* plans?/.test(chunk.toString())) resolve(performance.now() - began);
    });
    child.once('exit', (code) => reject(new Error(`the program ended with ${code}`)));
  });
  booted.catch(() => undefined);
  return {
    child,
    booted,
    metric: async (name) => {
      const text = await (await fetch(`http://${probes}/metrics`)).text();
      return text
        .split('\n')
        .filter((line) => line.startsWith(name))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
    planned: async (database) => {
      const path = `targets/bench/${nameOf(database)}/queries?limit=1000`;
      const token = readFileSync(join(places.data, 'api-token'), 'utf8').trim();
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`http://${api}/api/v1/${path}`, { headers });
      const { items } = (await answer.json()) as {
        items: { nativeId: string; latestHash?: string }[];
      };
      return new Set(items.filter(({ latestHash }) => latestHash).map(({ nativeId }) => nativeId));
    },
    async stop() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Without TLS, the password’s exchange must be allowed by name. */
const requireAuth = ['caching_sha2_password', 'mysql_native_password'];

const nameOf = (database: string) => database.replaceAll('_', '-');

function writeTargets(folder: string, options: StandaloneOptions): void {
  const { port, engine = 'postgres', databases, collection = {}, safety = {} } = options;
  const credentials = join(folder, 'credentials');
  mkdirSync(credentials);
  writeFileSync(join(credentials, 'username'), 'dbintel');
  writeFileSync(join(credentials, 'password'), collectorPassword, { mode: 0o600 });
  mkdirSync(join(folder, 'targets'));
  for (const database of databases) {
    const spec = {
      engine,
      connection: {
        host: '127.0.0.1',
        port,
        ...(engine === 'postgres' ? { database } : { requireAuth }),
        credentials: { file: credentials },
        tls: { mode: 'disable' },
      },
      databases: { include: [database] },
      collection,
      safety,
    };
    writeFileSync(
      join(folder, `targets/${database}.yaml`),
      JSON.stringify({
        apiVersion: 'dbintel.io/v1alpha1',
        kind: 'DatabaseTarget',
        metadata: { name: nameOf(database), namespace: 'bench' },
        spec,
      }),
    );
  }
}
