import { silentMetrics } from '../src/base/metrics.ts';
import { systemClock } from '../src/base/node/clock.ts';
import { systemRandom } from '../src/base/random.ts';
import { createKubeClient, type KubeClient } from '../src/kubernetes/kube-client.ts';
import {
  namespaceManifest,
  type Operator,
  secretManifest,
  startOperator,
  targetManifest,
} from '../test/support/cluster.ts';
import {
  type ControlPlane,
  installCrds,
  startControlPlane,
} from '../test/support/control-plane.ts';
import { startPostgres } from '../test/support/postgres-server.ts';
import { type RedisServer, startRedis } from '../test/support/redis.ts';
import { prepareServer } from '../test/support/target.ts';
import type { Section } from './harness.ts';
import { type StandIn, standInAccess, startStandIn } from './stand-in.ts';

/**
 * What the operator is measured on: a real API server and Redis, the bundled program, and databases
 * that a stand-in answers.
 */
const createAtOnce = 24;
export const targetsPath = '/apis/dbintel.io/v1alpha1/namespaces/load/databasetargets';

export type Rows = Section['rows'];
export interface Stage {
  plane: ControlPlane;
  redis: RedisServer;
  standIn: StandIn;
  client: KubeClient;
  program: readonly string[];
}

/** `program`: the bundle, of any revision. */
export async function onStage<T>(
  program: readonly string[],
  measure: (stage: Stage) => Promise<T>,
): Promise<T> {
  const standIn = await recordStandIn();
  const [plane, redis] = await Promise.all([startControlPlane(), startRedis()]);
  await installCrds(plane);
  await plane.apply(namespaceManifest('load'));
  await plane.apply(secretManifest('load'));
  const client = createKubeClient({
    kubeconfig: plane.kubeconfig,
    clock: systemClock,
    random: systemRandom,
    metrics: silentMetrics,
  });
  try {
    return await measure({ plane, redis, standIn, client, program });
  } finally {
    await client.close();
    await Promise.all([plane.stop(), redis.stop(), standIn.close()]);
  }
}

export const standInRow = ({ standIn }: Stage): Rows[number] => [
  'messages to the stand-in, those that it asked the real server for, ' +
    'and those without an answer (their cycle fails)',
  `${standIn.answered.toLocaleString('en-US')}, ${standIn.asked}, ${standIn.unknown}`,
  '',
];

const texts = (): string[] =>
  ['a', 'b', 'c', 'a, b', 'a, c', 'b, c', '*'].flatMap((list) =>
    ['', ' ORDER BY a', ' ORDER BY b'].flatMap((order) =>
      ['a', 'b'].flatMap((column) =>
        ['=', '<', '>', '<=', '>=', '<>'].map(
          (operator) => `SELECT ${list} FROM t WHERE ${column} ${operator} 1${order}`,
        ),
      ),
    ),
  );

async function recordStandIn(): Promise<StandIn> {
  const server = await startPostgres({ hba: standInAccess });
  try {
    await prepareServer(server);
    await server.sql(
      'CREATE TABLE t (a int, b int, c text); INSERT INTO t SELECT i, i, i::text ' +
        'FROM generate_series(1, 2000) i; ANALYZE t; GRANT SELECT ON t TO dbintel',
    );
    const session = await server.client();
    const standIn = await startStandIn(server, 'postgres', async () => {
      for (let i = 0; i < 6; i += 1) for (const text of texts()) await session.query(text);
    });
    await session.end();
    return standIn;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

export const nameOf = (i: number) => `db-${String(i).padStart(5, '0')}`;

export async function createTargets(
  { client, standIn }: Stage,
  from: number,
  count: number,
  interval = '10m',
): Promise<void> {
  let next = from;
  const worker = async () => {
    for (let i = next++; i < from + count; i = next++) {
      const manifest = targetManifest({
        name: nameOf(i),
        namespace: 'load',
        port: standIn.port,
        database: `db${i}`,
        spec: {
          databases: { include: ['postgres'] },
          collection: { interval },
          safety: {
            statementTimeout: { max: '2s' },
            explains: { perSecond: 10, burst: 100 },
            databaseTimeBudget: '100%',
          },
        },
      });
      await client.call({ method: 'POST', path: targetsPath, body: JSON.parse(manifest) });
    }
  };
  await Promise.all(Array.from({ length: createAtOnce }, worker));
}

export async function deleteTargets({ client }: Stage, from: number, count: number): Promise<void> {
  let next = from;
  const worker = async () => {
    for (let i = next++; i < from + count; i = next++)
      await client.call({ method: 'DELETE', path: `${targetsPath}/${nameOf(i)}` });
  };
  await Promise.all(Array.from({ length: createAtOnce }, worker));
}

/** `PROFILE=folder`: each replica leaves a profile of its CPU there. */
function profiled(): Record<string, string> {
  const folder = process.env['PROFILE'];
  return folder ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` } : {};
}

export const startReplica = (
  stage: Stage,
  name: string,
  program = stage.program,
): Promise<Operator> =>
  startOperator({
    name,
    kubeconfig: stage.plane.kubeconfig,
    redis: stage.redis.port,
    program: [...program],
    env: { DBINTEL_MAX_CYCLES: '64', DBINTEL_LOG_LEVEL: 'warn', ...profiled() },
  });

export const seconds = 1_000;
/** How much each counter grows, over all replicas, while something happens. */
export async function deltas<Name extends string>(
  replicas: readonly Operator[],
  names: readonly Name[],
  meanwhile: () => Promise<void>,
): Promise<Record<Name, number>> {
  const read = async () => {
    const texts = await Promise.all(replicas.map((each) => each.metrics()));
    return names.map((name) => texts.reduce((sum, text) => sum + total(text, name), 0));
  };
  const before = await read();
  await meanwhile();
  const after = await read();
  return Object.fromEntries(
    names.map((name, i) => [name, (after[i] as number) - (before[i] as number)]),
  ) as Record<Name, number>;
}

/** The sum over all series whose name and labels begin so. */
export function total(text: string, prefix: string): number {
  let sum = 0;
  for (const line of text.split('\n'))
    if (
      (line.startsWith(prefix) && /[ {]/.test(line[prefix.length] ?? ' ')) ||
      (prefix.includes('{') && line.startsWith(prefix))
    )
      sum += Number(line.slice(line.lastIndexOf(' ') + 1));
  return sum;
}
