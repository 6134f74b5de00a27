import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentHash, indexName, proposalId } from '../../src/advice/identity.ts';
import type { IndexDef } from '../../src/model/index-def.ts';
import type { Change, Proposal } from '../../src/model/proposal.ts';
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
import { prepareSloths, setPace } from '../support/sloths.ts';

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
  await prepareSloths(server);
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
});
afterAll(async () => {
  executor?.kill('SIGKILL');
  await Promise.all([plane.stop(), server.stop()]);
});

const slow: Change = {
  kind: 'create-index',
  name: 'dbi_slow',
  index: { ...byCustomer, table: 'sloths', keys: [{ column: 'pace' }] },
};
const byTotal = { ...byCustomer, keys: [{ column: 'total' }] };

const advised = async (
  change: Change = { kind: 'create-index', name: indexName(byCustomer), index: byCustomer },
): Promise<{ name: string; hash: string }> => {
  const uid = await plane.kubectl(
    'get databasetarget orders -n shop -o jsonpath={.metadata.uid}'.split(' '),
  );
  const hash = contentHash({ targetUid: uid, engine: 'postgres', database: 'postgres', change });
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

const begin = async () => {
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
};
const approve = (name: string, ...args: string[]) =>
  execFileSync(
    dbintel,
    ['kubectl', 'approve', name, '-n', 'shop', '--kubeconfig', plane.kubeconfig, ...args],
    { encoding: 'utf8' },
  );
const stateOf = async (name: string) =>
  JSON.parse(await plane.kubectl(`get idxrec ${name} -n shop -o json`.split(' ')));
const untilPhase = async (name: string, wanted: string) => {
  try {
    const is = async () => (await stateOf(name)).status?.phase === wanted;
    await until(is, 60_000, wanted);
  } catch (error) {
    throw new Error(`${String(error)}\n${log.slice(-3_000)}`, { cause: error });
  }
};
/** It is told to end; milliseconds until it has. */
const end = async (): Promise<number> => {
  const told = Date.now();
  const gone = once(executor as ChildProcess, 'exit');
  executor?.kill('SIGTERM');
  await gone;
  return Date.now() - told;
};

it('builds what a person approved, and takes it back with the approval', async () => {
  const { name, hash } = await advised();
  await begin();
  const phase = () =>
    plane.kubectl(
      `get idxrec ${name} -n shop -o jsonpath={.status.phase}/{.status.approvedBy}`.split(' '),
    );
  // Approvals count from ten seconds after the policy on, when every API server acts by it.
  const made = Date.now();
  await until(async () => Date.now() - made > 12_000, 20_000, 'the policy has settled');
  expect(approve(name, '--hash', hash)).toContain(`${name}: approved by`);
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
  const events = ['Approved', 'Observing', 'RolledBack'];
  const areSaid = async () => {
    const said = (await described()).split('Events:')[1] ?? '';
    return events.every((each) => said.includes(each));
  };
  await until(areSaid, 30_000, `events: ${events}`);
  expect(await server.sql(`SELECT to_regclass('shop.${indexName(byCustomer)}') AS there`)).toEqual([
    { there: null },
  ]);
}, 300_000);

it('one that somebody meant to approve, with another hash, can be deleted', async () => {
  const index: IndexDef = { ...byTotal, keys: [{ column: 'total', descending: true }] };
  const { name } = await advised({ kind: 'create-index', name: indexName(index), index });
  const who = 'auth whoami -o jsonpath={.status.userInfo.username}';
  await plane.apply(
    JSON.stringify({
      apiVersion: 'dbintel.io/v1alpha1',
      kind: 'IndexApproval',
      metadata: { name: `${name}-approve`, namespace: 'shop' },
      spec: {
        recommendation: name,
        contentHash: `sha256:${'0'.repeat(64)}`,
        decision: 'Approve',
        approvedBy: await plane.kubectl(who.split(' ')),
      },
    }),
  );
  const reason = async () => (await stateOf(name)).status?.reason;
  await until(async () => (await reason()) === 'content_changed', 60_000, 'it is seen');
  await plane.kubectl(['delete', 'indexapproval', `${name}-approve`, '-n', 'shop']);
  await plane.kubectl(['delete', 'idxrec', name, '-n', 'shop', '--timeout=50s']);
  expect(await plane.kubectl('get idxrec -n shop -o name'.split(' '))).not.toContain(name);
}, 300_000);

it('told to end, it ends its build and removes it; the next one goes on', async () => {
  await setPace(server, 10);
  const { name, hash } = await advised(slow);
  approve(name, '--hash', hash);
  const builders = () =>
    server.sql(`SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'dbintel-executor/%'
      AND query LIKE '%CREATE INDEX%' AND state = 'active'`);
  await until(async () => (await builders()).length > 0, 60_000, 'it is being built');
  expect(await end()).toBeLessThan(30_000);
  expect(await builders()).toEqual([]);
  expect(await server.sql("SELECT to_regclass('shop.dbi_slow') AS there")).toEqual([
    { there: null },
  ]);
  const { status } = await stateOf(name);
  expect(status).toMatchObject({ phase: 'Deferred', reason: 'program_ending', attempt: 0 });
  await setPace(server, 0);
  await begin();
  await untilPhase(name, 'Observing');
  expect((await stateOf(name)).status.attempt).toBe(1);
}, 300_000);

it('where the target is gone it says what is left, and keeps nothing from going', async () => {
  const other = await advised({
    kind: 'create-index',
    name: indexName(byTotal),
    index: byTotal,
  });
  approve(other.name, '--hash', other.hash);
  await untilPhase(other.name, 'Observing');
  await end();
  const all = await plane.kubectl('get idxrec -n shop -o name'.split(' '));
  const kept = all
    .split('\n')
    .map((each) => each.split('/')[1] ?? '')
    .filter((each) => each !== '' && each !== other.name);
  await plane.kubectl(['delete', 'idxrec', other.name, '-n', 'shop', '--wait=false']);
  expect((await stateOf(other.name)).metadata.finalizers).toEqual(['dbintel.io/executor']);
  await plane.kubectl('delete databasetarget orders -n shop'.split(' '));
  await begin();
  const there = () => plane.kubectl('get idxrec -n shop -o name'.split(' '));
  await until(async () => !(await there()).includes(other.name), 60_000, 'it is let go');
  const phases = async () =>
    Promise.all(kept.map(async (each) => (await stateOf(each)).status.phase));
  await until(async () => (await phases()).includes('Gone'), 60_000, 'it is over');
  const told = () =>
    plane.kubectl('get events -n shop -o jsonpath={range.items[*]}{.message}{end}'.split(' '));
  const left = 'DROP INDEX CONCURRENTLY shop.dbi_slow;';
  await until(async () => (await told()).includes(left), 30_000, 'an event tells what is left');
  const isLogged = async () => log.includes('to be seen to on its server');
  await until(isLogged, 30_000, 'so does the log');
  // What is over is deleted at once: nobody holds it any more.
  await plane.kubectl(['delete', 'idxrec', ...kept, '-n', 'shop', '--timeout=50s']);
  expect((await there()).trim()).toBe('');
}, 300_000);
