import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineName } from '../../src/model/engine-name.ts';
import { until } from './leaks.ts';
import { freePort, temporaryFolder } from './postgres-server.ts';
import { collectorPassword } from './target.ts';

/** The real program, as people start it: its own process, its own folder. */
const binary = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'bin/dbintel');

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

export function dbintel(args: string[], env: Record<string, string> = {}): Promise<Result> {
  return new Promise((resolve) => {
    const child = spawn(binary, args, { env: { ...process.env, NO_COLOR: '1', ...env } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

export interface Standalone {
  folder: string;
  data: string;
  api: string;
  probes: string;
  token(): string;
  log(): string;
  readonly pid: number;
  /** Puts a manifest among the targets. */
  write(name: string, text: string): void;
  /** Of the API, with its token; of another address, without. */
  get(path: string): Promise<{ status: number; body: unknown }>;
  post(path: string, body: unknown, token?: string): Promise<{ status: number; body: unknown }>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
  start(): Promise<void>;
  remove(): void;
}

export function manifest(options: {
  port: number;
  engine?: EngineName;
  database?: string;
  name?: string;
  spec?: string;
  password?: string;
}): string {
  const {
    port,
    engine = 'postgres',
    database = 'postgres',
    name = 'orders',
    spec = '',
    password = collectorPassword,
  } = options;
  const own =
    engine === 'postgres'
      ? `database: ${database}, `
      : 'requireAuth: [caching_sha2_password, mysql_native_password], ';
  return `apiVersion: dbintel.io/v1alpha1
kind: DatabaseTarget
metadata: { name: ${name}, namespace: shop }
spec:
  engine: ${engine}
  connection:
    { host: 127.0.0.1, port: ${port}, ${own}tls: { mode: disable },
      credentials: { secretRef: { name: ${name}-dbintel } } }
  databases: { include: [${database}] }
${spec}
---
apiVersion: v1
kind: Secret
metadata: { name: ${name}-dbintel, namespace: shop }
stringData: { username: dbintel, password: "${password}" }
`;
}

export async function startStandalone(
  manifests: Record<string, string>,
  env: Record<string, string> = {},
  [command, ...before]: [string, ...string[]] = [binary],
): Promise<Standalone> {
  const folder = temporaryFolder('standalone');
  mkdirSync(join(folder, 'targets'));
  for (const [name, text] of Object.entries(manifests))
    writeFileSync(join(folder, 'targets', name), text);
  const [api, probes] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const data = join(folder, 'data');
  let child: ChildProcess | undefined;
  let log = '';
  const answer = async (response: Response) => {
    const text = await response.text();
    return {
      status: response.status,
      body: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text,
    };
  };
  const program: Standalone = {
    folder,
    data,
    api: `http://${api}`,
    probes: `http://${probes}`,
    token: () => readFileSync(join(data, 'api-token'), 'utf8').trim(),
    log: () => log,
    write: (name, text) => writeFileSync(join(folder, 'targets', name), text),
    get pid() {
      return child?.pid ?? 0;
    },
    get: async (path) =>
      answer(
        path.startsWith('http')
          ? await fetch(path)
          : await fetch(`http://${api}${path}`, {
              headers: { authorization: `Bearer ${program.token()}` },
            }),
      ),
    post: async (path, body, token) =>
      answer(
        await fetch(`http://${api}${path}`, {
          method: 'POST',
          headers: {
            'content-type': typeof body === 'string' ? 'application/yaml' : 'application/json',
            ...(token ? { authorization: `Bearer ${token}` } : {}),
          },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      ),
    async start() {
      const started = spawn(
        command,
        [
          ...before,
          'standalone',
          '--targets',
          join(folder, 'targets'),
          '--data',
          data,
          '--api',
          api,
          '--probes',
          probes,
        ],
        {
          env: { ...process.env, DBINTEL_LOG_LEVEL: 'debug', ...env },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      child = started;
      for (const stream of [started.stdout, started.stderr])
        stream?.on('data', (chunk: Buffer) => {
          log += chunk.toString();
        });
      process.once('exit', () => started.kill('SIGKILL'));
      await until(
        async () =>
          fetch(`http://${probes}/readyz`).then(
            ({ status }) => status === 200,
            () => false,
          ),
        60_000,
        `standalone is ready: ${log}`,
      );
    },
    async kill(signal) {
      const gone = new Promise<number | null>((resolve) => child?.once('exit', resolve));
      child?.kill(signal);
      return gone;
    },
    remove() {
      child?.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await program.start();
  return program;
}
