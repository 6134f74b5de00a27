import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentHash, indexName, proposalId } from '../../src/advice/identity.ts';
import { proposed } from '../../src/advice/machine-state.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { silentMetrics } from '../../src/base/metrics.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { type ApprovalGuardOptions, openApprovalGuard } from '../../src/executor/approval-guard.ts';
import { openClusterStore } from '../../src/executor/cluster-store.ts';
import { createKubeClient, type KubeClient } from '../../src/kubernetes/kube-client.ts';
import type { Proposal } from '../../src/model/proposal.ts';
import { recommendationOf } from '../../src/resources/kinds/index-recommendation/from-proposal.ts';
import { createRecommendationPublisher } from '../../src/targets/kubernetes/recommendations.ts';
import { admissionPolicy } from '../support/admission-policy.ts';
import {
  type ControlPlane,
  controlPlaneBinary,
  installCrds,
  startControlPlane,
} from '../support/control-plane.ts';
import { byCustomer } from '../support/executor-world.ts';
import { until } from '../support/leaks.ts';

/**
 * Who may approve, on a real API server with the chart's own policy and rights: nobody forges a
 * name, no ServiceAccount approves without the verb for it, nothing that was said is edited.
 */
const chart = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'helm/dbintel');
const policy = 'dbintel-approvals-sys';
let plane: ControlPlane;
let client: KubeClient;
let installedAt: number;
const change = { kind: 'create-index' as const, name: indexName(byCustomer), index: byCustomer };
const hash = contentHash({
  targetUid: 'uid-1',
  engine: 'postgres',
  database: 'orders',
  change,
});
const proposal: Proposal = {
  id: proposalId(hash),
  contentHash: hash,
  target: { uid: 'uid-1', name: 'orders', namespace: 'shop' },
  engine: 'postgres',
  database: 'orders',
  madeAt: Date.now(),
  expiresAt: Date.now() + 14 * 86_400_000,
  change,
  apply: ['CREATE INDEX …'],
  rollback: ['DROP INDEX …'],
  reason: 'three statements read the whole table for one customer',
  evidence: {
    planner: 'pglite',
    confidence: 'high',
    because: ['the plans there are those of production'],
    statements: [],
    benefitMsPerDay: 60_000,
    benefitShare: 0.12,
    sizeBytes: 10_000_000,
    writeMsPerDay: 10,
  },
};
const made = recommendationOf(proposal, { autoRollback: true });

const inShop = ['-n', 'shop'];
/** It acts by what was granted a moment later. */
const mayBy = (account: string, ...what: string[]) =>
  until(
    () =>
      plane.kubectl(['auth', 'can-i', ...what, '--as', `system:serviceaccount:${account}`]).then(
        () => true,
        () => false,
      ),
    20_000,
    `${account} has the right`,
  );

const approvalOf = (by: string, name: string, content = hash) =>
  JSON.stringify({
    apiVersion: 'dbintel.io/v1alpha1',
    kind: 'IndexApproval',
    metadata: { name, namespace: 'shop' },
    spec: { recommendation: proposal.id, contentHash: content, approvedBy: by },
  });
const as = (user: string, manifest: string, ...groups: string[]) =>
  plane
    .kubectl(
      ['create', '-f', '-', '--as', user, ...groups.flatMap((each) => ['--as-group', each])],
      { input: manifest },
    )
    .then(
      () => 'created',
      (error: Error) => error.message,
    );

beforeAll(async () => {
  plane = await startControlPlane();
  await installCrds(plane);
  const args = ['template', 'dbintel', chart, '--namespace', 'sys'];
  const more = ['--set', 'executor.replicas=1', '--set', 'executor.namespaces={shop}'];
  const shown = ['approvals', 'executor', 'rbac', 'serviceaccount'].flatMap((each) => [
    '--show-only',
    `templates/${each}.yaml`,
  ]);
  await plane.kubectl(['create', 'namespace', 'sys']);
  await plane.kubectl(['create', 'namespace', 'shop']);
  installedAt = Date.now();
  await plane.apply(
    execFileSync(controlPlaneBinary('helm'), [...args, ...more, ...shown], { encoding: 'utf8' }),
  );
  await plane.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: approver, namespace: shop }
rules:
  - apiGroups: [dbintel.io]
    resources: [indexapprovals]
    verbs: [create, delete, patch, get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: approver, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: approver }
subjects:
  - { kind: User, name: ann, apiGroup: rbac.authorization.k8s.io }
  - { kind: ServiceAccount, name: argo, namespace: shop }
  - { kind: ServiceAccount, name: flux, namespace: shop }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: automate, namespace: shop }
rules: [{ apiGroups: [dbintel.io], resources: [indexapprovals], verbs: [automate] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: automate, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: automate }
subjects: [{ kind: ServiceAccount, name: flux, namespace: shop }]
`);
  await plane.apply(
    JSON.stringify({
      apiVersion: 'dbintel.io/v1alpha1',
      kind: 'IndexRecommendation',
      metadata: { name: made?.name, namespace: 'shop' },
      spec: made?.spec,
    }),
  );
  client = createKubeClient({
    kubeconfig: plane.kubeconfig,
    clock: systemClock,
    random: systemRandom,
    metrics: silentMetrics,
  });
  // The API server acts by a new policy after some seconds, and by new rights after a moment.
  await until(
    async () => {
      const said = await as('ann', approvalOf('bob', 'probe'));
      if (said === 'created') await plane.kubectl(['delete', 'indexapproval', 'probe', ...inShop]);
      return said.includes('must be your own name');
    },
    60_000,
    'the policy is in force',
  );
}, 120_000);
afterAll(async () => {
  await client.close();
  await plane.stop();
});

it('one approves as oneself, and as nobody else', async () => {
  expect(await as('ann', approvalOf('ann', 'mine'))).toBe('created');
  expect(await as('ann', approvalOf('bob', 'forged'))).toContain('must be your own name, ann');
});

it('without the right nobody approves, the operator and the executor least of all', async () => {
  expect(await as('eve', approvalOf('eve', 'eve'))).toContain('forbidden');
  for (const account of ['dbintel', 'dbintel-executor']) {
    const name = `system:serviceaccount:sys:${account}`;
    expect(await as(name, approvalOf(name, account))).toMatch(/forbidden/);
  }
});

it('a ServiceAccount approves only with the verb for it', async () => {
  const [argo, flux] = ['argo', 'flux'].map((each) => `system:serviceaccount:shop:${each}`) as [
    string,
    string,
  ];
  expect(await as(argo, approvalOf(argo, 'argo'))).toContain('only with the verb');
  const groups = ['system:serviceaccounts', 'system:serviceaccounts:shop'];
  expect(await as(argo, approvalOf(argo, 'argo'), ...groups)).toContain('only with the verb');
  expect(await as(flux, approvalOf(flux, 'flux'))).toBe('created');
});

it('an administrator of the cluster writes no other name either', async () => {
  const own = await plane.kubectl(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']);
  const forged = plane.kubectl(['create', '-f', '-'], { input: approvalOf('ann', 'admin') });
  await expect(forged).rejects.toThrow(`must be your own name, ${own}`);
});

it('what was said or advised is not edited; it is taken back', async () => {
  const edit = (kind: string, name: string, patch: object) =>
    plane.kubectl([
      'patch',
      kind,
      name,
      '-n',
      'shop',
      '--type=merge',
      '-p',
      JSON.stringify({ spec: patch }),
    ]);
  const other = `sha256:${'0'.repeat(64)}`;
  const asAnn = plane.kubectl([
    'patch',
    'indexapproval',
    'mine',
    '-n',
    'shop',
    '--as',
    'ann',
    '--type=merge',
    '-p',
    JSON.stringify({ spec: { contentHash: other } }),
  ]);
  await expect(asAnn).rejects.toThrow('immutable');
  await expect(edit('indexrecommendation', proposal.id, { contentHash: other })).rejects.toThrow(
    'immutable',
  );
});

const guardOf = (name: string, over: Partial<ApprovalGuardOptions> = {}) =>
  openApprovalGuard({ client, policy: name, namespaces: ['shop'], clock: systemClock, ...over });
const storeOf = (since?: number) =>
  openClusterStore({
    client,
    namespaces: ['shop'],
    guardedSince: since === undefined ? guardOf(policy).since : async () => since,
    clock: systemClock,
    logger: silentLogger,
  });

const everyRight = ['--verb=*', '--resource=indexrecommendations,indexapprovals'];

it('is read, held, written once, and let go', async () => {
  const store = storeOf(0);
  const [found] = await store.list(new AbortController().signal);
  if (!found) throw new Error('no recommendation was listed');
  expect(found).toMatchObject({
    label: `shop/${proposal.id}`,
    change,
    subject: { contentHash: hash, kind: 'create-index' },
    approval: { contentHash: hash, rejects: false },
    state: { phase: 'Proposed' },
  });
  await plane.kubectl(['create', 'sa', 'narrow', '-n', 'shop']);
  await plane.kubectl(['create', 'role', 'narrow', '-n', 'shop', ...everyRight]);
  const bound = ['--role=narrow', '--serviceaccount=shop:narrow'];
  await plane.kubectl(['create', 'rolebinding', 'narrow', '-n', 'shop', ...bound]);
  await mayBy('shop:narrow', 'list', 'indexrecommendations.dbintel.io', ...inShop);
  const narrow = createKubeClient({
    kubeconfig: await plane.kubeconfigFor('narrow', 'shop'),
    clock: systemClock,
    random: systemRandom,
    metrics: silentMetrics,
  });
  const options = { client: narrow, guardedSince: async () => 0, clock: systemClock };
  const of = (...namespaces: string[]) =>
    openClusterStore({ ...options, namespaces, logger: silentLogger });
  const { signal } = new AbortController();
  const beside = await of('gone', 'shop').list(signal);
  expect(beside.map(({ label }) => label)).toEqual([found.label]);
  await expect(of('gone').list(signal)).rejects.toThrow('forbidden');
  // It may try a forgery where its rights are, and nowhere else.
  const reads = [
    '--verb=get',
    '--resource=validatingadmissionpolicies,validatingadmissionpolicybindings',
  ];
  await plane.kubectl(['create', 'clusterrole', 'narrow', ...reads]);
  const everywhere = ['--clusterrole=narrow', '--serviceaccount=shop:narrow'];
  await plane.kubectl(['create', 'clusterrolebinding', 'narrow', ...everywhere]);
  await mayBy('shop:narrow', 'get', `validatingadmissionpolicies/${policy}`);
  const guardIn = (...namespaces: string[]) => guardOf(policy, { client: narrow, namespaces });
  expect(await guardIn('gone', 'shop').since()).toBeGreaterThan(0);
  await expect(guardIn('gone').since()).rejects.toThrow('nobody vouches');
  await narrow.close();
  const unguarded = openClusterStore({
    ...options,
    client,
    namespaces: ['shop'],
    guardedSince: () => Promise.reject(new Error('there is no policy')),
    logger: silentLogger,
  });
  expect(await unguarded.list(signal)).toEqual([]);
  // The policy was made anew since: nothing begins, and what has begun goes on.
  const later = storeOf(systemClock.now() + 3_600_000);
  expect((await later.read(found))?.approval).toBeUndefined();
  const state = { ...proposed(systemClock.now()), phase: 'Applying' as const, approvedBy: 'ann' };
  const written = await store.write(found, state);
  expect(written?.state.phase).toBe('Applying');
  expect((await later.read(found))?.approval).toMatchObject({ contentHash: hash });
  // Nobody vouches for approvals any more: what has begun is still looked after, nothing is begun.
  expect(await unguarded.list(signal)).toMatchObject([
    { label: found.label, unvouched: true, approval: { contentHash: hash }, deleted: false },
  ]);
  await expect(unguarded.read(found)).rejects.toThrow('there is no policy');
  // What only begins now needs one that the policy of now has let through, whatever is written.
  expect((await later.read(found, { begins: true }))?.approval).toBeUndefined();
  expect((await store.read(found, { begins: true }))?.approval).toMatchObject({
    contentHash: hash,
  });
  expect(await store.write(found, state)).toBeUndefined();
  const shown = await plane.kubectl(['get', 'idxrec', '-n', 'shop']);
  expect(shown).toMatch(/orders\s+create-index\s+dbi_orders_\w+\s+12\.0%\s+10Mi\s+high\s+Applying/);
  // Who deletes it while it is asked whether the policy is in force is heard, too.
  const slow = openClusterStore({
    client,
    namespaces: ['shop'],
    guardedSince: async () => {
      await plane.kubectl(['delete', 'idxrec', proposal.id, '-n', 'shop', '--wait=false']);
      return 0;
    },
    clock: systemClock,
    logger: silentLogger,
  });
  expect((await slow.read(found, { begins: true }))?.deleted).toBe(true);
  const deleted = await store.read(found);
  expect(deleted?.deleted).toBe(true);
  if (deleted) await store.release(deleted);
  expect(await store.read(found)).toBeUndefined();
});

it('what is over is held by nobody, whoever ended before its release', async () => {
  const name = 'adv-0123456789ab';
  const ref = ['idxrec', name, '-n', 'shop'];
  const spec = { ...made?.spec };
  const { kind, apiVersion } = { kind: 'IndexRecommendation', apiVersion: 'dbintel.io/v1alpha1' };
  const metadata = { name, namespace: 'shop', finalizers: ['dbintel.io/executor', 'shop.io/own'] };
  await plane.apply(JSON.stringify({ apiVersion, kind, metadata, spec }));
  const status = JSON.stringify({ status: { phase: 'Kept' } });
  await plane.kubectl(['patch', ...ref, '--subresource=status', '--type=merge', '-p', status]);
  await storeOf(0).list(new AbortController().signal);
  const left = await plane.kubectl(['get', ...ref, '-o', 'jsonpath={.metadata.finalizers}']);
  expect(JSON.parse(left)).toEqual(['shop.io/own']);
  const own = JSON.stringify({ metadata: { finalizers: null } });
  await plane.kubectl(['patch', ...ref, '--type=merge', '-p', own]);
  await plane.kubectl(['delete', ...ref, '--timeout=20s']);
});

it('what cannot be released, by a policy of others, keeps nothing else from being read or released', async () => {
  const [kind, apiVersion] = ['IndexRecommendation', 'dbintel.io/v1alpha1'];
  const names = ['adv-000000000001', 'adv-000000000002'] as const;
  const patch = (name: string, patched: object, ...more: string[]) => {
    const words = ['--type=merge', '-p', JSON.stringify(patched), ...more];
    return plane.kubectl(['patch', 'idxrec', name, '-n', 'shop', ...words]);
  };
  for (const name of names) {
    const metadata = { name, namespace: 'shop', finalizers: ['dbintel.io/executor'] };
    await plane.apply(JSON.stringify({ apiVersion, kind, metadata, spec: made?.spec }));
    await patch(name, { status: { phase: 'Kept' } }, '--subresource=status');
  }
  const expression = `object.metadata.name != '${names[0]}'`;
  await plane.apply(
    admissionPolicy('frozen', 'indexrecommendations', { expression, message: 'frozen' }),
  );
  const label = { metadata: { labels: { touched: 'yes' } } };
  await until(
    () =>
      patch(names[0], label, '--dry-run=server').then(
        () => false,
        () => true,
      ),
    20_000,
    'the policy is in force',
  );
  await storeOf(0).list(new AbortController().signal);
  const left = await plane.kubectl([
    'get',
    'idxrec',
    '-n',
    'shop',
    '-o',
    'jsonpath={range .items[*]}{.metadata.name}={.metadata.finalizers} {end}',
  ]);
  expect(left).toContain(`${names[0]}=["dbintel.io/executor"]`);
  expect(left).toContain(`${names[1]}= `);
  const both = 'validatingadmissionpolicy,validatingadmissionpolicybinding';
  await plane.kubectl(['delete', both, 'frozen']);
  await until(
    () =>
      patch(names[0], { metadata: { finalizers: null } }).then(
        () => true,
        () => false,
      ),
    20_000,
    'the policy is gone',
  );
  await plane.kubectl(['delete', 'idxrec', '-n', 'shop', ...names, '--timeout=20s']);
});

it('what is over is not read again for an approval that is still there', async () => {
  const { kind, apiVersion } = { kind: 'IndexRecommendation', apiVersion: 'dbintel.io/v1alpha1' };
  const metadata = { name: proposal.id, namespace: 'shop' };
  await plane.apply(JSON.stringify({ apiVersion, kind, metadata, spec: { ...made?.spec } }));
  expect(await as('ann', approvalOf('ann', 'again'))).toBe('created');
  const reads: string[] = [];
  const store = openClusterStore({
    client: {
      call(request) {
        if (request.path.endsWith(`/indexrecommendations/${proposal.id}`)) reads.push(request.path);
        return client.call(request);
      },
    },
    namespaces: ['shop'],
    guardedSince: async () => 0,
    clock: systemClock,
    logger: silentLogger,
  });
  const { signal } = new AbortController();
  const [found] = await store.list(signal);
  if (!found) throw new Error('no recommendation was listed');
  const written = await store.write(found, { ...proposed(systemClock.now()), phase: 'Rejected' });
  if (written) await store.release(written);
  const readsOfList = async () => {
    const before = reads.length;
    await store.list(signal);
    return reads.length - before;
  };
  expect(await readsOfList()).toBe(1);
  expect(await readsOfList()).toBe(0);
  expect(await as('ann', approvalOf('ann', 'once-more'))).toBe('created');
  expect(await readsOfList()).toBe(1);
  await plane.kubectl(['delete', 'idxrec', proposal.id, '-n', 'shop', '--timeout=20s']);
  await plane.kubectl(['delete', 'idxapp', 'again', 'once-more', '-n', 'shop']);
});

it('told to end, it waits for no API server that does not answer', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const to = `http://127.0.0.1:${port}`;
  const kubeconfig = join(plane.folder, 'silent.kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'silent', cluster: { server: to } }],
      contexts: [{ name: 'silent', context: { cluster: 'silent', user: 'nobody' } }],
      users: [{ name: 'nobody', user: {} }],
      'current-context': 'silent',
    }),
  );
  const over = { clock: systemClock, random: systemRandom, metrics: silentMetrics };
  const asked = createKubeClient({ kubeconfig, ...over });
  const guards = { client: asked, policy, namespaces: ['shop'], clock: systemClock };
  for (const guardedSince of [openApprovalGuard(guards).since, async () => 0]) {
    const options = { client: asked, namespaces: ['shop'], guardedSince };
    const store = openClusterStore({ ...options, clock: systemClock, logger: silentLogger });
    const ending = new AbortController();
    const listed = store.list(ending.signal);
    setTimeout(() => ending.abort(), 200);
    const began = performance.now();
    await expect(listed).rejects.toThrow();
    expect(performance.now() - began).toBeLessThan(5_000);
  }
  await asked.close();
  silent.closeAllConnections();
  silent.close();
});

it('what a run advises is put beside its target, and goes with the run that does not', async () => {
  const publisher = createRecommendationPublisher(client);
  const target = { namespace: 'shop', name: 'orders' };
  const publish = (...of: Proposal[]) => publisher.publish(target, of, { autoRollback: true });
  const little = { ...proposal, evidence: { ...proposal.evidence, benefitShare: 0.001 } };
  expect(await publish(little)).toEqual({ created: 0, deleted: 0 });
  await systemClock.sleep(1_100);
  expect(await publish(proposal)).toEqual({ created: 1, deleted: 0 });
  // What was approved of an earlier one of this name was approved on other evidence.
  expect((await approvalsThere()).length).toBeGreaterThan(0);
  const [anew] = await storeOf(0).list(new AbortController().signal);
  expect(anew?.label).toBe(`shop/${proposal.id}`);
  expect(anew?.approval).toBeUndefined();
  expect(await publish(proposal)).toEqual({ created: 0, deleted: 0 });
  expect(await publish()).toEqual({ created: 0, deleted: 1 });
});

it('what was approved before anybody vouched for it counts for nothing', async () => {
  const guard = guardOf(policy);
  // Kubernetes tells it in whole seconds.
  expect(await guard.since()).toBeGreaterThan(installedAt - 1_000);
  expect(guard.problem).toBeUndefined();
  const missing = guardOf('no-such-policy');
  await expect(missing.since()).rejects.toThrow('nobody vouches for approvals');
});

const executorUser = 'system:serviceaccount:sys:dbintel-executor';

it('tries it with a forged approval, of which nothing is kept', async () => {
  const { length } = await approvalsThere();
  const asExecutor = createKubeClient({
    kubeconfig: await plane.kubeconfigFor('dbintel-executor', 'sys'),
    clock: systemClock,
    random: systemRandom,
    metrics: silentMetrics,
  });
  await expect(guardOf(policy, { client: asExecutor }).since()).resolves.toBeGreaterThan(0);
  await asExecutor.close();
  expect((await approvalsThere()).length).toBe(length);
  // The right to try gives no word: neither another's nor its own.
  expect(await as(executorUser, approvalOf('ann', 'by-executor-1'))).toContain('forbidden');
  expect(await as(executorUser, approvalOf(executorUser, 'by-executor-2'))).toContain('automate');
});
const approvalsThere = async (): Promise<unknown[]> =>
  JSON.parse(await plane.kubectl(['get', 'indexapproval', '-A', '-o', 'json'])).items;

it('a policy that reads well and lets a forgery through vouches for nobody', async () => {
  const edited = async (change: object) =>
    plane.kubectl([
      'patch',
      'validatingadmissionpolicy',
      policy,
      '--type=merge',
      '-p',
      JSON.stringify({ spec: { matchConditions: null, ...change } }),
    ]);
  const guard = guardOf(policy, { deadline_ms: 3_000 });
  await edited({ matchConditions: [{ name: 'never', expression: 'false' }] });
  await until(
    async () => (await as('ann', approvalOf('bob', `forged-${Date.now()}`))) === 'created',
    30_000,
    'the policy guards nothing',
  );
  await expect(guard.since()).rejects.toThrow('lets a forged approval through');
  expect(guard.problem).toContain('nobody vouches for approvals');
  const from = Date.now();
  // It is waited for: what was said until then counts for nothing.
  const waiting = guardOf(policy, { deadline_ms: 60_000 }).since();
  await edited({});
  expect(await waiting).toBeGreaterThanOrEqual(from);
}, 120_000);
