import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './leaks.ts';
import { freePort, temporaryFolder } from './postgres-server.ts';
import { collectorPassword } from './target.ts';

/** Real operator processes against a real control plane. */
const binary = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'bin/dbintel');

export interface Operator {
  name: string;
  pid: number;
  probes: string;
  api: string;
  /** JSON lines on stderr. */
  log(): string;
  signal(signal: NodeJS.Signals): void;
  exited: Promise<number | null>;
  gone(): boolean;
  ready(): Promise<boolean>;
  metric(name: string): Promise<number>;
  metrics(): Promise<string>;
}

export interface OperatorOptions {
  name: string;
  kubeconfig: string;
  redis?: number;
  env?: Record<string, string>;
  args?: string[];
  /** Instead of bin/dbintel: the bundle, say. */
  program?: string[];
}

const everyone = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of everyone) child.kill('SIGKILL');
});

export async function startOperator({
  name,
  kubeconfig,
  redis,
  env = {},
  args = [],
  program = [binary],
}: OperatorOptions): Promise<Operator> {
  const folder = temporaryFolder(`operator-${name}`);
  mkdirSync(join(folder, 'data'));
  const [api, probes] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  let log = '';
  const [command, ...before] = program as [string, ...string[]];
  const child = spawn(
    command,
    [
      ...before,
      'operator',
      '--kubeconfig',
      kubeconfig,
      '--data',
      join(folder, 'data'),
      '--api',
      api,
      '--probes',
      probes,
      ...args,
    ],
    {
      env: {
        ...process.env,
        DBINTEL_POD_NAME: name,
        DBINTEL_LOG_LEVEL: 'info',
        DBINTEL_API_TOKEN: 'token-of-the-test',
        ...(redis ? { DBINTEL_REDIS_ENDPOINTS: `127.0.0.1:${redis}` } : {}),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  everyone.add(child);
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  const exited = new Promise<number | null>((resolve) =>
    child.once('exit', (code) => {
      everyone.delete(child);
      rmSync(folder, { recursive: true, force: true });
      resolve(code);
    }),
  );
  const metrics = async () => (await fetch(`http://${probes}/metrics`)).text();
  return {
    name,
    pid: child.pid ?? -1,
    probes: `http://${probes}`,
    api: `http://${api}`,
    log: () => log,
    signal: (signal) => void child.kill(signal),
    exited,
    gone: () => child.exitCode !== null || child.signalCode !== null,
    ready: async () =>
      fetch(`http://${probes}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    metrics,
    metric: async (wanted) => {
      const line = (await metrics())
        .split('\n')
        .find((each) => each.startsWith(`${wanted} `) || each.startsWith(`${wanted}{`));
      return line === undefined ? Number.NaN : Number(line.slice(line.lastIndexOf(' ') + 1));
    },
  };
}

export async function allReady(operators: readonly Operator[]): Promise<void> {
  for (const operator of operators)
    await until(operator.ready, 90_000, `${operator.name} is ready`).catch((error: Error) => {
      throw new Error(`${error.message}: ${operator.log().slice(-2_000)}`);
    });
}

export async function stopOperators(operators: readonly Operator[]): Promise<void> {
  for (const operator of operators) operator.signal('SIGCONT');
  for (const operator of operators) operator.signal('SIGTERM');
  const timer = setTimeout(() => {
    for (const operator of operators) operator.signal('SIGKILL');
  }, 15_000);
  await Promise.all(operators.map(({ exited }) => exited));
  clearTimeout(timer);
}

export interface ManifestOptions {
  name: string;
  namespace?: string;
  port: number;
  database?: string;
  secret?: string;
  labels?: Record<string, string>;
  spec?: object;
}

export function targetManifest({
  name,
  namespace = 'shop',
  port,
  database = 'postgres',
  secret = 'dbintel',
  labels,
  spec = {},
}: ManifestOptions): string {
  return JSON.stringify({
    apiVersion: 'dbintel.io/v1alpha1',
    kind: 'DatabaseTarget',
    metadata: { name, namespace, ...(labels ? { labels } : {}) },
    spec: {
      engine: 'postgres',
      connection: {
        host: '127.0.0.1',
        port,
        database,
        credentials: { secretRef: { name: secret } },
        tls: { mode: 'disable' },
      },
      ...spec,
    },
  });
}

export const secretManifest = (
  namespace = 'shop',
  name = 'dbintel',
  password = collectorPassword,
): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData: { username: 'dbintel', password },
  });

export const namespaceManifest = (name: string): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
