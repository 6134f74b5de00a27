import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allReady,
  namespaceManifest,
  type Operator,
  secretManifest,
  startOperator,
  stopOperators,
  targetManifest,
} from '../support/cluster.ts';
import {
  type ControlPlane,
  controlPlaneBinary,
  installCrds,
  run,
  startControlPlane,
} from '../support/control-plane.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres, temporaryFolder } from '../support/postgres-server.ts';
import { dbintel } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { prepareServer } from '../support/target.ts';

/** Three real replicas on a real control plane, with exactly the rights that the chart grants. */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
let plane: ControlPlane;
let redis: RedisServer;
let server: PostgresServer;
let other: PostgresServer;
let kubeconfig: string;
let replicas: Operator[] = [];

export function renderChart(
  values: string[] = [],
  release = 'dbintel',
  namespace = 'dbintel-system',
): string {
  return execFileSync(
    controlPlaneBinary('helm'),
    [
      'template',
      release,
      join(root, 'helm/dbintel'),
      '--namespace',
      namespace,
      ...values.flatMap((each) => ['--set', each]),
    ],
    { encoding: 'utf8' },
  );
}

interface Status {
  observedGeneration?: number;
  conditions?: { type: string; status: string; reason: string; message: string }[];
  ownership?: { pod: string; epoch: number; shard: number; holder: string };
  lastCycle?: { at: string };
  plans?: number;
  summary?: Record<string, string>;
}
const statusOf = async (name: string, namespace = 'shop'): Promise<Status> =>
  (
    JSON.parse(await plane.kubectl(['get', 'dbt', name, '-n', namespace, '-o', 'json'])) as {
      status?: Status;
    }
  ).status ?? {};
const ready = async (name: string, namespace = 'shop') =>
  (await statusOf(name, namespace)).conditions?.find(({ type }) => type === 'Ready');
const reason = async (name: string, wanted: string, ms = 30_000, namespace = 'shop') =>
  until(
    async () => (await ready(name, namespace))?.reason === wanted,
    ms,
    `${name} is ${wanted}`,
  ).catch(async (error: Error) => {
    throw new Error(`${error.message}; it is ${JSON.stringify(await statusOf(name, namespace))}`);
  });
/** One text runs in all of them, and has a plan in each. */
const databases = ['one', 'two', 'three', 'four'];
/** Often, and with a budget that a busy machine does not use up by being slow. */
const quick = {
  collection: { interval: '10s', minExecutionCount: 1 },
  safety: { databaseTimeBudget: '100%', databaseTimeBurst: '10m' },
};

beforeAll(async () => {
  [plane, redis, server, other] = await Promise.all([
    startControlPlane(),
    startRedis(),
    startPostgres(),
    startPostgres(),
  ]);
  await installCrds(plane);
  for (const each of [server, other]) {
    await each.sql(
      'CREATE TABLE t (a int, b int); INSERT INTO t SELECT i, i FROM generate_series(1, 20000) i',
    );
    for (const name of databases) await each.sql(`CREATE DATABASE ${name}`);
    await prepareServer(each);
    for (const name of databases) {
      await prepareServer(each, name);
      await each.sql(
        'CREATE TABLE t (a int, b int); INSERT INTO t SELECT i, i ' +
          'FROM generate_series(1, 20000) i; GRANT SELECT ON t TO dbintel',
        name,
      );
    }
    // What has prepared it would be selected beside the application's.
    await each.sql('SELECT pg_stat_statements_reset()');
    for (const name of databases)
      for (let i = 0; i < 6; i += 1) await each.sql('SELECT a FROM t WHERE b = 7', name);
  }
  for (const name of ['dbintel-system', 'shop', 'hidden'])
    await plane.apply(namespaceManifest(name));
  await plane.apply(secretManifest());
  await plane.apply(secretManifest('hidden'));
  await plane.apply(
    renderChart(['secrets.namespaces={shop}', 'emergencyStop.resumeThroughApi=true']),
  );
  kubeconfig = await plane.kubeconfigFor('dbintel', 'dbintel-system');
  replicas = await Promise.all(
    ['pod-a', 'pod-b', 'pod-c'].map((name) =>
      startOperator({ name, kubeconfig, redis: redis.port }),
    ),
  );
  await allReady(replicas);
});
afterAll(async () => {
  await stopOperators(replicas);
  await Promise.all([plane, redis, server, other].map((each) => each?.stop()));
});

describe('a target', () => {
  it('applied is collected by one replica, and its status says so', async () => {
    await plane.apply(
      targetManifest({ name: 'orders', port: server.port, database: 'one', spec: quick }),
    );
    await reason('orders', 'Collecting');
    // A first cycle may be cut short: a replica that begins takes shards over. What runs on has its
    // plan in the next one.
    const runsOn = async () => {
      await server.sql('SELECT a FROM t WHERE b = 7', 'one');
      return (await statusOf('orders')).plans === databases.length;
    };
    await until(runsOn, 30_000, 'its plan is there').catch(async (error: Error) => {
      throw new Error(`${error.message}; it is ${JSON.stringify(await statusOf('orders'))}`);
    });
    const status = await statusOf('orders');
    expect(status).toMatchObject({
      observedGeneration: 1,
      ownership: { epoch: expect.any(Number) },
      plans: databases.length,
    });
    expect(status.conditions?.map(({ type, status: value }) => [type, value])).toEqual([
      ['Ready', 'True'],
      ['PrerequisitesMet', 'True'],
      ['CollectionHealthy', 'True'],
      ['SafetyThrottled', 'False'],
    ]);
    const event = /Normal +Collecting +.*dbintel +Collecting query plans/;
    const describing = () => plane.kubectl(['describe', 'dbt', 'orders', '-n', 'shop']);
    await until(async () => event.test(await describing()), 20_000, 'an event tells it');
    const described = await describing();
    expect(described).toMatch(/Server: +PostgreSQL 18/);
    expect(described).toMatch(/Query \d: +\d+% +\S.*/);
    expect(described).not.toContain('pw-of-the-collector');
  });
  it('whose spec changes is collected by the new one within seconds', async () => {
    await plane.apply(
      targetManifest({
        name: 'orders',
        port: server.port,
        database: 'one',
        spec: { ...quick, suspend: true },
      }),
    );
    const began = performance.now();
    await reason('orders', 'Suspended', 5_000);
    expect((await statusOf('orders')).observedGeneration).toBe(2);
    expect(performance.now() - began).toBeLessThan(5_000);
    await plane.apply(
      targetManifest({ name: 'orders', port: server.port, database: 'one', spec: quick }),
    );
    await reason('orders', 'Collecting', 5_000);
  });
  it('whose Secret is not readable says which right is missing; with it, it goes on by itself', async () => {
    await plane.apply(
      targetManifest({
        name: 'secretive',
        namespace: 'hidden',
        port: server.port,
        database: 'two',
        spec: quick,
      }),
    );
    await reason('secretive', 'SecretUnavailable', 15_000, 'hidden');
    expect((await ready('secretive', 'hidden'))?.message).toContain(
      'needs "get" on secrets in this namespace',
    );
    expect(
      (await statusOf('secretive', 'hidden')).conditions?.find(({ type }) => type === 'Stalled')
        ?.status,
    ).toBe('True');
    await plane.apply(
      renderChart(['secrets.namespaces={shop,hidden}', 'emergencyStop.resumeThroughApi=true']),
    );
    await reason('secretive', 'Collecting', 40_000, 'hidden');
    expect(
      (await statusOf('secretive', 'hidden')).conditions?.some(({ type }) => type === 'Stalled'),
    ).toBe(false);
    await plane.kubectl(['delete', 'dbt', 'secretive', '-n', 'hidden']);
  });
  it('whose password is rotated is read again', async () => {
    await server.sql("ALTER ROLE dbintel PASSWORD 'another-password'");
    await plane.apply(secretManifest('shop', 'dbintel', 'another-password'));
    const before = (await statusOf('orders')).lastCycle?.at;
    await until(
      async () =>
        (await plane.kubectl([
          'get',
          'dbt',
          'orders',
          '-n',
          'shop',
          '-o',
          'jsonpath={.status.conditions[0].reason}',
        ])) === 'Collecting',
      20_000,
      'well',
    );
    await systemSleep(11_000);
    expect((await ready('orders'))?.reason).toBe('Collecting');
    expect(before).toBeDefined();
    await server.sql("ALTER ROLE dbintel PASSWORD 'pw-of-the-collector'");
    await plane.apply(secretManifest());
  });
  it('that is a second one for a server and database is told so, whichever replica has it', async () => {
    for (const name of ['orders-again', 'orders-too', 'orders-once-more'])
      await plane.apply(targetManifest({ name, port: server.port, database: 'one', spec: quick }));
    for (const name of ['orders-again', 'orders-too', 'orders-once-more'])
      await reason(name, 'DuplicateTarget');
    expect((await ready('orders-too'))?.message).toContain('shop/orders collects');
    await plane.kubectl([
      'delete',
      'dbt',
      'orders-again',
      'orders-too',
      'orders-once-more',
      '-n',
      'shop',
    ]);
  });
  it('that is deleted leaves nothing behind', async () => {
    await plane.apply(
      targetManifest({ name: 'passing', port: other.port, database: 'one', spec: quick }),
    );
    await reason('passing', 'Collecting');
    const uid = (
      await plane.kubectl(['get', 'dbt', 'passing', '-n', 'shop', '-o', 'jsonpath={.metadata.uid}'])
    ).trim();
    const client = redis.client();
    await client.connect();
    const keys = () => client.keys(`*${uid}*`);
    await until(async () => (await keys()).length > 0, 20_000, 'its state is saved');
    await plane.kubectl(['delete', 'dbt', 'passing', '-n', 'shop']);
    await until(async () => (await keys()).length === 0, 20_000, 'its state is gone');
    client.disconnect();
    await until(
      async () =>
        (await Promise.all(replicas.map((each) => each.metrics()))).every(
          (text) => !text.includes('target="passing"'),
        ),
      20_000,
      'its series are gone',
    );
    await until(
      async () =>
        (await other.sql("SELECT 1 FROM pg_stat_activity WHERE usename = 'dbintel'")).length === 0,
      20_000,
      'no connection is left',
    );
    // Made anew under its name, it is not told that it collects already.
    const interval = { ...quick, collection: { ...quick.collection, interval: '10m' } };
    for (let i = 0; i < 2; i += 1) {
      await plane.apply(
        targetManifest({ name: 'passing', port: other.port, database: 'one', spec: interval }),
      );
      await reason('passing', 'Collecting', 60_000);
      await plane.kubectl(['delete', 'dbt', 'passing', '-n', 'shop']);
    }
  });
  it('whose resource was put back to an earlier day goes on, and is asked no more often for that', async () => {
    const spec = { ...quick, collection: { ...quick.collection, interval: '1h' } };
    await plane.apply(targetManifest({ name: 'past', port: other.port, database: 'three', spec }));
    await reason('past', 'Collecting', 30_000);
    const uid = await plane.kubectl([
      'get',
      'dbt',
      'past',
      '-n',
      'shop',
      '-o',
      'jsonpath={.metadata.uid}',
    ]);
    // As etcd is after its backup of yesterday: what others know is later than what it says.
    const client = redis.client();
    await client.connect();
    await client.hset(`dbintel:target:${uid}`, 'epoch', 9);
    await plane.apply(
      targetManifest({ name: 'past', port: other.port, database: 'three', spec: quick }),
    );
    const epoch = async () => (await statusOf('past')).ownership?.epoch ?? 0;
    await until(async () => (await epoch()) > 9, 30_000, 'it owns past what was written');
    client.disconnect();
    const begun = () =>
      replicas
        .map((each) => each.log())
        .join('')
        .split('"shop/past","msg":"target');
    const before = begun().length;
    await until(
      async () => replicas.some((each) => each.log().includes(`"shop/past","cycle":2`)),
      30_000,
      'its cycles go on',
    );
    expect(begun().length - before).toBeLessThan(3);
    await plane.kubectl(['delete', 'dbt', 'past', '-n', 'shop']);
  });
  it('on two databases of one server: they take turns', async () => {
    for (const name of ['two', 'three', 'four'])
      await plane.apply(targetManifest({ name, port: server.port, database: name, spec: quick }));
    for (const name of ['two', 'three', 'four']) await reason(name, 'Collecting', 30_000);
  });
});

describe('the plugin of kubectl', () => {
  const plugin = (...args: string[]) =>
    run(controlPlaneBinary('kubectl'), ['dbintel', ...args], {
      env: { PATH: `${join(root, 'bin')}:${process.env['PATH']}`, KUBECONFIG: plane.kubeconfig },
    }).catch((error: Error & { stdout?: string }) => {
      throw new Error(`${error.message} ${error.stdout ?? ''}`);
    });
  it('describes a target, lists plans, and says which command it does not know', async () => {
    expect(await plugin('describe', 'orders', '-n', 'shop')).toMatch(
      /^Name: +orders\nNamespace: +shop\nConditions:\n +Ready +True/,
    );
    expect(await plugin('plans', '-n', 'shop')).toMatch(
      /TARGET +TIME +QUERY[\s\S]+orders +\d+% +\S/,
    );
    expect(JSON.parse(await plugin('describe', 'orders', '-n', 'shop', '--json'))).toHaveProperty(
      'conditions',
    );
    for (const command of ['describe', 'plans']) {
      const answer = await dbintel([
        'kubectl',
        command,
        'nobody',
        '-n',
        'shop',
        '--kubeconfig',
        plane.kubeconfig,
      ]);
      expect(answer).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/there is no DatabaseTarget shop\/nobody \[not_found\]/),
      });
    }
    await expect(plugin('plan')).rejects.toThrow(/Usage: kubectl dbintel/);
  });
  it('validates manifests here and by the API server, and changes nothing', async () => {
    const folder = temporaryFolder('plugin');
    const good = targetManifest({ name: 'not-yet', port: 5_432 });
    writeFileSync(join(folder, 'good.yaml'), good);
    writeFileSync(
      join(folder, 'bad.yaml'),
      good.replace('"interval"', '"intervall"').replace('"engine":"postgres"', '"engine":"oracle"'),
    );
    expect(await plugin('validate', join(folder, 'good.yaml'))).toContain('all is well');
    await expect(plugin('validate', join(folder, 'bad.yaml'))).rejects.toThrow(
      /bad\.yaml:1 +spec\.engine/,
    );
    // What only the API server knows: the engine of a target that is there may not change.
    writeFileSync(
      join(folder, 'moved.yaml'),
      targetManifest({ name: 'orders', port: server.port, spec: { engine: 'mysql' } }),
    );
    await expect(plugin('validate', join(folder, 'moved.yaml'))).rejects.toThrow(
      /engine is immutable/,
    );
    expect(await plane.kubectl(['get', 'dbt', '-n', 'shop'])).not.toContain('not-yet');
    rmSync(folder, { recursive: true });
  });
});

describe('an EmergencyStop', () => {
  const stop = (name: string, scope: object) =>
    plane.apply(
      JSON.stringify({
        apiVersion: 'dbintel.io/v1alpha1',
        kind: 'EmergencyStop',
        metadata: { name },
        spec: { scope, reason: 'incident 4711' },
      }),
    );
  const stopped = async () => Promise.all(replicas.map((each) => each.metric('dbintel_stops')));
  it('stops the fleet within two seconds, says who has acknowledged it, and deleting it resumes', async () => {
    await stop('incident', { all: true });
    await until(
      async () => (await stopped()).every((count) => count === 1),
      2_000,
      'every replica knows',
    );
    await until(
      async () =>
        /3\/3\s+0\s+\S+\s+incident 4711/.test(await plane.kubectl(['get', 'estop', 'incident'])),
      20_000,
      'all have acknowledged it',
    );
    expect(await plane.kubectl(['describe', 'estop', 'incident'])).toMatch(
      /replicas 3\/3, cycles in flight 0, since \d\d:\d\d:\d\d/,
    );
    await reason('orders', 'EmergencyStop');
    expect((await ready('orders'))?.message).toContain('incident 4711');
    await plane.kubectl(['delete', 'estop', 'incident']);
    await until(
      async () => (await stopped()).every((count) => count === 0),
      2_000,
      'every replica knows that it is over',
    );
    await reason('orders', 'Collecting');
  });
  it('covers namespaces, targets, or labels', async () => {
    // it shares its server with three others, and may have waited for its turn
    await reason('two', 'Collecting', 30_000);
    await stop('one-target', { targets: ['shop/orders'] });
    await reason('orders', 'EmergencyStop');
    expect((await ready('two'))?.reason).not.toBe('EmergencyStop');
    await plane.kubectl(['delete', 'estop', 'one-target']);
    await plane.kubectl(['label', 'dbt', 'two', '-n', 'shop', 'tier=gold']);
    await stop('gold', { selector: { matchLabels: { tier: 'gold' } } });
    await reason('two', 'EmergencyStop');
    await reason('orders', 'Collecting');
    await plane.kubectl(['delete', 'estop', 'gold']);
    await reason('two', 'Collecting');
  });
  it('comes and goes within two seconds while Redis does not answer, also one that was told there before', async () => {
    await stop('before', { all: true });
    await until(
      async () => (await stopped()).every((count) => count === 1),
      2_000,
      'every replica knows',
    );
    redis.signal('SIGSTOP');
    try {
      await plane.kubectl(['delete', 'estop', 'before']);
      await until(
        async () => (await stopped()).every((count) => count === 0),
        3_000,
        'every replica resumes',
      );
      await stop('meanwhile', { all: true });
      await until(
        async () => (await stopped()).every((count) => count === 1),
        3_000,
        'every replica knows of the next one',
      );
      await plane.kubectl(['delete', 'estop', 'meanwhile']);
      await until(
        async () => (await stopped()).every((count) => count === 0),
        3_000,
        'that it is over, too',
      );
    } finally {
      redis.signal('SIGCONT');
    }
    const client = redis.client();
    await client.connect();
    await until(
      async () =>
        (await client.hkeys('{dbintel}:flags')).every((name) => !name.startsWith('stop/')),
      20_000,
      'Redis agrees',
    );
    client.disconnect();
    // What Redis had not carried out yet comes late; each asks once a second.
    await until(
      async () => (await stopped()).every((count) => count === 0),
      2_000,
      'every replica has seen that',
    );
  });
  it('that covers nothing, by a slip of the pen, says so', async () => {
    await stop('misspelt', { targets: ['shop/oders'] });
    await until(
      async () =>
        (
          await plane.kubectl(['get', 'estop', 'misspelt', '-o', 'jsonpath={.status.summary}'])
        ).includes('no target that there is'),
      30_000,
      'it says so',
    );
    await plane.apply(
      targetManifest({ name: 'oders', port: other.port, database: 'three', spec: quick }),
    );
    await reason('oders', 'EmergencyStop');
    await until(
      async () =>
        /Acknowledged/.test(
          await plane.kubectl([
            'get',
            'estop',
            'misspelt',
            '-o',
            'jsonpath={.status.conditions[0].reason}',
          ]),
        ),
      30_000,
      'now there is one',
    );
    await plane.kubectl(['delete', 'dbt', 'oders', '-n', 'shop']);
    await plane.kubectl(['delete', 'estop', 'misspelt']);
    await expect(
      stop('valueless', { selector: { matchExpressions: [{ key: 'tier', operator: 'In' }] } }),
    ).rejects.toThrow(/In and NotIn want values/);
  });
  it('through the CLI into the cluster, through a replica’s API, and past the API server into Redis', async () => {
    const cli = await dbintel([
      'stop',
      '--namespace',
      'shop',
      '--reason',
      'by hand',
      '--kubeconfig',
      plane.kubeconfig,
    ]);
    expect(cli.stdout).toMatch(/^stopped stop-\w+ +namespace shop/);
    await reason('orders', 'EmergencyStop');
    expect((await dbintel(['resume', '--all', '--kubeconfig', plane.kubeconfig])).code).toBe(0);
    await reason('orders', 'Collecting');

    const api = (replicas[1] as Operator).api;
    const headers = {
      authorization: 'Bearer token-of-the-test',
      'content-type': 'application/json',
    };
    const made = await fetch(`${api}/api/v1/stop`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ scope: { all: true }, reason: 'api' }),
    });
    expect(made.status).toBe(200);
    expect(await plane.kubectl(['get', 'estop'])).toContain('api');
    await until(
      async () => (await stopped()).every((count) => count === 1),
      2_000,
      'every replica knows',
    );
    await fetch(`${api}/api/v1/resume`, { method: 'POST', headers, body: '{"all":true}' });
    await until(
      async () => (await stopped()).every((count) => count === 0),
      2_000,
      'every replica resumes',
    );

    const env = { DBINTEL_REDIS_ENDPOINTS: `127.0.0.1:${redis.port}` };
    expect((await dbintel(['stop', '--all', '--redis'], env)).code).toBe(0);
    await until(
      async () => (await stopped()).every((count) => count === 1),
      2_000,
      'every replica knows',
    );
    expect((await dbintel(['resume', '--all', '--redis'], env)).stdout).toContain('resumed');
    await until(
      async () => (await stopped()).every((count) => count === 0),
      2_000,
      'every replica resumes',
    );
  });
  it('that is in force already is acknowledged by a replica that begins, and nothing fails while it does', async () => {
    const env = { DBINTEL_REDIS_ENDPOINTS: `127.0.0.1:${redis.port}` };
    expect((await dbintel(['stop', '--all', '--redis'], env)).code).toBe(0);
    const late = await startOperator({ name: 'pod-late', kubeconfig, redis: redis.port });
    try {
      await allReady([late]);
      expect(await late.metric('dbintel_stops')).toBe(1);
      expect(late.log()).not.toMatch(/ReferenceError|could not be/);
    } finally {
      late.signal('SIGTERM');
      await late.exited;
    }
    expect((await dbintel(['resume', '--all', '--redis'], env)).code).toBe(0);
    await until(
      async () => (await stopped()).every((count) => count === 0),
      2_000,
      'every replica resumes',
    );
  });
  it('reaches a replica whose watch is broken: a resource that others see is told in Redis', async () => {
    await stop('told', { all: true });
    const client = redis.client();
    await client.connect();
    await until(
      async () => (await client.hget('{dbintel}:flags', 'stop/told')) !== null,
      2_000,
      'the flag is there',
    );
    await client.hdel('{dbintel}:flags', 'stop/told');
    await until(
      async () => (await client.hget('{dbintel}:flags', 'stop/told')) !== null,
      5_000,
      'the flag is there again',
    );
    await plane.kubectl(['delete', 'estop', 'told']);
    await until(
      async () => (await client.hget('{dbintel}:flags', 'stop/told')) === null,
      5_000,
      'the flag is taken down',
    );
    client.disconnect();
    await until(
      async () => (await stopped()).every((count) => count === 0),
      2_000,
      'every replica resumes',
    );
  });
});

describe('the program', () => {
  it('tells liveness, readiness, and figures in names that dashboards know', async () => {
    const [replica] = replicas as [Operator];
    expect((await fetch(`${replica.probes}/healthz`)).status).toBe(200);
    const text = await replica.metrics();
    for (const name of [
      'controller_runtime_reconcile_total{controller="databasetarget",result="success"}',
      'workqueue_depth',
      'workqueue_adds_total{name="databasetarget"}',
      'rest_client_requests_total{code="200",method="PATCH"',
      'dbintel_ownership_shards',
      'dbintel_ownership_moves_total{kind="claimed"}',
      'dbintel_watch_age_seconds',
      'dbintel_redis_operations_total{purpose="lease"}',
    ])
      expect(text).toContain(name);
    expect(await replica.metric('dbintel_ownership_orphaned_targets')).toBe(0);
  });
  it('without one of the chart’s rights something breaks, and says so', async () => {
    const rules = renderChart(['secrets.namespaces={shop}'], 'less', 'dbintel-system');
    const without = rules.replace(
      /resources: \[databasetargets\]\n(\s+)verbs: \[get, list, watch\]/,
      'resources: [databasetargets]\n$1verbs: [get]',
    );
    expect(without).not.toBe(rules);
    await plane.apply(without);
    const limited = await startOperator({
      name: 'limited',
      kubeconfig: await plane.kubeconfigFor('less-dbintel', 'dbintel-system'),
      env: { DBINTEL_STATE: 'memory' },
    });
    await until(
      async () =>
        (
          await fetch(`${limited.probes}/readyz`).then(
            (answer) => answer.text(),
            () => '',
          )
        ).includes('refuses to list databasetargets'),
      60_000,
      'it says why it is not ready',
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${limited.log()}`);
    });
    await stopOperators([limited]);
  });
  it('in some namespaces only, alone, without Redis', async () => {
    await plane.apply(namespaceManifest('lonely'));
    await plane.apply(secretManifest('lonely'));
    await plane.apply(renderChart(['watchNamespaces={lonely}'], 'lonely', 'dbintel-system'));
    const alone = await startOperator({
      name: 'alone',
      kubeconfig: await plane.kubeconfigFor('lonely-dbintel', 'dbintel-system'),
      args: ['--namespaces', 'lonely'],
    });
    await allReady([alone]);
    await plane.apply(
      targetManifest({
        name: 'hermit',
        namespace: 'lonely',
        port: other.port,
        database: 'two',
        spec: quick,
      }),
    );
    // The fleet sees it too: whoever is fenced gives way, and both keep to one at a time. Here the
    // fleet is told to leave it.
    await reason('hermit', 'Collecting', 60_000, 'lonely');
    await plane.kubectl(['delete', 'dbt', 'hermit', '-n', 'lonely']);
    await stopOperators([alone]);
  });
  it('that watches something else under the same key prefix does not start collecting, and says why', async () => {
    const stranger = await startOperator({
      name: 'stranger',
      kubeconfig: plane.kubeconfig,
      redis: redis.port,
      args: ['--namespaces', 'shop'],
    });
    const readyz = () =>
      fetch(`${stranger.probes}/readyz`).then(
        (answer) => answer.text(),
        () => '',
      );
    await until(
      async () => (await readyz()).includes('other replicas with this key prefix watch'),
      60_000,
      'it says why',
    );
    // once, not every second
    const said = () => stranger.log().split('other replicas with this key prefix').length - 1;
    await until(async () => said() > 0, 20_000, 'the log says it');
    expect(said()).toBe(1);
    await stopOperators([stranger]);
  });
  it('ends on SIGTERM: its targets go on elsewhere within two seconds', async () => {
    const [leaving, ...rest] = replicas as [Operator, ...Operator[]];
    leaving.signal('SIGTERM');
    expect(await leaving.exited).toBe(0);
    const began = performance.now();
    await until(
      async () =>
        (await Promise.all(rest.map((each) => each.metric('dbintel_ownership_shards')))).reduce(
          (a, b) => a + b,
          0,
        ) === 1_024,
      5_000,
      'all shards are held',
    );
    expect(performance.now() - began).toBeLessThan(2_500);
    replicas = rest;
    expect(leaving.log()).not.toContain('"level":"error"');
  });
});

const systemSleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
