import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { otelcolBinary } from '../test/support/otelcol.ts';
import {
  freePort,
  type PostgresServer,
  startPostgres,
  temporaryFolder,
} from '../test/support/postgres-server.ts';
import { prepareServer } from '../test/support/target.ts';
import { root, type Section, shippedFlags, sleep } from './harness.ts';

/**
 * Side by side with the OpenTelemetry Collector's PostgreSQL receiver, the tool that does the most
 * similar thing: the same server, the same statements, the same interval and explain budget, one
 * after the other in one run, each from a process of its own that is started, warmed up, and then
 * watched.
 */
const statements = 400;
const interval_s = 10;
const settle_s = 4;
const watched_s = 90;
const later_s = 60;
const manyTargets = 100;
const password = 'only-for-the-bench';

interface Figures {
  plans: number;
  coverage: number;
  cpuMs: number;
  explains: number;
  idleRssMiB: number;
  rssMiB: number;
  manyRssMiB: number;
  connections: number;
  entries: number;
  databaseMs: number;
  /** Of further statements, once the program has run for a while. */
  later: { cpuMs: number; explains: number };
}

export async function peerBench(): Promise<Section> {
  const server = await startPostgres({
    settings: {
      max_connections: '400',
      track_activity_query_size: '4096',
      'pg_stat_statements.max': '10000',
    },
  });
  const dist = join(temporaryFolder('peer'), 'dist');
  execFileSync(
    'node',
    ['--disable-warning=ExperimentalWarning', join(root, 'scripts/bundle.ts'), dist],
    { cwd: root },
  );
  try {
    await prepare(server);
    const theirs = await measure(server, 'peer', (names) => startPeer(server, names));
    const ours = await measure(server, 'dbintel', (names) => startDbintel(server, dist, names));
    // Once more with our statements counted by the server, as the peer's are: what they take is not
    // ours to say.
    await server.sql("ALTER ROLE dbintel SET pg_stat_statements.track = 'all'");
    const counted = await watch(server, 'dbintel', (names) => startDbintel(server, dist, names));
    ours.databaseMs = counted.databaseMs;
    const row = (
      what: string,
      of: (figures: Figures) => string,
      goal = '',
    ): [string, string, string] => [what, `${of(ours)} / ${of(theirs)}`, goal];
    return {
      title: 'Side by side with a peer',
      how:
        "dbintel / the OpenTelemetry Collector 0.145's postgresql receiver, " +
        `one after the other on one PostgreSQL 18: ${statements} statements that run all the ` +
        `time, every ${interval_s} s up to ${statements} EXPLAINs, ` +
        `${watched_s} s from the moment that the statements begin; ` +
        'both ask for a plan once an hour; dbintel with redaction, hash, rules, ' +
        'history and metrics',
      rows: [
        row('statements with a plan', ({ plans }) => String(plans)),
        row(
          'coverage of database time',
          ({ coverage }) => `${(coverage * 100).toFixed(1)} %`,
          'at least as high',
        ),
        row('EXPLAINs while watched', ({ explains }) => String(explains)),
        row('CPU of the process while watched', ({ cpuMs }) => `${cpuMs.toFixed(0)} ms`),
        row('CPU a statement with a plan', ({ cpuMs, plans }) => perPiece(cpuMs, plans)),
        row('CPU an EXPLAIN', ({ cpuMs, explains }) => perPiece(cpuMs, explains), 'no more'),
        row(
          `CPU an EXPLAIN, the next ${later_s} s with ${statements} other statements`,
          ({ later }) => perPiece(later.cpuMs, later.explains),
          'no more',
        ),
        row(
          `resident memory, one target and ${statements} statements`,
          ({ rssMiB }) => `${rssMiB.toFixed(0)} MiB`,
        ),
        row(
          'resident memory, one target at rest',
          ({ idleRssMiB }) => `${idleRssMiB.toFixed(0)} MiB`,
        ),
        row(
          `resident memory, ${manyTargets} targets at rest`,
          ({ manyRssMiB }) => `${manyRssMiB.toFixed(0)} MiB`,
        ),
        row(
          'memory of one more target',
          ({ idleRssMiB, manyRssMiB }) =>
            `${((manyRssMiB - idleRssMiB) / (manyTargets - 1)).toFixed(2)} MiB`,
          '≤ 0.3 MB',
        ),
        row(
          'connections held between cycles, one target',
          ({ connections }) => String(connections),
          '0',
        ),
        row('entries left in pg_stat_statements', ({ entries }) => String(entries), '0'),
        row(
          'database time used while watched, as the server counts',
          ({ databaseMs }) => `${databaseMs.toFixed(0)} ms`,
        ),
        row('database time a statement with a plan', ({ databaseMs, plans }) =>
          perPiece(databaseMs, plans),
        ),
      ],
    };
  } finally {
    await server.stop();
    rmSync(dist, { recursive: true, force: true });
  }
}

const perPiece = (ms: number, pieces: number) => `${(ms / Math.max(1, pieces)).toFixed(2)} ms`;

const texts = (table: string): string[] => {
  const conditions = [
    'b > $2',
    'id > 5',
    'c IS NOT NULL',
    'a < 90',
    'b <> 7',
    'id < 9000',
    'length(c) > 0',
    'a + b > 1',
    "c > 'a'",
  ];
  return Array.from(
    { length: statements },
    (_, i) =>
      `SELECT id, c FROM ${table} WHERE a = $1 AND $2::int > 0 ${conditions
        .filter((_, bit) => i & (1 << bit))
        .map((condition) => `AND ${condition}`)
        .join(' ')} ORDER BY id LIMIT 5`,
  );
};

async function prepare(server: PostgresServer): Promise<void> {
  await prepareServer(server);
  await server.sql(
    `ALTER ROLE dbintel PASSWORD '${password}' CONNECTION LIMIT 300; ` +
      `CREATE ROLE peer LOGIN SUPERUSER PASSWORD '${password}'`,
  );
  for (const table of ['t', 'u'])
    await server.sql(
      `CREATE TABLE ${table} (id int PRIMARY KEY, a int, b int, c text); ` +
        `INSERT INTO ${table} SELECT g, g % 100, g % 1000, g::text ` +
        `FROM generate_series(1, 10000) g; CREATE INDEX ON ${table} (a); CREATE INDEX ` +
        `ON ${table} (b); ANALYZE ${table}; GRANT SELECT ON ${table} TO dbintel`,
    );
  for (let i = 1; i < manyTargets; i += 1) {
    await server.sql(`CREATE DATABASE extra_${i}`);
    await server.sql('CREATE EXTENSION pg_stat_statements', `extra_${i}`);
  }
}

interface Running {
  child: ChildProcess;
  /** queryids that have a plan so far. */
  planned(): Promise<Set<string>>;
  explains(): Promise<number>;
  stop(): Promise<void>;
}

async function measure(
  server: PostgresServer,
  role: string,
  start: (databases: string[]) => Promise<Running>,
): Promise<Figures> {
  await server.sql('SELECT pg_stat_statements_reset()');
  const many = await start([
    'postgres',
    ...Array.from({ length: manyTargets - 1 }, (_, i) => `extra_${i + 1}`),
  ]);
  await sleep(45_000);
  const manyRssMiB = rss(many.child);
  await many.stop();
  return { ...(await watch(server, role, start)), manyRssMiB };
}

async function watch(
  server: PostgresServer,
  role: string,
  start: (databases: string[]) => Promise<Running>,
): Promise<Omit<Figures, 'manyRssMiB'>> {
  await server.sql('SELECT pg_stat_statements_reset()');
  const one = await start(['postgres']);
  await sleep(settle_s * 1_000);
  const idleRssMiB = rss(one.child);
  const first = await runStatements(server, 't');
  const [cpuBefore, explainsBefore, mineBefore] = [
    cpu(one.child),
    await one.explains(),
    await databaseTime(server, role),
  ];
  const held: number[] = [];
  for (let i = 0; i < watched_s; i += 1) {
    await sleep(1_000);
    const [row] = await server.sql(
      `SELECT count(*) AS n FROM pg_stat_activity WHERE usename = '${role}'`,
    );
    held.push(Number(row?.['n']));
  }
  const figures = {
    cpuMs: cpu(one.child) - cpuBefore,
    explains: (await one.explains()) - explainsBefore,
    idleRssMiB,
    rssMiB: rss(one.child),
    connections: Math.min(...held),
    databaseMs: (await databaseTime(server, role)) - mineBefore,
  };
  const planned = await one.planned();
  const rows = await server.sql(
    'SELECT queryid::text AS id, total_exec_time AS ms FROM pg_stat_statements s ' +
      "JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname = 'postgres' " +
      "AND s.query LIKE 'SELECT id, c FROM t%'",
  );
  const total = rows.reduce((sum, { ms }) => sum + Number(ms), 0);
  const covered = rows.filter(({ id }) => planned.has(String(id)));
  const [left] = await server.sql(
    'SELECT count(*) AS n FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid ' +
      `WHERE r.rolname = '${role}'`,
  );
  await first.stop();
  const [cpuThen, explainsThen] = [cpu(one.child), await one.explains()];
  const second = await runStatements(server, 'u');
  await sleep(later_s * 1_000);
  const later = {
    cpuMs: cpu(one.child) - cpuThen,
    explains: (await one.explains()) - explainsThen,
  };
  await one.stop();
  await second.stop();
  return {
    ...figures,
    later,
    plans: covered.length,
    coverage: covered.reduce((sum, { ms }) => sum + Number(ms), 0) / total,
    entries: Number(left?.['n']),
  };
}

/** An application that runs all statements over one table, again and again. */
async function runStatements(
  server: PostgresServer,
  table: string,
): Promise<{ stop(): Promise<void> }> {
  const client = await server.client();
  let running = true;
  const work = (async () => {
    while (running) for (const text of texts(table)) if (running) await client.query(text, [1, 2]);
  })();
  return {
    async stop() {
      running = false;
      await work;
      await client.end();
    },
  };
}

const ticks_ms = 10;
function cpu({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * ticks_ms;
}
const rss = ({ pid }: ChildProcess): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;

/** As the server counts it. */
async function databaseTime(server: PostgresServer, role: string): Promise<number> {
  const [row] = await server.sql(
    'SELECT coalesce(sum(total_exec_time + total_plan_time), 0) AS ms ' +
      'FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid ' +
      `WHERE r.rolname = '${role}'`,
  );
  return Number(row?.['ms']);
}

async function startPeer(server: PostgresServer, databases: string[]): Promise<Running> {
  const folder = temporaryFolder('peer-collector');
  const out = join(folder, 'logs.json');
  const receiver = (database: string) => ({
    endpoint: `127.0.0.1:${server.port}`,
    transport: 'tcp',
    username: 'peer',
    password,
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
  const plans = () =>
    existsSync(out)
      ? [
          ...readFileSync(out, 'utf8').matchAll(
            /"key":"postgresql\.queryid","value":\{"stringValue":"(-?\d+)"\}|"key":"postgresql\.query_plan","value":\{"stringValue":"((?:[^"\\]|\\.)*)"\}/g,
          ),
        ]
      : [];
  return {
    child,
    planned: async () => {
      // Attributes of a record stand in one order: pair each plan that is not empty with the id of
      // its record.
      const found = new Set<string>();
      for (const line of existsSync(out)
        ? readFileSync(out, 'utf8').split('\n').filter(Boolean)
        : [])
        for (const record of recordsOf(line))
          if (record['postgresql.query_plan'] && record['postgresql.queryid'])
            found.add(record['postgresql.queryid']);
      return found;
    },
    explains: async () => plans().filter(([, , plan]) => plan).length,
    stop: () => ended(child, folder),
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

async function startDbintel(
  server: PostgresServer,
  dist: string,
  databases: string[],
): Promise<Running> {
  const folder = temporaryFolder('peer-dbintel');
  mkdirSync(join(folder, 'targets'));
  for (const database of databases)
    writeFileSync(
      join(folder, `targets/${database}.yaml`),
      JSON.stringify({
        apiVersion: 'dbintel.io/v1alpha1',
        kind: 'DatabaseTarget',
        metadata: { name: database.replaceAll('_', '-'), namespace: 'bench' },
        spec: {
          engine: 'postgres',
          connection: {
            host: '127.0.0.1',
            port: server.port,
            database,
            credentials: { file: join(folder, 'credentials') },
            tls: { mode: 'disable' },
          },
          databases: { include: [database] },
          collection: {
            interval: `${interval_s}s`,
            maxQueriesPerCycle: statements,
            minExecutionCount: 1,
            reexplainAfter: '1h',
          },
          safety: {
            explains: { perSecond: 1_000, burst: 10_000 },
            databaseTimeBudget: '100%',
            databaseTimeBurst: '10m',
          },
        },
      }),
    );
  mkdirSync(join(folder, 'credentials'));
  writeFileSync(join(folder, 'credentials/username'), 'dbintel');
  writeFileSync(join(folder, 'credentials/password'), password, { mode: 0o600 });
  const [api, probes] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const child = spawn(
    'node',
    [
      ...shippedFlags,
      join(dist, 'main.js'),
      'standalone',
      '--targets',
      join(folder, 'targets'),
      '--data',
      join(folder, 'data'),
      '--api',
      api,
      '--probes',
      probes,
    ],
    {
      stdio: 'ignore',
      env: { ...process.env, DBINTEL_LOG_LEVEL: 'warn' },
    },
  );
  const metric = async (name: string) => {
    const text = await fetch(`http://${probes}/metrics`).then((answer) => answer.text());
    return text
      .split('\n')
      .filter((line) => line.startsWith(name))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  };
  return {
    child,
    planned: async () => {
      const queries = (await fetch(
        `http://${api}/api/v1/targets/bench/postgres/queries?limit=1000`,
      ).then((answer) => answer.json())) as {
        items?: { nativeId: string; latestHash?: string }[];
      };
      const items =
        queries.items ?? (queries as unknown as { nativeId: string; latestHash?: string }[]);
      return new Set(items.filter(({ latestHash }) => latestHash).map(({ nativeId }) => nativeId));
    },
    explains: () => metric('dbintel_explain_seconds_count'),
    stop: () => ended(child, folder),
  };
}

async function ended(child: ChildProcess, folder: string): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
  rmSync(folder, { recursive: true, force: true });
}
