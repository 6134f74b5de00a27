import { execFileSync, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentHash, indexName, proposalId } from '../../src/advice/identity.ts';
import type { Proposal } from '../../src/model/proposal.ts';
import { recommendationOf } from '../../src/resources/kinds/index-recommendation/from-proposal.ts';
import {
  type ControlPlane,
  controlPlaneBinary,
  installCrds,
  startControlPlane,
} from '../support/control-plane.ts';
import { builderPassword, byCustomer, prepareBuilder } from '../support/executor-world.ts';
import { until } from '../support/leaks.ts';
import { freePort, type PostgresServer, startPostgres } from '../support/postgres-server.ts';

/**
 * `dbintel executor` as the chart runs it, with nothing but the rights that the chart grants: a
 * person approves with `kubectl dbintel`, an index is built on a real server, and taken back when
 * the approval is.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const dbintel = join(root, 'bin/dbintel');
let plane: ControlPlane;
let server: PostgresServer;
let executor: ReturnType<typeof spawn> | undefined;
let log = '';

beforeAll(async () => {
  [plane, server] = await Promise.all([startControlPlane(), startPostgres()]);
  await prepareBuilder(server, 2_000);
  await installCrds(plane);
  for (const name of ['sys', 'shop']) await plane.kubectl(['create', 'namespace', name]);
  const shown = ['approvals', 'executor'].flatMap((each) => [
    '--show-only',
    `templates/${each}.yaml`,
  ]);
  const settings = ['executor.replicas=1', 'executor.namespaces={shop}'];
  const rendered = execFileSync(
    controlPlaneBinary('helm'),
    [
      'template',
      'dbintel',
      join(root, 'helm/dbintel'),
      '--namespace',
      'sys',
      ...settings.flatMap((each) => ['--set', each]),
      ...shown,
    ],
    { encoding: 'utf8' },
  );
  await plane.apply(rendered);
  await plane.apply(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'dbintel-executor', namespace: 'shop' },
      stringData: { username: 'builder', password: builderPassword },
    }),
  );
  await plane.apply(
    JSON.stringify({
      apiVersion: 'dbintel.io/v1alpha1',
      kind: 'DatabaseTarget',
      metadata: { name: 'orders', namespace: 'shop' },
      spec: {
        engine: 'postgres',
        connection: {
          host: '127.0.0.1',
          port: server.port,
          database: 'postgres',
          credentials: { secretRef: { name: 'dbintel' } },
          tls: { mode: 'disable' },
        },
        advice: { mode: 'apply', executor: { secretRef: { name: 'dbintel-executor' } } },
      },
    }),
  );
}, 120_000);
afterAll(async () => {
  executor?.kill('SIGKILL');
  await Promise.all([plane.stop(), server.stop()]);
});

const advised = async (): Promise<{ name: string; hash: string }> => {
  const uid = await plane.kubectl(
    'get databasetarget orders -n shop -o jsonpath={.metadata.uid}'.split(' '),
  );
  const change = { kind: 'create-index' as const, name: indexName(byCustomer), index: byCustomer };
  const hash = contentHash({ targetUid: uid, engine: 'postgres', change });
  const proposal: Proposal = {
    id: proposalId(hash),
    contentHash: hash,
    target: { uid, name: 'orders', namespace: 'shop' },
    engine: 'postgres',
    database: 'postgres',
    madeAt: Date.now(),
    expiresAt: Date.now() + 86_400_000,
    change,
    apply: [],
    rollback: [],
    reason: 'orders of a customer are looked for in the whole table',
    evidence: {
      planner: 'pglite',
      confidence: 'high',
      because: [],
      statements: [],
      benefitMsPerDay: 1,
      benefitShare: 0.5,
      sizeBytes: 8_192,
      writeMsPerDay: 0,
    },
  };
  const made = recommendationOf(proposal, { autoRollback: true });
  await plane.apply(
    JSON.stringify({
      apiVersion: 'dbintel.io/v1alpha1',
      kind: 'IndexRecommendation',
      metadata: { name: made?.name, namespace: 'shop' },
      spec: made?.spec,
    }),
  );
  return { name: proposal.id, hash };
};

it('builds what a person approved, and takes it back with the approval', async () => {
  const { name, hash } = await advised();
  const kubeconfig = await plane.kubeconfigFor('dbintel-executor', 'sys');
  executor = spawn(
    dbintel,
    ['executor', '--policy', 'dbintel-approvals-sys', '--kubeconfig', kubeconfig],
    {
      env: {
        ...process.env,
        DBINTEL_PROBES: `127.0.0.1:${await freePort()}`,
        DBINTEL_DATA: join(plane.folder, 'executor'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  for (const stream of [executor.stdout, executor.stderr])
    stream?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  const phase = () =>
    plane.kubectl(
      `get idxrec ${name} -n shop -o jsonpath={.status.phase}/{.status.approvedBy}`.split(' '),
    );
  const plugin = (...args: string[]) =>
    execFileSync(
      dbintel,
      ['kubectl', 'approve', name, '-n', 'shop', '--kubeconfig', plane.kubeconfig, ...args],
      { encoding: 'utf8' },
    );
  // Approvals count from ten seconds after the policy on, when every API server acts by it.
  const made = Date.now();
  await until(async () => Date.now() - made > 12_000, 20_000, 'the policy has settled');
  expect(plugin('--hash', hash)).toContain(`${name}: approved by`);
  const told = (what: string) => (error: Error) => {
    throw new Error(`${what}: ${error.message}\n${log.slice(-3_000)}`);
  };
  await until(async () => (await phase()).startsWith('Observing/'), 60_000, 'observed').catch(
    told('observing'),
  );
  const [index] = await server.sql(`SELECT i.indisvalid AS valid FROM pg_index i
    WHERE i.indexrelid = 'shop.${indexName(byCustomer)}'::regclass`);
  expect(index).toEqual({ valid: true });
  await plane.kubectl(['delete', 'indexapproval', `${name}-approve`, '-n', 'shop']);
  await until(async () => (await phase()).startsWith('RolledBack/'), 60_000, 'rolled back').catch(
    told('rolled back'),
  );
  // As a person reads it: what happened, in its order.
  const described = () => plane.kubectl(['describe', 'idxrec', name, '-n', 'shop']);
  await until(async () => (await described()).includes('RolledBack'), 20_000, 'events');
  const said = (await described()).split('Events:')[1] ?? '';
  expect(['Approved', 'Observing', 'RolledBack'].filter((each) => said.includes(each))).toEqual([
    'Approved',
    'Observing',
    'RolledBack',
  ]);
  expect(await server.sql(`SELECT to_regclass('shop.${indexName(byCustomer)}') AS there`)).toEqual([
    { there: null },
  ]);
}, 180_000);
