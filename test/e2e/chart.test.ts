import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import {
  allReady,
  namespaceManifest,
  type Operator,
  secretManifest,
  startOperator,
  stopOperators,
  targetManifest,
} from '../support/cluster.ts';
import { type ControlPlane, controlPlaneBinary, startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/leaks.ts';
import { cacheFolder, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { prepareServer } from '../support/target.ts';

/** The chart, as a person installs it: rendered, refused where it must be, installed on a real API server, and run with nothing but what it grants. */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const chart = join(root, 'helm/dbintel');
type Manifest = {
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  [key: string]: unknown;
};
interface PodSpec {
  containers: {
    args: string[];
    env: { name: string; value?: string; valueFrom?: unknown }[];
    securityContext: object;
    volumeMounts: { name: string }[];
  }[];
  volumes: { name: string }[];
  topologySpreadConstraints: object[];
  terminationGracePeriodSeconds: number;
}

const helm = (args: string[], kubeconfig = '/dev/null') =>
  execFileSync(controlPlaneBinary('helm'), args, {
    encoding: 'utf8',
    env: { ...process.env, KUBECONFIG: kubeconfig, HOME: '/tmp' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const settings = (values: string[]) => values.flatMap((each) => ['--set', each]);
const render = (...values: string[]): Manifest[] => parse(helm(['template', 'dbintel', chart, '--namespace', 'sys', ...settings(values)]));
const parse = (text: string) =>
  parseAllDocuments(text)
    .map((each) => each.toJS() as Manifest)
    .filter(Boolean);
const refusal = (...values: string[]): string => {
  try {
    render(...values);
    return '';
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr);
  }
};
const of = (manifests: readonly Manifest[], kind: string) => manifests.filter((each) => each.kind === kind);
const podOf = (manifests: readonly Manifest[]) =>
  (of(manifests, 'Deployment')[0] as unknown as { spec: { template: { spec: PodSpec } } }).spec.template.spec;
const envOf = (manifests: readonly Manifest[]) =>
  Object.fromEntries((podOf(manifests).containers[0]?.env ?? []).map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
const everything = [
  'replicaCount=3',
  'redis.endpoints={redis-0:6379,redis-1:6379}',
  'redis.existingSecret=redis',
  'redis.tls.enabled=true',
  'redis.tls.existingSecret=redis-tls',
  'history.postgres.existingSecret=history',
  'otlp.endpoint=http://collector:4318',
  'otlp.existingSecret=otlp',
  'watchNamespaces={shop}',
  'secrets.namespaces={shop,billing}',
  'networkPolicy.enabled=true',
  'autoscaling.enabled=false',
  'image.digest=sha256:' + 'a'.repeat(64),
];

describe('rendered', () => {
  it('passes the strict linter', () => expect(helm(['lint', '--strict', chart])).toContain('0 chart(s) failed'));

  it('with no values: one replica, on an emptyDir, that may read no Secret', () => {
    const all = render();
    expect(of(all, 'Deployment')[0]).toMatchObject({ spec: { replicas: 1 } });
    expect(podOf(all).volumes).toContainEqual({ name: 'data', emptyDir: {} });
    expect(of(all, 'PodDisruptionBudget')).toEqual([]);
    const rules = of(all, 'ClusterRole').flatMap((each) => each['rules'] as { resources: string[] }[]);
    expect(rules.flatMap(({ resources }) => resources)).not.toContain('secrets');
    expect(envOf(all)).not.toHaveProperty('DBINTEL_REDIS_ENDPOINTS');
  });

  it('with everything: Redis, its Secret and TLS, history, OTLP, spread, and a drain shorter than the grace period', () => {
    const all = render(...everything);
    expect(envOf(all)).toMatchObject({
      DBINTEL_STATE: 'redis',
      DBINTEL_REDIS_ENDPOINTS: 'redis-0:6379,redis-1:6379',
      DBINTEL_REDIS_TLS: 'true',
      DBINTEL_REDIS_CA: '/etc/dbintel/redis-tls/ca.crt',
      DBINTEL_REDIS_PASSWORD: { secretKeyRef: { name: 'redis', key: 'password' } },
      DBINTEL_HISTORY_URL: { secretKeyRef: { name: 'history', key: 'url' } },
      DBINTEL_OTLP_ENDPOINT: 'http://collector:4318',
    });
    const pod = podOf(all);
    expect(pod.topologySpreadConstraints.length).toBe(2);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(Number.parseInt(String(envOf(all)['DBINTEL_DRAIN']), 10) + 10);
    expect(of(all, 'PodDisruptionBudget').length).toBe(1);
    expect(of(all, 'NetworkPolicy').length).toBe(1);
    expect(JSON.stringify(pod)).toContain(`dbintel@sha256:${'a'.repeat(64)}`);
    const roles = of(all, 'Role').filter((each) => JSON.stringify(each['rules']).includes('secrets'));
    expect(roles.map(({ metadata }) => metadata.namespace).toSorted()).toEqual(['billing', 'shop']);
    for (const role of roles) expect(role['rules']).toEqual([{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]);
  });

  it('a volume means Recreate', () => {
    const all = render('persistence.enabled=true');
    expect(of(all, 'Deployment')[0]).toMatchObject({ spec: { strategy: { type: 'Recreate' } } });
    expect(of(all, 'PersistentVolumeClaim').length).toBe(1);
    expect(of(render('persistence.enabled=true', 'persistence.existingClaim=mine'), 'PersistentVolumeClaim')).toEqual([]);
  });

  it('monitoring for those who have its kinds', () => {
    const all = render('metrics.serviceMonitor.enabled=true', 'metrics.prometheusRule.enabled=true', 'metrics.dashboards.enabled=true');
    expect(of(all, 'ServiceMonitor').length).toBe(1);
    expect(of(all, 'PrometheusRule')[0]).toMatchObject({ spec: { groups: [{ name: 'dbintel-fleet' }, { name: 'dbintel-targets' }] } });
    const dashboards = of(all, 'ConfigMap')[0]?.['data'] as Record<string, string>;
    for (const text of Object.values(dashboards)) expect(JSON.parse(text)).toMatchObject({ panels: expect.any(Array) });
  });

  it.each([
    ['several replicas without Redis', ['replicaCount=3'], /several replicas share their targets through Redis: set redis\.endpoints/],
    ['an autoscaler without Redis', ['autoscaling.enabled=true'], /set redis\.endpoints/],
    [
      'several replicas on one volume',
      ['replicaCount=2', 'redis.endpoints={r:6379}', 'persistence.enabled=true'],
      /a volume cannot be in several pods/,
    ],
    ['a slip of the pen', ['replicaCoun=3'], /additional properties 'replicaCoun' not allowed/],
    ['a digest that is none', ['image.digest=latest'], /digest/],
    ['an endpoint without a port', ['redis.endpoints={redis}'], /endpoints/],
    ['a duration that is none', ['drain=20'], /drain/],
  ])('refuses %s', (_, values, message) => expect(refusal(...values)).toMatch(message));
});

describe('on a real API server', () => {
  let plane: ControlPlane;
  let redis: RedisServer;
  let server: PostgresServer;
  let running: Operator[] = [];
  const values = () => [`redis.endpoints={127.0.0.1:${redis.port}}`, 'replicaCount=2', 'secrets.namespaces={shop}'];

  beforeAll(async () => {
    [plane, redis, server] = await Promise.all([startControlPlane(), startRedis(), startPostgres()]);
    await prepareServer(server);
    await server.sql('CREATE TABLE t (a int); GRANT SELECT ON t TO dbintel');
    for (let i = 0; i < 6; i += 1) await server.sql('SELECT a FROM t WHERE a = 7');
    await plane.apply(namespaceManifest('shop'));
    await plane.apply(secretManifest());
    await plane.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'sys', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
      }),
    );
  });
  afterAll(async () => {
    await stopOperators(running);
    await Promise.all([plane, redis, server].map((each) => each?.stop()));
  });

  it('helm install brings CRDs, rights and Deployment, and its notes say what to do next', async () => {
    const said = helm(['install', 'dbintel', chart, '-n', 'sys', ...settings(values())], plane.kubeconfig);
    expect(said).toMatch(/collects in all namespaces with 2 replicas/);
    expect(said).toContain('kubectl apply -f -');
    await plane.kubectl([
      'wait',
      '--for=condition=Established',
      'crd/databasetargets.dbintel.io',
      'crd/emergencystops.dbintel.io',
      '--timeout=30s',
    ]);
    expect(await plane.kubectl(['get', 'deploy', 'dbintel', '-n', 'sys', '-o', 'jsonpath={.spec.replicas}'])).toBe('2');
  });

  it('its pods are admitted where the restricted standard is enforced', async () => {
    const manifests = parse(helm(['get', 'manifest', 'dbintel', '-n', 'sys'], plane.kubeconfig));
    const test = parse(helm(['get', 'hooks', 'dbintel', '-n', 'sys'], plane.kubeconfig))[0] as Manifest;
    const pods: [string, unknown][] = [
      ['operator', podOf(manifests)],
      ['test', test['spec']],
    ];
    for (const [name, spec] of pods) {
      const pod = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'sys' }, spec });
      expect(await plane.kubectl(['create', '--dry-run=server', '-f', '-'], { input: pod })).toContain('created');
    }
    const careless = {
      ...podOf(manifests),
      securityContext: {},
      containers: podOf(manifests).containers.map((each) => ({ ...each, securityContext: {} })),
    };
    await expect(
      plane.kubectl(['create', '--dry-run=server', '-f', '-'], {
        input: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'careless', namespace: 'sys' }, spec: careless }),
      }),
    ).rejects.toThrow(/violates PodSecurity "restricted/);
  });

  it('every set of values is accepted', async () => {
    for (const set of [
      [],
      everything,
      ['persistence.enabled=true'],
      ['redis.endpoints={r:6379}', 'autoscaling.enabled=true'],
      ['metrics.dashboards.enabled=true'],
    ]) {
      const text = helm(['template', 'other', chart, '-n', 'sys', '--no-hooks', ...settings([...set, 'crds.install=false'])]);
      const said = await plane
        .kubectl(['apply', '--server-side', '--dry-run=server', '-n', 'sys', '-f', '-'], {
          input: `${namespaceManifest('billing')}\n---\n${text}`,
        })
        .catch((error: Error) => error.message);
      expect(said.split('\n').filter((line) => /error/i.test(line) && !/namespaces "billing" not found/.test(line))).toEqual([]);
    }
  });

  it('its ServiceMonitor, rules and autoscaler are what their kinds take', async () => {
    const crds = readdirSync(join(cacheFolder, 'prometheus-operator-v0.85.0')).map((file) =>
      join(cacheFolder, 'prometheus-operator-v0.85.0', file),
    );
    for (const crd of crds) await plane.kubectl(['apply', '--server-side', '-f', crd]);
    await plane.kubectl([
      'wait',
      '--for=condition=Established',
      'crd/servicemonitors.monitoring.coreos.com',
      'crd/prometheusrules.monitoring.coreos.com',
    ]);
    const monitored = [
      'replicaCount=2',
      'redis.endpoints={r:6379}',
      'autoscaling.enabled=true',
      'metrics.serviceMonitor.enabled=true',
      'metrics.prometheusRule.enabled=true',
      'crds.install=false',
    ];
    const text = helm(['template', 'monitored', chart, '-n', 'sys', '--no-hooks', ...settings(monitored)]);
    const said = await plane.kubectl(['apply', '--server-side', '-n', 'sys', '-f', '-'], { input: text });
    for (const kind of [
      'servicemonitor.monitoring.coreos.com',
      'prometheusrule.monitoring.coreos.com',
      'horizontalpodautoscaler.autoscaling',
    ])
      expect(said).toContain(`${kind}/monitored-dbintel serverside-applied`);
    // What the API server keeps of it is all that was said: a field that its schema does not know would be gone.
    const kept = JSON.parse(await plane.kubectl(['get', 'servicemonitor', 'monitored-dbintel', '-n', 'sys', '-o', 'json'])) as Manifest;
    const rules = JSON.parse(await plane.kubectl(['get', 'prometheusrule', 'monitored-dbintel', '-n', 'sys', '-o', 'json'])) as Manifest;
    expect([kept['spec'], rules['spec']]).toEqual(['ServiceMonitor', 'PrometheusRule'].map((kind) => of(parse(text), kind)[0]?.['spec']));
    await plane.kubectl(['delete', '-n', 'sys', '-f', '-'], { input: text });
  });

  it('the operator runs as the Deployment says, with the ServiceAccount’s token', async () => {
    const manifests = parse(helm(['get', 'manifest', 'dbintel', '-n', 'sys'], plane.kubeconfig));
    const container = podOf(manifests).containers[0];
    const env = Object.fromEntries((container?.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
    expect(container?.args.slice(0, 1)).toEqual(['operator']);
    const kubeconfig = await plane.kubeconfigFor('dbintel', 'sys');
    // What the Secret of history.postgres would hold.
    const history = { DBINTEL_HISTORY_URL: `postgres://postgres@127.0.0.1:${server.port}/postgres` };
    running = await Promise.all(['dbintel-0', 'dbintel-1'].map((name) => startOperator({ name, kubeconfig, env: { ...env, ...history } })));
    await allReady(running);
    await plane.apply(targetManifest({ name: 'orders', port: server.port, spec: { collection: { interval: '10s' } } }));
    await until(async () => (await plane.kubectl(['get', 'dbt', 'orders', '-n', 'shop'])).includes('Collecting'), 20_000, 'it collects');
    // Every replica tells of the plan: the history is theirs together.
    const answers = await Promise.all(
      running.map((operator) => fetch(`${operator.api}/api/v1/targets/shop/orders/plans`).then((answer) => answer.text())),
    );
    expect(answers.filter((answer) => answer.includes('ph1:'))).toHaveLength(2);
    const [kept] = await server.sql('SELECT count(*) AS n FROM dbintel.plan');
    expect(Number(kept?.['n'])).toBeGreaterThan(0);
    // Not a right more than it uses: what is refused would be in the log.
    for (const operator of running) expect(operator.log()).not.toMatch(/forbidden|"level":"error"/i);
  });

  it('an upgrade keeps the token and upgrades the CRDs; without them nothing is lost', async () => {
    const token = () => plane.kubectl(['get', 'secret', 'dbintel-api', '-n', 'sys', '-o', 'jsonpath={.data.token}']);
    const before = await token();
    await plane.kubectl(['annotate', 'crd', 'databasetargets.dbintel.io', 'touched=yes']);
    helm(['upgrade', 'dbintel', chart, '-n', 'sys', ...settings([...values(), 'maxCycles=8'])], plane.kubeconfig);
    expect(await token()).toBe(before);
    helm(['uninstall', 'dbintel', '-n', 'sys'], plane.kubeconfig);
    expect(await plane.kubectl(['get', 'dbt', '-A'])).toContain('orders');
    expect(await plane.kubectl(['get', 'deploy', '-n', 'sys'])).not.toContain('dbintel');
  });
});

it('the alerts and dashboards ask for metrics that there are', () => {
  const sources = execFileSync(
    'grep',
    ['-rhoE', '(dbintel|workqueue|controller_runtime|rest_client)_[a-z_]+', join(root, 'src'), '--include=*.ts'],
    { encoding: 'utf8' },
  );
  const known = new Set(sources.split('\n'));
  const asked = ['files/alerts.yaml', 'files/dashboards/fleet.json', 'files/dashboards/target.json'].flatMap(
    (file) => readFileSync(join(chart, file), 'utf8').match(/\bdbintel_[a-z_]+/g) ?? [],
  );
  expect(asked.length).toBeGreaterThan(40);
  expect([...new Set(asked)].filter((name) => !known.has(name.replace(/_bucket$/, '')))).toEqual([]);
});
