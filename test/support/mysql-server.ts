import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Connection, createConnection } from 'mysql2/promise';
import { cacheFolder, freePort, temporaryFolder } from './postgres-server.ts';

/**
 * A real MySQL or MariaDB for the demo, the tests and the benchmarks: a fresh data folder, a free
 * port, stopped by its pid. Fetched into the cache on first use.
 */
export const mysqlVersions = ['mysql-9', 'mariadb-10.11', 'mariadb-11.4'] as const;
export type MysqlVersion = (typeof mysqlVersions)[number];
const exact: Record<MysqlVersion, string> = {
  'mysql-9': 'mysql',
  'mariadb-10.11': '10.11.5',
  'mariadb-11.4': '11.4.5',
};

export interface MysqlServer {
  product: MysqlVersion;
  engine: 'mysql' | 'mariadb';
  port: number;
  folder: string;
  /** As root, for what the test itself does. */
  client(database?: string): Promise<Connection>;
  /**
   * Runs SQL as root (also the scripts with DELIMITER that we print for people); the rows of the
   * last statement.
   */
  sql(text: string, database?: string): Promise<Record<string, unknown>[]>;
  /** As a crash would. */
  kill(): void;
  /** Stops the server in order; `restart` starts it again. */
  halt(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface MysqlOptions {
  product?: MysqlVersion;
  settings?: readonly string[];
  /** The data folder of a server of this product that was halted: it is copied. */
  dataFrom?: string;
  tls?: { cert: string; key: string; ca: string };
  /** Ctrl-C in a terminal is not for it: whoever started it stops it. */
  detached?: boolean;
}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const asRoot = process.getuid?.() === 0;
const asNobody = asRoot ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'] : [];
const isMysql = (product: MysqlVersion) => product.startsWith('mysql');

export function mysqlHome(product: MysqlVersion): string {
  const folder = join(cacheFolder, isMysql(product) ? product : `mariadb-${exact[product]}`);
  const what = isMysql(product) ? ['mysql'] : ['mariadb', exact[product]];
  execFileSync(join(root, 'scripts/mysql-servers.sh'), ['fetch', ...what, folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return folder;
}

/** Splits a script as the command-line client does. */
export function splitScript(script: string): string[] {
  const statements: string[] = [];
  let delimiter = ';';
  let pending = '';
  for (const line of script.split('\n')) {
    const changed = /^DELIMITER (\S+)\s*$/.exec(line);
    if (changed) {
      delimiter = changed[1] as string;
      continue;
    }
    const code = /^\s*--/.test(line) ? '' : line.replace(/\s--\s.*$/, '');
    pending += `${code}\n`;
    if (!code.trimEnd().endsWith(delimiter)) continue;
    const statement = pending.trimEnd().slice(0, -delimiter.length).trim();
    if (statement) statements.push(statement);
    pending = '';
  }
  return pending.trim() ? [...statements, pending.trim()] : statements;
}

export async function startMysql(options: MysqlOptions = {}): Promise<MysqlServer> {
  const product = options.product ?? 'mysql-9';
  const home = mysqlHome(product);
  const folder = temporaryFolder(product);
  const data = join(folder, 'data');
  // MySQL keeps names as its data folder was made to.
  const named = (options.settings ?? []).filter((each) => each.startsWith('--lower-case-table'));
  if (asRoot) execFileSync('chown', ['nobody:nogroup', folder]);
  const port = await freePort();
  const program = isMysql(product)
    ? mysqlProgram(home, folder)
    : [join(home, 'bin/mariadbd'), '--no-defaults', `--basedir=${home}`];
  const run = (command: readonly string[]) => {
    const [first, ...rest] = [...asNobody, ...command];
    execFileSync(first as string, rest, { stdio: ['ignore', 'ignore', 'ignore'], cwd: folder });
  };
  if (options.dataFrom) {
    cpSync(options.dataFrom, data, { recursive: true, preserveTimestamps: true });
    if (asRoot) execFileSync('chown', ['-R', 'nobody:nogroup', data]);
  } else if (isMysql(product))
    run([
      ...program,
      `--datadir=${data}`,
      '--initialize-insecure',
      ...named,
      `--log-error=${join(folder, 'init.log')}`,
    ]);
  else
    run([
      join(home, 'scripts/mariadb-install-db'),
      '--no-defaults',
      `--basedir=${home}`,
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ]);
  const settings = [
    `--datadir=${data}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder, 'my.sock')}`,
    `--pid-file=${join(folder, 'my.pid')}`,
    `--log-error=${join(folder, 'error.log')}`,
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-buffer-pool-size=64M',
    ...(isMysql(product)
      ? ['--mysqlx=OFF', '--skip-log-bin']
      : [
          `--tmpdir=${folder}`,
          '--performance-schema=ON',
          ...['current', 'history', 'history_long'].map(
            (each) =>
              `--performance-schema-consumer-events-statements-${each.replace('_', '-')}=ON`,
          ),
        ]),
    ...(options.tls ? tlsFiles(folder, options.tls) : []),
    ...(options.settings ?? []),
  ];
  const [command, ...args] = [...asNobody, ...program, ...settings];
  let child = launch();

  function launch(): ChildProcess {
    const { detached = false } = options;
    const started = spawn(command as string, args, { stdio: 'ignore', cwd: folder, detached });
    running.add(started);
    started.once('exit', () => running.delete(started));
    return started;
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
  const server: MysqlServer = {
    product,
    engine: isMysql(product) ? 'mysql' : 'mariadb',
    port,
    folder,
    async client(database) {
      const client = await createConnection({
        host: '127.0.0.1',
        port,
        user: 'root',
        ...(database ? { database } : {}),
      });
      client.on('error', () => undefined); // the tests kill servers
      return client;
    },
    async sql(text, database) {
      const client = await server.client(database);
      try {
        let rows: unknown = [];
        for (const statement of splitScript(text)) [rows] = await client.query(statement);
        await client.ping(); // a statement is counted after its answer, and before the next
        return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
      } finally {
        await client.end();
      }
    },
    kill: () => void child.kill('SIGKILL'),
    halt: () => end('SIGTERM'),
    // Nothing in it is worth a tidy end.
    async restart() {
      await end('SIGKILL');
      child = launch();
      await ready();
    },
    async stop() {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  async function ready(): Promise<void> {
    const deadline = performance.now() + 180_000;
    for (;;) {
      try {
        await server.sql('SELECT 1');
        return;
      } catch (error) {
        if (performance.now() > deadline || child.exitCode !== null || child.signalCode !== null)
          throw new Error(`${product} did not start: ${readLog(folder)}`, { cause: error });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
  await ready();
  return server;
}

/** Debian's server, run by the dynamic loader that came with it. */
function mysqlProgram(home: string, folder: string): string[] {
  const share = join(
    home,
    'share',
    readdirSync(join(home, 'share')).find((name) => name.startsWith('mysql')) ?? 'mysql',
  );
  return [
    join(home, 'lib/ld.so'),
    '--library-path',
    join(home, 'lib'),
    join(home, 'bin/mysqld'),
    '--no-defaults',
    `--basedir=${home}`,
    `--lc-messages-dir=${share}`,
    `--character-sets-dir=${join(share, 'charsets')}`,
    `--tmpdir=${folder}`,
    '--secure-file-priv=NULL',
    '--innodb-redo-log-capacity=8M',
  ];
}

function tlsFiles(folder: string, { cert, key, ca }: NonNullable<MysqlOptions['tls']>): string[] {
  const copies = join(folder, 'tls');
  mkdirSync(copies);
  return Object.entries({ cert, key, ca }).map(([name, path]) => {
    const copy = join(copies, `${name}.pem`);
    writeFileSync(copy, readFileSync(path));
    if (asRoot) execFileSync('chown', ['-R', 'nobody:nogroup', copies]);
    chmodSync(copy, 0o600);
    return `--ssl-${name}=${copy}`;
  });
}

const readLog = (folder: string) => {
  try {
    return readFileSync(join(folder, 'error.log'), 'utf8').slice(-1_500);
  } catch {
    return `see ${folder}`;
  }
};

/** Whatever ends this process takes its servers along. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
