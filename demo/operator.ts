import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPostgresEngine } from '../src/engines/postgres/engine.ts';
import {
  allReady,
  namespaceManifest,
  type Operator,
  secretManifest,
  startOperator,
  stopOperators,
  targetManifest,
} from '../test/support/cluster.ts';
import {
  controlPlaneBinary,
  installCrds,
  startControlPlane,
} from '../test/support/control-plane.ts';
import { type PostgresServer, startPostgres } from '../test/support/postgres-server.ts';
import { startRedis } from '../test/support/redis.ts';
import { startWorkload } from './workload.ts';

/**
 * `make demo-operator`: a real Kubernetes API server, Redis, two PostgreSQL servers with a shop in
 * five databases each, three replicas. Applies ten targets, watches them with kubectl, kills a
 * replica, and shows who took over. ONCE=1 ends by itself; DOCS=1 also writes docs/kubectl.md from
 * what it saw.
 */
const here = dirname(fileURLToPath(import.meta.url));
const once = process.env['ONCE'] === '1' || process.env['DOCS'] === '1';
const password = 'only-for-the-demo';
const shops = ['shop', 'shop-de', 'shop-fr', 'shop-pl', 'shop-it'];
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const title = (text: string) => console.log(`\n── ${text}`);
const interrupted = new Promise<void>((resolve) =>
  process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve()),
);

const legend = `
READY, REASON   is it collected, and if not, why; kubectl describe says what to do
COVERAGE        share of the last interval's database time whose statements have a current plan;
                empty until two looks can be compared
PLANS           distinct plans known;  FINDINGS  what is wrong with them, still open
CIRCUIT         open: cycles failed several times in a row and rest for a while
UPDATED         when this was written: changes at once, figures at least every ten minutes`;

const workloads: Awaited<ReturnType<typeof startWorkload>>[] = [];
console.log(
  'starting a control plane, Redis, and two PostgreSQL servers with a small shop in five ' +
    'databases each …',
);
const [plane, redis, ...servers] = await Promise.all([
  startControlPlane(),
  startRedis(),
  startServer(),
  startServer(),
]);
let replicas: Operator[] = [];
const seen: Record<string, string> = {};
try {
  await installCrds(plane);
  await plane.apply(namespaceManifest('shop'));
  await plane.apply(secretManifest('shop', 'dbintel', password));
  replicas = await Promise.all(
    ['dbintel-6d9c-x2x4k', 'dbintel-6d9c-p8j7q', 'dbintel-6d9c-m5v2w'].map((name) =>
      startOperator({ name, kubeconfig: plane.kubeconfig, redis: redis.port }),
    ),
  );
  await allReady(replicas);
  const [version] = await (servers[0] as PostgresServer).sql('SHOW server_version');
  console.log(
    `Kubernetes ${await serverVersion()} · PostgreSQL ${version?.['server_version']} ×2 · ` +
      `${replicas.length} replicas: ${replicas.map(({ name }) => name).join(', ')}`,
  );

  title('kubectl apply -f targets/   (ten DatabaseTargets)');
  for (const [i, server] of servers.entries())
    for (const name of shops) await plane.apply(target(i, name, server.port));
  await sleep(3_000);
  title(
    'kubectl get dbt -n shop   (some seconds later: the five targets of a server take ' +
      'turns, one works on it at a time)',
  );
  await show(['get', 'dbt', '-n', 'shop']);
  await sleep(25_000);
  title('kubectl get dbt -n shop   (half a minute later)');
  seen['get'] = await show(['get', 'dbt', '-n', 'shop']);
  console.log(legend);
  title('kubectl get dbt -n shop -o wide');
  seen['wide'] = await show(['get', 'dbt', '-n', 'shop', '-o', 'wide']);
  title('kubectl describe dbt shop-a -n shop   (its status)');
  seen['describe'] = (await plane.kubectl(['describe', 'dbt', 'shop-a', '-n', 'shop'])).replace(
    /^Spec:\n(?: .*\n)*/m,
    '',
  );
  console.log(seen['describe']);

  const busiest = (
    await Promise.all(
      replicas.map(async (each) => [await each.metric('dbintel_targets'), each] as const),
    )
  ).toSorted(([x], [y]) => y - x);
  const victim = busiest[0]?.[1] as Operator;
  const others = replicas.filter((each) => each !== victim);
  title(`kill -9 ${victim.name}   (a crash: nothing is handed over)`);
  const began = performance.now();
  victim.signal('SIGKILL');
  const left = () =>
    plane
      .kubectl(['get', 'dbt', '-n', 'shop', '-o', 'jsonpath={.items[*].status.ownership.pod}'])
      .then((text) => text.split(' ').filter((pod) => pod === victim.name).length);
  console.log(
    `${await left()} of its targets wait for another owner; ` +
      'its session runs out 12 s after its last sign of life',
  );
  while ((await left()) > 0 && performance.now() - began < 60_000) await sleep(200);
  seen['takeOver'] = ((performance.now() - began) / 1_000).toFixed(1);
  console.log(
    `all of them are collected by others ${seen['takeOver']} s after the crash (their next ` +
      'cycles raised the epochs)',
  );
  await show(['get', 'dbt', '-n', 'shop', '-o', 'wide']);

  title('kubectl apply -f stop.yaml   (an EmergencyStop for everything)');
  await plane.apply(
    JSON.stringify({
      apiVersion: 'dbintel.io/v1alpha1',
      kind: 'EmergencyStop',
      metadata: { name: 'incident-4711' },
      spec: { scope: { all: true }, reason: 'incident 4711' },
    }),
  );
  await sleep(2_500);
  seen['stop'] = await show(['get', 'estop']);
  // A target says so when its next cycle is due.
  const says = () => plane.kubectl(['get', 'dbt', 'shop-a', '-n', 'shop']);
  const waited = performance.now();
  while (!(await says()).includes('EmergencyStop') && performance.now() - waited < 60_000)
    await sleep(200);
  seen['stopped'] = await show(['get', 'dbt', 'shop-a', '-n', 'shop']);
  await plane.kubectl(['delete', 'estop', 'incident-4711']);
  console.log('deleted: collection goes on');
  replicas = others;
  if (process.env['DOCS'] === '1') {
    await showAdvice();
    writeDocs();
  }
  if (!once) {
    console.log(
      '\nIt goes on until Ctrl-C. In another shell:\n  export ' +
        `KUBECONFIG=${plane.kubeconfig}\n  ${controlPlaneBinary('kubectl')} get dbt -A -w`,
    );
    await interrupted;
  }
} finally {
  if (process.env['DEBUG'])
    for (const each of replicas)
      console.log(
        each.name,
        each
          .log()
          .split('\n')
          .filter((line) => /warn|error/.test(line))
          .join('\n'),
      );
  await stopOperators(replicas);
  await Promise.all(workloads.map((each) => each.stop()));
  for (const server of servers) await server.stop();
  await Promise.all([plane.stop(), redis.stop()]);
}

function target(i: number, name: string, port: number): string {
  return targetManifest({
    name: `${name}-${'ab'[i]}`,
    port,
    database: name,
    spec: {
      databases: { include: [name] },
      advice: { mode: 'propose' },
      collection: { interval: '10s', maxQueriesPerCycle: 12, minExecutionCount: 1 },
      safety: { explains: { perSecond: 2, burst: 30 }, databaseTimeBurst: '5s' },
    },
  });
}

async function startServer(): Promise<PostgresServer> {
  const server = await startPostgres({
    detached: true,
    settings: { track_activity_query_size: '4096', track_io_timing: 'on', autovacuum: 'on' },
    hba:
      'host all postgres 127.0.0.1/32 trust\nhost all shop_app 127.0.0.1/32 trust\n' +
      'host all all 127.0.0.1/32 scram-sha-256\n',
  });
  await server.sql('CREATE DATABASE shop');
  await server.sql(readFileSync(join(here, 'shop.sql'), 'utf8'), 'shop');
  await server.sql(
    createPostgresEngine().prerequisitesSql({
      role: 'dbintel',
      schemas: ['public'],
      database: 'shop',
    }),
    'shop',
  );
  await server.sql(
    `ALTER ROLE dbintel PASSWORD '${password}' CONNECTION LIMIT 8; GRANT SELECT ` +
      'ON ALL TABLES IN SCHEMA public TO dbintel',
    'shop',
  );
  for (const name of shops.slice(1)) {
    await server.sql(`CREATE DATABASE "${name}" TEMPLATE shop`);
    await server.sql(`GRANT CONNECT ON DATABASE "${name}" TO dbintel`);
  }
  await server.sql('SELECT pg_stat_statements_reset()', 'shop');
  const { host, port } = server;
  const started = await Promise.all(
    shops.map((database) => startWorkload({ host, port, user: 'shop_app', database }, 1, 100)),
  );
  workloads.push(...started);
  await Promise.all(started.map(({ begun }) => begun));
  return server;
}

/** A replica looks once a minute whether somebody asks. */
async function showAdvice(): Promise<void> {
  title('kubectl dbintel advise shop-a -n shop --run');
  seen['asked'] = plugin('advise', 'shop-a', '--run');
  const isThere = () => plane.kubectl(['get', 'idxrec', '-n', 'shop', '-o', 'name']);
  for (let i = 0; i < 120 && !(await isThere()); i += 1) await sleep(1_000);
  // What one run makes comes one after the other.
  await sleep(2_000);
  title('kubectl dbintel advise shop-a -n shop');
  seen['advised'] = plugin('advise', 'shop-a');
}

function plugin(...args: string[]): string {
  const { stdout } = spawnSync(
    join(here, '../bin/dbintel'),
    ['kubectl', ...args, '-n', 'shop', '--kubeconfig', plane.kubeconfig],
    { encoding: 'utf8', env: { ...process.env, COLUMNS: '140' } },
  );
  console.log(stdout.trimEnd());
  return stdout;
}

async function serverVersion(): Promise<string> {
  const { gitVersion } = JSON.parse(await plane.kubectl(['get', '--raw', '/version'])) as {
    gitVersion: string;
  };
  return gitVersion.replace(/^v/, '');
}

async function show(args: string[]): Promise<string> {
  const text = await plane.kubectl(args);
  console.log(text.trimEnd());
  return text;
}

function writeDocs(): void {
  const block = (name: string) => `\`\`\`\n${(seen[name] ?? '').trimEnd()}\n\`\`\`\n`;
  writeFileSync(
    join(here, '../docs/kubectl.md'),
    `<!-- Written by \`DOCS=1 make demo-operator\` from a real run; do not edit. -->

# What kubectl shows

Ten targets on two servers, three replicas. \`READY\` and \`REASON\` are the answer. \`COVERAGE\` is
the share of the last interval's database time whose statements have a current plan; it is empty
until two looks can be compared. \`CIRCUIT\` is open after several cycles in a row have failed.
\`UPDATED\` is when the status was written: on transitions at once, figures at least every ten
minutes. Live figures are [metrics](api.md).

\`kubectl dbintel ui\` opens the same as pages: it forwards a port to a replica and prints a link
that signs in ([install](install.md)).

\`kubectl get dbt -n shop\`

${block('get')}
\`kubectl get dbt -n shop -o wide\` adds where, and who collects:

${block('wide')}
\`kubectl describe dbt shop-a -n shop\`, without the spec. The summary says in lines what the fields
beside it say for programs:

${block('describe')}
\`kubectl dbintel advise shop-a -n shop --run\` asks for advice before its day; without \`--run\`
what is advised is told, and what became of it ([advice](advice.md)). \`kubectl get idxrec\` has
the same:

${block('asked')}
${block('advised')}
An EmergencyStop says who has acknowledged it, and every target that it covers says why it rests:

${block('stop')}
${block('stopped')}`,
  );
}
