import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPostgresEngine } from '../src/engines/postgres/engine.ts';
import { freePort, startPostgres, temporaryFolder } from '../test/support/postgres-server.ts';
import { startWorkload } from './workload.ts';

/** `make demo`: a real PostgreSQL 18 with a shop and its workload, and `dbintel standalone` looking at it. ONCE=1 ends after two cycles. */
const here = dirname(fileURLToPath(import.meta.url));
const once = process.env['ONCE'] === '1';
const folder = temporaryFolder('demo');
const password = 'only-for-the-demo';

const server = await startPostgres({
  settings: { track_activity_query_size: '4096', track_io_timing: 'on' },
  hba: 'host all postgres 127.0.0.1/32 trust\nhost all shop_app 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n',
});
let workload: Awaited<ReturnType<typeof startWorkload>> | undefined;
let exitCode = 1;
try {
  await server.sql('CREATE DATABASE shop');
  await server.sql(readFileSync(join(here, 'shop.sql'), 'utf8'), 'shop');
  await server.sql(createPostgresEngine().prerequisitesSql({ role: 'dbintel', schemas: ['public'], database: 'shop' }), 'shop');
  await server.sql(
    `ALTER ROLE dbintel PASSWORD '${password}'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO dbintel; SELECT pg_stat_statements_reset()`,
    'shop',
  );
  const [size] = await server.sql('SELECT sum(n_live_tup)::bigint AS rows FROM pg_stat_user_tables', 'shop');
  workload = await startWorkload({ host: server.host, port: server.port, user: 'shop_app', database: 'shop' });
  const [version] = await server.sql('SHOW server_version');
  console.log(
    `PostgreSQL ${version?.['server_version']} on ${server.host}:${server.port} · shop with ${Number(size?.['rows']).toLocaleString('en-US')} rows · ${workload.statements} statements running`,
  );
  writeManifests();
  await new Promise((resolve) => setTimeout(resolve, 1_500)); // something for the statistics to count
  exitCode = await standalone();
} finally {
  await workload?.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = exitCode;

function writeManifests(): void {
  mkdirSync(join(folder, 'targets'));
  const manifest = `apiVersion: dbintel.io/v1alpha1
kind: DatabaseTarget
metadata: { name: shop, namespace: demo }
spec:
  engine: postgres
  connection:
    host: ${server.host}
    port: ${server.port}
    database: shop
    credentials: { secretRef: { name: shop-dbintel } }
    tls: { mode: disable }        # loopback only; everywhere else verify-full is the default
  databases: { include: [shop] }
  collection: { interval: 10s, maxQueriesPerCycle: 12 }
  safety: { explains: { perSecond: 2, burst: 30 } }
---
apiVersion: v1
kind: Secret
metadata: { name: shop-dbintel, namespace: demo }
stringData: { username: dbintel, password: ${password} }
`;
  writeFileSync(join(folder, 'targets/shop.yaml'), manifest, { mode: 0o600 });
}

async function standalone(): Promise<number> {
  const address = `127.0.0.1:${process.env['PORT'] ?? (await freePort())}`;
  const args = [
    'standalone',
    '--print',
    '--targets',
    join(folder, 'targets'),
    '--data',
    join(folder, 'data'),
    '--api',
    address,
    '--probes',
    `127.0.0.1:${await freePort()}`,
    ...(once ? ['--cycles', '2'] : []),
  ];
  const child = spawn(join(here, '../bin/dbintel'), args, { stdio: 'inherit' });
  const passOn = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on('SIGINT', () => undefined).on('SIGTERM', passOn); // the terminal sends SIGINT to both
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
