import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  allReady,
  type Operator,
  secretManifest,
  startOperator,
  stopOperators,
  targetManifest,
} from '../support/cluster.ts';
import {
  type ControlPlane,
  controlPlaneBinary,
  startControlPlane,
} from '../support/control-plane.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { dbintel } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { prepareServer } from '../support/target.ts';

/**
 * From an empty cluster to an uninstalled operator, by the commands that docs/install.md shows; and
 * what statuses say on the way.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
let plane: ControlPlane;
let redis: RedisServer;
let server: PostgresServer;
let replicas: Operator[] = [];

interface Status {
  conditions?: { type: string; status: string; reason: string; message: string }[];
  ownership?: { pod: string; epoch: number };
  lastCycle?: { outcome: string; reason?: string };
  safety?: { circuit: string; cause?: string; nextTry?: string };
  plans?: number;
  findings?: number;
  observedGeneration?: number;
}
const statusOf = async (name: string): Promise<Status> =>
  (
    JSON.parse(await plane.kubectl(['get', 'dbt', name, '-n', 'shop', '-o', 'json'])) as {
      status?: Status;
    }
  ).status ?? {};
const ready = async (name: string) =>
  (await statusOf(name)).conditions?.find(({ type }) => type === 'Ready');
const eventually = (what: (status: Status) => boolean, name: string, ms = 30_000) =>
  until(async () => what(await statusOf(name)), ms, `${name} is as wanted`).catch(
    async (error: Error) => {
      throw new Error(`${error.message}; it is ${JSON.stringify(await statusOf(name))}`);
    },
  );
const quick = {
  collection: { interval: '10s', minExecutionCount: 1 },
  safety: { databaseTimeBudget: '100%', databaseTimeBurst: '10m' },
};

beforeAll(async () => {
  [plane, redis, server] = await Promise.all([startControlPlane(), startRedis(), startPostgres()]);
  await prepareServer(server);
  await server.sql(
    'CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 20000); GRANT SELECT ' +
      'ON t TO dbintel',
  );
  for (let i = 0; i < 6; i += 1) await server.sql('SELECT a FROM t WHERE a = 7');
});
afterAll(async () => {
  await stopOperators(replicas);
  await Promise.all([plane, redis, server].map((each) => each?.stop()));
});

it('the commands of docs/install.md work on an empty cluster, in their order', async () => {
  const [, shown = ''] =
    /```sh\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs/install.md'), 'utf8')) ?? [];
  expect(shown).toContain('helm install');
  const path = dirname(controlPlaneBinary('helm'));
  execFileSync('bash', ['-euc', shown.replace(/^docker .*$/m, '')], {
    cwd: root,
    env: {
      ...process.env,
      PATH: `${path}:${process.env['PATH']}`,
      KUBECONFIG: plane.kubeconfig,
      HOME: plane.folder,
    },
    stdio: 'pipe',
  });
  expect(await plane.kubectl(['get', 'dbt', '-n', 'shop'])).toMatch(/orders +postgres/);
  await plane.kubectl(['delete', 'dbt', 'orders', '-n', 'shop']);
  await plane.apply(secretManifest());
  await plane.apply(secretManifest('shop', 'wrong', 'not-its-password'));
});

it('what is known of a target that was taken over is kept when its spec is edited', async () => {
  const kubeconfig = await plane.kubeconfigFor('dbintel', 'dbintel-system');
  // What this install may not, since it is one replica: with Redis, clusters are told apart.
  await plane.kubectl([
    'create',
    'clusterrolebinding',
    'more',
    '--clusterrole=cluster-admin',
    '--serviceaccount=dbintel-system:dbintel',
  ]);
  replicas = await Promise.all(
    ['pod-a', 'pod-b'].map((name) => startOperator({ name, kubeconfig, redis: redis.port })),
  );
  await allReady(replicas);
  await plane.apply(targetManifest({ name: 'orders', port: server.port, spec: quick }));
  await eventually(({ plans = 0, ownership }) => plans > 0 && ownership !== undefined, 'orders');
  const before = await statusOf('orders');
  const owner = replicas.find(({ name }) => name === before.ownership?.pod) as Operator;
  const heir = replicas.find((each) => each !== owner) as Operator;
  owner.signal('SIGTERM');
  await owner.exited;
  replicas = [heir];
  await eventually(({ ownership }) => ownership?.pod === heir.name, 'orders');
  await plane.apply(
    targetManifest({
      name: 'orders',
      port: server.port,
      spec: { ...quick, findings: { mute: [] }, privacy: { queryText: 'redacted' } },
    }),
  );
  for (const interval of ['11s', '12s']) {
    await plane.apply(
      targetManifest({
        name: 'orders',
        port: server.port,
        spec: { ...quick, collection: { ...quick.collection, interval } },
      }),
    );
    const { generation } = JSON.parse(
      await plane.kubectl(['get', 'dbt', 'orders', '-n', 'shop', '-o', 'jsonpath={.metadata}']),
    ) as {
      generation: number;
    };
    await eventually(({ observedGeneration }) => observedGeneration === generation, 'orders');
    expect(await statusOf('orders')).toMatchObject({
      plans: before.plans,
      findings: before.findings,
    });
  }
  // It handed over and was not the last: nobody said that nobody collects.
  expect((await ready('orders'))?.reason).not.toBe('CollectorEnded');
}, 120_000);

it('a circuit that opened keeps its cause; what a person must mend stays under its own name', async () => {
  const safety = { circuitBreaker: { failures: 1, openFor: '20m', maxOpenFor: '30m' } };
  const resting = { collection: { interval: '10s' }, safety };
  await plane.apply(
    targetManifest({ name: 'wrong', port: server.port, secret: 'wrong', spec: resting }),
  );
  await plane.apply(targetManifest({ name: 'again', port: server.port, spec: resting }));
  await plane.apply(targetManifest({ name: 'closed', port: 1, spec: resting }));
  for (const [name, code, reason] of [
    ['wrong', 'authentication_failed', 'AuthenticationFailed'],
    ['again', 'duplicate_target', 'DuplicateTarget'],
    ['closed', 'connection_failed', 'CircuitOpen'],
  ] as const) {
    await eventually(({ safety: now }) => now?.circuit === 'open', name);
    // A label restarts the target: its next cycle is one that the open circuit keeps from running.
    await plane.kubectl(['label', 'dbt', name, '-n', 'shop', 'touched=yes']);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const status = await statusOf(name);
    expect(status.safety).toMatchObject({
      circuit: 'open',
      cause: code,
      nextTry: expect.stringMatching(/^20/),
    });
    expect(status.lastCycle).toMatchObject({ outcome: 'failed', reason: code });
    expect(await ready(name)).toMatchObject({
      status: 'False',
      reason,
      message: expect.stringMatching(/Next attempt at \d\d:\d\d:\d\d\.$/),
    });
    expect(
      (await plane.kubectl(['describe', 'dbt', name, '-n', 'shop'])).replace(/\s+/g, ' '),
    ).toContain(`circuit open (${code}; next attempt at`);
  }
  expect((await ready('again'))?.message).toContain('shop/orders collects');
});

it('there is no target of that name: said so, exit code 1', async () => {
  const answer = await dbintel([
    'kubectl',
    'describe',
    'nope',
    '-n',
    'shop',
    '--kubeconfig',
    plane.kubeconfig,
  ]);
  expect(answer).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('there is no DatabaseTarget shop/nope [not_found]'),
  });
});

it('after the last replica has ended, no status says that somebody collects', async () => {
  const more = await startOperator({
    name: 'pod-c',
    kubeconfig: plane.kubeconfig,
    redis: redis.port,
  });
  await allReady([more]);
  replicas.push(more);
  await until(
    async () => (await more.metric('dbintel_ownership_sessions')) === 2,
    20_000,
    'both know of each other',
  );
  await stopOperators(replicas); // both at once, as an uninstall does
  replicas = [];
  for (const name of ['orders', 'wrong', 'again', 'closed']) {
    expect(await ready(name)).toMatchObject({
      status: 'Unknown',
      reason: 'CollectorEnded',
      message: expect.stringMatching(/nobody collects until/),
    });
  }
  expect(await plane.kubectl(['get', 'dbt', '-n', 'shop'])).toMatch(
    /orders +postgres +Unknown +CollectorEnded/,
  );
  const began = performance.now();
  execFileSync(controlPlaneBinary('helm'), ['uninstall', 'dbintel', '-n', 'dbintel-system'], {
    env: { ...process.env, KUBECONFIG: plane.kubeconfig, HOME: plane.folder },
    stdio: 'pipe',
  });
  expect(performance.now() - began).toBeLessThan(30_000); // it waits for nothing of ours
  expect(await plane.kubectl(['get', 'dbt', '-n', 'shop'])).toContain('orders');
});
