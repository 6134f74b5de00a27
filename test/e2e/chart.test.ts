import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
import {
  type ControlPlane,
  controlPlaneBinary,
  installCrds,
  startControlPlane,
} from '../support/control-plane.ts';
import { until } from '../support/leaks.ts';
import {
  cacheFolder,
  type PostgresServer,
  startPostgres,
  temporaryFolder,
} from '../support/postgres-server.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { prepareServer } from '../support/target.ts';

/**
 * The chart, as a person installs it: rendered, refused where it must be, installed on a real API
 * server, and run with nothing but what it grants.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const chart = join(root, 'helm/dbintel');
type Manifest = {
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
  };
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
const render = (...values: string[]): Manifest[] =>
  parse(helm(['template', 'dbintel', chart, '--namespace', 'sys', ...settings(values)]));
const parse = (text: string) =>
  parseAllDocuments(text)
    .map((each) => each.toJS() as Manifest)
    .filter(Boolean);
/** What the first command of a page renders that does so. */
const shownIn = (page: string): Manifest[] => {
  const text = readFileSync(join(root, page), 'utf8').replaceAll(/\s+/g, ' ');
  const [, words = ''] = /helm (template [^`|]*)/.exec(text) ?? [];
  const args = words.trim().replaceAll("'", '').split(' ');
  return parse(helm(args.map((each) => (each === 'helm/dbintel' ? chart : each))));
};
const refusal = (...values: string[]): string => {
  try {
    render(...values);
    return '';
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr);
  }
};
const of = (manifests: readonly Manifest[], kind: string) =>
  manifests.filter((each) => each.kind === kind);
const podOf = (manifests: readonly Manifest[]) =>
  (of(manifests, 'Deployment')[0] as unknown as { spec: { template: { spec: PodSpec } } }).spec
    .template.spec;
const envOf = (manifests: readonly Manifest[]) =>
  Object.fromEntries(
    (podOf(manifests).containers[0]?.env ?? []).map(({ name, value, valueFrom }) => [
      name,
      value ?? valueFrom,
    ]),
  );
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
  it('passes the strict linter', () =>
    expect(helm(['lint', '--strict', chart])).toContain('0 chart(s) failed'));

  it('with no values: one replica, on an emptyDir, that may read no Secret', () => {
    const all = render();
    expect(of(all, 'Deployment')[0]).toMatchObject({ spec: { replicas: 1 } });
    expect(podOf(all).volumes).toContainEqual({ name: 'data', emptyDir: {} });
    expect(of(all, 'PodDisruptionBudget')).toEqual([]);
    const rules = of(all, 'ClusterRole').flatMap(
      (each) => each['rules'] as { resources: string[] }[],
    );
    expect(rules.flatMap(({ resources }) => resources)).not.toContain('secrets');
    expect(envOf(all)).not.toHaveProperty('DBINTEL_REDIS_ENDPOINTS');
  });

  it('the rights by hand are rights alone, and those that the page names', () => {
    const shown = shownIn('docs/operator.md');
    expect(new Set(shown.map(({ kind }) => kind))).toEqual(
      new Set(['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']),
    );
    const rules = of(shown, 'ClusterRole').flatMap(
      (each) => each['rules'] as { resources: string[]; verbs: string[] }[],
    );
    expect(rules.map(({ resources, verbs }) => `${resources} ${verbs.join(' ')}`)).toEqual([
      'emergencystops get list watch create',
      'emergencystops/status patch',
      'databasetargets get list watch',
      'databasetargets/status patch',
      'events create patch',
      'indexrecommendations list watch create delete',
    ]);
  });
  it('who advises cannot approve, and nothing of the executor is there by default', () => {
    const rulesOf = (all: Manifest[], whose: string) =>
      [...of(all, 'ClusterRole'), ...of(all, 'Role')]
        .filter(({ metadata }) => metadata.name.includes('executor') === (whose === 'executor'))
        .flatMap((each) => each['rules'] as { resources: string[]; verbs: string[] }[]);
    const verbs = (rules: { resources: string[]; verbs: string[] }[], resource: string) =>
      rules.filter(({ resources }) => resources.includes(resource)).flatMap((each) => each.verbs);
    const all = render('executor.replicas=1', 'executor.namespaces={shop}');
    expect(verbs(rulesOf(all, 'operator'), 'indexapprovals')).toEqual([]);
    expect(verbs(rulesOf(all, 'operator'), 'indexrecommendations/status')).toEqual([]);
    expect(verbs(rulesOf(all, 'executor'), 'indexapprovals')).toEqual([
      'get',
      'list',
      'watch',
      'create',
    ]);
    expect(verbs(rulesOf(all, 'executor'), 'secrets')).toEqual(['get']);
    expect(verbs(rulesOf(all, 'executor'), 'databasetargets/status')).toEqual([]);
    expect(of(all, 'Deployment').map(({ metadata }) => metadata.name)).toEqual([
      'dbintel',
      'dbintel-executor',
    ]);
    expect(of(all, 'ValidatingAdmissionPolicyBinding')).toMatchObject([
      { spec: { validationActions: ['Deny'] } },
    ]);
    const names = render().map(({ metadata }) => metadata.name);
    expect(names.filter((each) => each.includes('executor'))).toEqual([]);
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
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
      Number.parseInt(String(envOf(all)['DBINTEL_DRAIN']), 10) + 10,
    );
    expect(of(all, 'PodDisruptionBudget').length).toBe(1);
    expect(of(all, 'NetworkPolicy').length).toBe(1);
    expect(JSON.stringify(pod)).toContain(`dbintel@sha256:${'a'.repeat(64)}`);
    const roles = of(all, 'Role').filter((each) =>
      JSON.stringify(each['rules']).includes('secrets'),
    );
    expect(roles.map(({ metadata }) => metadata.namespace).toSorted()).toEqual(['billing', 'shop']);
    for (const role of roles)
      expect(role['rules']).toEqual([{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]);
  });

  it('a volume means Recreate', () => {
    const all = render('persistence.enabled=true');
    expect(of(all, 'Deployment')[0]).toMatchObject({ spec: { strategy: { type: 'Recreate' } } });
    expect(of(all, 'PersistentVolumeClaim').length).toBe(1);
    expect(
      of(
        render('persistence.enabled=true', 'persistence.existingClaim=mine'),
        'PersistentVolumeClaim',
      ),
    ).toEqual([]);
  });

  it('monitoring for those who have its kinds', () => {
    const all = render(
      'metrics.serviceMonitor.enabled=true',
      'metrics.prometheusRule.enabled=true',
      'metrics.dashboards.enabled=true',
    );
    const [monitor] = of(all, 'ServiceMonitor');
    // Without it each target's namespace would be the pod's, which alerts and dashboards go by.
    expect(monitor).toMatchObject({ spec: { endpoints: [{ honorLabels: true }] } });
    expect(of(all, 'PrometheusRule')[0]).toMatchObject({
      spec: { groups: [{ name: 'dbintel-fleet' }, { name: 'dbintel-targets' }] },
    });
    const dashboards = of(all, 'ConfigMap')[0]?.['data'] as Record<string, string>;
    for (const text of Object.values(dashboards))
      expect(JSON.parse(text)).toMatchObject({ panels: expect.any(Array) });
  });

  it('whoever gives a pod less time than it may take to end is told how much it needs', () => {
    const needs = (value: string) => {
      const said = helm(['install', 'x', chart, '--dry-run=client', ...settings([value])]);
      return /may be killed after.*set terminationGracePeriodSeconds to (\d+)/.exec(said)?.[1];
    };
    const values = ['drain=25s', 'drain=1.5m', 'drain=1d', 'terminationGracePeriodSeconds=39'];
    expect(values.map(needs)).toEqual([undefined, '110', '86420', '40']);
  });

  it('is the same each time where no cluster can be asked: no token is invented', () => {
    const once = helm(['template', 'dbintel', chart, '-n', 'sys']);
    expect(helm(['template', 'dbintel', chart, '-n', 'sys'])).toBe(once);
    expect(of(parse(once), 'Secret')).toEqual([]);
    expect(envOf(parse(once))['DBINTEL_API_TOKEN']).toEqual({
      secretKeyRef: { name: 'dbintel-api', key: 'token', optional: true },
    });
    const given = render('api.token=a-token-of-20-letters');
    expect(of(given, 'Secret')[0]).toMatchObject({
      data: { token: Buffer.from('a-token-of-20-letters').toString('base64') },
    });
    const named = render('api.existingSecret=mine');
    expect(of(named, 'Secret')).toEqual([]);
    expect(envOf(named)['DBINTEL_API_TOKEN']).toEqual({
      secretKeyRef: { name: 'mine', key: 'token', optional: false },
    });
  });

  it('the pods roll when the token changes', () => {
    const checksum = (...values: string[]) =>
      (
        of(render(...values), 'Deployment')[0] as unknown as {
          spec: { template: { metadata: Manifest['metadata'] } };
        }
      ).spec.template.metadata.annotations?.['checksum/secrets'];
    expect(checksum('api.token=a-token-of-20-letters')).toMatch(/^[0-9a-f]{64}$/);
    expect(checksum('api.token=a-token-of-20-letters')).toBe(
      checksum('api.token=a-token-of-20-letters'),
    );
    expect(checksum('api.token=a-token-of-20-letters')).not.toBe(
      checksum('api.token=another-of-20-letters'),
    );
  });

  it('names and labels that look like numbers are texts wherever they stand', () => {
    const set = [
      'watchNamespaces={777}',
      'secrets.namespaces={888}',
      'image.tag=17',
      'commonLabels.team=42',
      'podLabels.tier=7',
      'podAnnotations.a=1',
      'podDisruptionBudget.minAvailable=1',
      'api.existingSecret=5',
      'redis.endpoints={r:6379}',
      'redis.existingSecret=6',
      'replicaCount=2',
      'serviceAccount.annotations.id=99',
      'service.annotations.b=true',
      'priorityClassName=8',
    ];
    for (const release of ['123', '1e3', '0x10']) {
      const all = parse(helm(['template', release, chart, '-n', '12345', ...settings(set)]));
      const notTexts: string[] = [];
      const walk = (value: unknown, path: string) => {
        if (typeof value === 'object' && value !== null)
          for (const [key, each] of Object.entries(value)) walk(each, `${path}.${key}`);
        else if (
          typeof value !== 'string' &&
          /\.(name|namespace|labels\.[^.]+|annotations\.[^.]+|matchLabels\.[^.]+|value|image|secretName|serviceAccountName|priorityClassName|args\.\d+)$|\.labels\./.test(
            path,
          )
        )
          notTexts.push(path);
      };
      for (const each of all.filter(({ kind }) => kind !== 'CustomResourceDefinition'))
        walk(each, each.kind);
      expect(notTexts).toEqual([]);
      const service = of(all, 'Service')[0]?.metadata.name ?? '';
      expect(service).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
      expect(podOf(all).containers[0]?.args).toContain('--namespaces=777');
    }
  });

  it('whole numbers of a values file are what was written, however long', () => {
    const folder = temporaryFolder('chart-values');
    const file = join(folder, 'values.json');
    const values = {
      image: { tag: 20240101 },
      watchNamespaces: [1234567],
      secrets: { names: { shop: [7654321] } },
      commonLabels: { 'cost-center': 12345678 },
      terminationGracePeriodSeconds: 1_000_000,
      api: { existingSecret: 2345678 },
    };
    writeFileSync(file, JSON.stringify(values));
    const rendered = helm(['template', 'x', chart, '-f', file]);
    rmSync(folder, { recursive: true });
    expect(rendered).not.toMatch(/\de\+\d/);
    const all = parse(rendered);
    expect(podOf(all).containers[0]).toMatchObject({
      image: 'dbintel/dbintel:20240101',
      args: expect.arrayContaining(['--namespaces=1234567']),
    });
    expect(of(all, 'Deployment')[0]?.metadata.labels).toMatchObject({ 'cost-center': '12345678' });
    expect(JSON.stringify(of(all, 'Role'))).toContain('"resourceNames":["7654321"]');
  });

  it('a version that goes on with a commit, as Flux writes it, is a label all the same', () => {
    const folder = temporaryFolder('chart');
    const version = `0.1.0+${'4f8c2d1a'.repeat(8)}`;
    helm(['package', chart, '--version', version, '--app-version', version, '-d', folder]);
    const packed = join(folder, `dbintel-${version}.tgz`);
    const all = parse(helm(['template', 'dbintel', packed, ...settings(everything)]));
    for (const { metadata } of all)
      for (const value of Object.values(metadata.labels ?? {}))
        expect(value).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
    expect(of(all, 'Deployment')[0]?.metadata.labels?.['helm.sh/chart']).toMatch(
      /^dbintel-0\.1\.0_4f8c2d1a/,
    );
    rmSync(folder, { recursive: true });
  });

  it('of two labels under one name the nearer one counts, and the chart’s own before all', () => {
    const all = render(
      'commonLabels.team=all',
      'commonLabels.app\\.kubernetes\\.io/name=mine',
      'commonLabels.app\\.kubernetes\\.io/instance=mine',
      'podLabels.team=pods',
      'service.labels.team=service',
      'podAnnotations.checksum/secrets=mine',
    );
    const [deployment] = of(all, 'Deployment');
    const own = { 'app.kubernetes.io/name': 'dbintel', 'app.kubernetes.io/instance': 'dbintel' };
    expect(deployment?.metadata.labels).toMatchObject({ ...own, team: 'all' });
    const { metadata } = (deployment as unknown as { spec: { template: Manifest } }).spec.template;
    expect(metadata.labels).toMatchObject({ ...own, team: 'pods' });
    expect(metadata.annotations?.['checksum/secrets']).toMatch(/^[0-9a-f]{64}$/);
    expect(of(all, 'Service')[0]?.metadata.labels).toMatchObject({ ...own, team: 'service' });
    // No Service may send anybody to the test's pod.
    expect(of(all, 'Pod')[0]?.metadata.labels).not.toHaveProperty(['app.kubernetes.io/name']);
  });

  it('what people expect of a chart’s values', () => {
    const scrape = (kind: string) => [
      `metrics.${kind}.enabled=true`,
      `metrics.${kind}.namespace=monitoring`,
      `metrics.${kind}.scrapeTimeout=7s`,
      `metrics.${kind}.honorLabels=true`,
      `metrics.${kind}.relabelings[0].targetLabel=cluster`,
      `metrics.${kind}.relabelings[0].replacement=prod`,
      `metrics.${kind}.metricRelabelings[0].action=drop`,
      `metrics.${kind}.metricRelabelings[0].regex=go_.*`,
    ];
    for (const [kind, value, field] of [
      ['ServiceMonitor', 'serviceMonitor', 'endpoints'],
      ['PodMonitor', 'podMonitor', 'podMetricsEndpoints'],
    ] as const) {
      const [monitor] = of(render(...scrape(value)), kind);
      expect(monitor).toMatchObject({
        metadata: { namespace: 'monitoring' },
        spec: {
          namespaceSelector: { matchNames: ['sys'] },
          [field]: [
            {
              port: 'metrics',
              path: '/metrics',
              interval: '30s',
              scrapeTimeout: '7s',
              honorLabels: true,
              relabelings: [{ targetLabel: 'cluster', replacement: 'prod' }],
              metricRelabelings: [{ action: 'drop', regex: 'go_.*' }],
            },
          ],
        },
      });
    }
    const all = render(
      ...everything,
      'namespaceOverride=elsewhere',
      'commonLabels.team=dba',
      'commonAnnotations.owner=dba',
      'image.registry=registry.example.com:5000',
      'image.digest=',
      'hostAliases[0].ip=10.0.0.1',
      'hostAliases[0].hostnames={db}',
      'dnsPolicy=None',
      'dnsConfig.nameservers={10.0.0.2}',
      'runtimeClassName=gvisor',
      'initContainers[0].name=first',
      'extraContainers[0].name=proxy',
      'otlp.tls.existingSecret=otlp-tls',
      'otlp.tls.clientCertificate=true',
      'redis.tls.clientCertificate=true',
      'podDisruptionBudget.minAvailable=50%',
      'hosts={dbintel.example.com}',
      'events.enabled=false',
      'revisionHistoryLimit=3',
      'rollingUpdate.maxUnavailable=1',
      'service.labels.a=b',
      'deploymentAnnotations.c=d',
    );
    const namespaced = all.filter(
      ({ kind, metadata }) => metadata.namespace !== undefined && !/Role/.test(kind),
    );
    expect(new Set(namespaced.map(({ metadata }) => metadata.namespace))).toEqual(
      new Set(['elsewhere']),
    );
    for (const { kind, metadata } of all)
      expect([kind, metadata.labels?.['team']]).toEqual([kind, 'dba']);
    const pod = podOf(all);
    expect(pod).toMatchObject({
      hostAliases: [{ ip: '10.0.0.1', hostnames: ['db'] }],
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['10.0.0.2'] },
      runtimeClassName: 'gvisor',
      initContainers: [{ name: 'first' }],
      containers: [
        { name: 'operator', image: 'registry.example.com:5000/dbintel/dbintel:0.1.0' },
        { name: 'proxy' },
      ],
    });
    expect(pod.volumes).toContainEqual({ name: 'otlp-tls', secret: { secretName: 'otlp-tls' } });
    expect(envOf(all)).toMatchObject({
      DBINTEL_OTLP_CA: '/etc/dbintel/otlp-tls/ca.crt',
      DBINTEL_OTLP_KEY: '/etc/dbintel/otlp-tls/tls.key',
      DBINTEL_REDIS_CERT: '/etc/dbintel/redis-tls/tls.crt',
      DBINTEL_HOSTS:
        'dbintel,dbintel.elsewhere,dbintel.elsewhere.svc,dbintel.elsewhere.svc.cluster.local,dbintel.example.com',
      DBINTEL_EVENTS: 'false',
    });
    expect(of(all, 'PodDisruptionBudget')[0]?.['spec']).toMatchObject({
      minAvailable: '50%',
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
    expect(of(all, 'PodDisruptionBudget')[0]?.['spec']).not.toHaveProperty('maxUnavailable');
    expect(of(all, 'Deployment')[0]).toMatchObject({
      metadata: { annotations: { c: 'd', owner: 'dba' } },
      spec: {
        revisionHistoryLimit: 3,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      },
    });
    expect(of(all, 'Service')[0]?.metadata.labels).toMatchObject({ a: 'b' });
  });

  it('the test’s pod runs where and as the operator’s does', () => {
    const all = render(
      'nodeSelector.disk=ssd',
      'tolerations[0].key=dedicated',
      'tolerations[0].operator=Exists',
      'imagePullSecrets[0].name=pull',
      'priorityClassName=high',
    );
    const [pod, test] = [podOf(all), of(all, 'Pod')[0]?.['spec'] as PodSpec] as unknown as Record<
      string,
      unknown
    >[];
    for (const field of [
      'nodeSelector',
      'tolerations',
      'imagePullSecrets',
      'priorityClassName',
      'securityContext',
    ]) {
      expect(pod?.[field]).toBeDefined();
      expect(test?.[field]).toEqual(pod?.[field]);
    }
    const resources = (spec: Record<string, unknown> | undefined) =>
      (spec?.['containers'] as { resources: unknown }[] | undefined)?.[0]?.resources;
    expect(resources(test)).toEqual(resources(pod));
  });

  it.each([
    [
      'a replica’s API may stop, not lift what others stopped',
      [],
      ['emergencystops create'],
      ['emergencystops delete'],
    ],
    [
      'it may lift',
      ['emergencyStop.resumeThroughApi=true'],
      ['emergencystops create', 'emergencystops delete'],
      [],
    ],
    [
      'it may neither',
      ['emergencyStop.throughApi=false'],
      ['emergencystops get'],
      ['emergencystops create', 'emergencystops delete'],
    ],
    [
      'no events',
      ['events.enabled=false'],
      ['databasetargets/status patch'],
      ['events create', 'events patch'],
    ],
    ['no Redis: the cluster’s identity is nobody’s business', [], [], ['namespaces get']],
    ['with Redis it is', ['redis.endpoints={r:6379}'], ['namespaces get'], []],
    ['nobody’s token is reviewed', [], [], ['tokenreviews create', 'subjectaccessreviews create']],
    [
      'tokens of the cluster are let in, also with some namespaces only',
      ['api.tokenReview=true', 'watchNamespaces={shop}'],
      ['tokenreviews create', 'subjectaccessreviews create'],
      [],
    ],
    [
      'Secrets of one namespace',
      ['secrets.namespaces={shop}'],
      ['secrets get'],
      ['secrets list', 'secrets watch'],
    ],
  ])('rights by what is used: %s', (_, values, granted, not) => {
    const all = [...of(render(...values), 'ClusterRole'), ...of(render(...values), 'Role')];
    const rules = all.flatMap(
      (each) => each['rules'] as { resources: string[]; verbs: string[] }[],
    );
    const rights = rules.flatMap(({ resources, verbs }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${resource} ${verb}`)),
    );
    for (const each of granted) expect(rights).toContain(each);
    for (const each of not) expect(rights).not.toContain(each);
    expect(rights.filter((each) => each.includes('*'))).toEqual([]);
  });

  it('Secrets by name, where names are given', () => {
    const roles = of(
      render(
        'secrets.namespaces={shop}',
        'secrets.names.shop={orders-dbintel,orders-tls}',
        'secrets.names.billing={b}',
      ),
      'Role',
    );
    expect(
      roles.map(({ metadata, rules }) => [
        metadata.namespace,
        (rules as { resourceNames?: string[] }[])[0]?.resourceNames,
      ]),
    ).toEqual([
      ['shop', ['orders-dbintel', 'orders-tls']],
      ['billing', ['b']],
    ]);
  });

  it('the web UI is served, without a word from outside, and is not where it is off', () => {
    expect(envOf(render())).toMatchObject({ DBINTEL_UI: 'on', DBINTEL_TOKEN_REVIEW: 'false' });
    expect(envOf(render('ui.enabled=false'))).toMatchObject({ DBINTEL_UI: 'off' });
    for (const kind of ['Ingress', 'HTTPRoute']) expect(of(render(), kind)).toEqual([]);
    expect(envOf(render())).not.toHaveProperty('DBINTEL_PUBLIC_URL');
    expect(of(render('api.existingSecret=mine'), 'Service')[0]?.metadata.annotations).toEqual({
      'dbintel.io/api-secret': 'mine',
    });
  });

  it('what is in front of it: an Ingress or a route, over TLS, under names that are known', () => {
    const hosts = ['ingress.hosts={dbintel.example.com,plans.example.com}'];
    const all = render(
      'ingress.enabled=true',
      'ingress.className=nginx',
      'ingress.tlsSecret=dbintel-tls',
      'ingress.annotations.a=b',
      'service.port=80',
      ...hosts,
    );
    expect(of(all, 'Ingress')).toMatchObject([
      {
        apiVersion: 'networking.k8s.io/v1',
        metadata: { name: 'dbintel', annotations: { a: 'b' } },
        spec: {
          ingressClassName: 'nginx',
          tls: [{ hosts: ['dbintel.example.com', 'plans.example.com'], secretName: 'dbintel-tls' }],
          rules: [
            {
              host: 'dbintel.example.com',
              http: {
                paths: [
                  {
                    path: '/',
                    pathType: 'Prefix',
                    backend: { service: { name: 'dbintel', port: { number: 80 } } },
                  },
                ],
              },
            },
            { host: 'plans.example.com' },
          ],
        },
      },
    ]);
    expect(envOf(all)['DBINTEL_PUBLIC_URL']).toBe('https://dbintel.example.com');
    expect(envOf(all)['DBINTEL_HOSTS']).toMatch(/,dbintel\.example\.com,plans\.example\.com$/);
    const routed = render(
      'httpRoute.enabled=true',
      'httpRoute.parentRefs[0].name=gateway',
      'httpRoute.parentRefs[0].namespace=infra',
    );
    expect(of(routed, 'HTTPRoute')).toMatchObject([
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        spec: {
          parentRefs: [{ name: 'gateway', namespace: 'infra' }],
          hostnames: ['dbintel.example.com'],
          rules: [{ backendRefs: [{ name: 'dbintel', port: 8080 }] }],
        },
      },
    ]);
    expect(envOf(routed)['DBINTEL_PUBLIC_URL']).toBe('https://dbintel.example.com');
    const said = render('ui.publicUrl=https://other.example.com', 'ingress.enabled=true', ...hosts);
    expect(envOf(said)['DBINTEL_PUBLIC_URL']).toBe('https://other.example.com');
  });

  it('a proxy is believed by what the values name', () => {
    const env = envOf(
      render(
        'api.trustedProxy.addresses={10.1.0.0/16,fd00::7}',
        'api.trustedProxy.existingSecret=proxy',
      ),
    );
    expect(env).toMatchObject({
      DBINTEL_TRUSTED_PROXY: '10.1.0.0/16,fd00::7',
      DBINTEL_TRUSTED_PROXY_SECRET: { secretKeyRef: { name: 'proxy', key: 'secret' } },
    });
    expect(envOf(render())).not.toHaveProperty('DBINTEL_TRUSTED_PROXY');
  });

  it.each([
    ['a route to no gateway', ['httpRoute.enabled=true'], /httpRoute\.parentRefs/],
    ['a public address without https', ['ui.publicUrl=http://x.example.com'], /publicUrl/],
    ['a public address with a path', ['ui.publicUrl=https://x.example.com/db'], /publicUrl/],
    ['an ingress without a host', ['ingress.hosts={}'], /hosts/],
    ['a proxy’s name instead of its address', ['api.trustedProxy.addresses={proxy}'], /addresses/],
    ['two tokens', ['api.token=a-token-of-20-letters', 'api.existingSecret=x'], /two tokens/],
    [
      'two monitors',
      ['metrics.serviceMonitor.enabled=true', 'metrics.podMonitor.enabled=true'],
      /scrape every replica twice/,
    ],
    ['a token that is too short', ['api.token=short'], /token/],
    [
      'several replicas without Redis',
      ['replicaCount=3'],
      /several replicas share their targets through Redis: set redis\.endpoints/,
    ],
    ['an autoscaler without Redis', ['autoscaling.enabled=true'], /set redis\.endpoints/],
    [
      'several replicas on one volume',
      ['replicaCount=2', 'redis.endpoints={r:6379}', 'persistence.enabled=true'],
      /a volume cannot be in several pods/,
    ],
    ['a slip of the pen', ['replicaCoun=3'], /additional properties 'replicaCoun' not allowed/],
    ['a name that no Service takes', ['fullnameOverride=My_App'], /fullnameOverride/],
    ['a digest that is none', ['image.digest=latest'], /digest/],
    ['an endpoint without a port', ['redis.endpoints={redis}'], /endpoints/],
    ['a duration that is none', ['drain=20'], /drain/],
    ...[
      ['podDisruptionBudget.maxUnavailable=0'],
      ['podDisruptionBudget.maxUnavailable=0%'],
      ['podDisruptionBudget.minAvailable=3'],
      ['podDisruptionBudget.minAvailable=67%'],
      ['podDisruptionBudget.minAvailable=2', 'autoscaling.enabled=true'],
    ].map((values): [string, string[], RegExp] => [
      `a budget that no drain gets past, ${values}`,
      ['replicaCount=3', 'redis.endpoints={r:6379}', ...values],
      /no node could be drained/,
    ]),
    [
      'an autoscaler of more than it may have',
      ['autoscaling.enabled=true', 'autoscaling.minReplicas=11', 'redis.endpoints={r:6379}'],
      /autoscaling\.minReplicas \(11\) is more than autoscaling\.maxReplicas \(10\)/,
    ],
    [
      'an update that can replace no pod',
      ['rollingUpdate.maxSurge=0', 'rollingUpdate.maxUnavailable=0%'],
      /rollingUpdate: one of maxSurge and maxUnavailable must be more than 0/,
    ],
    ['more than all pods', ['rollingUpdate.maxUnavailable=101%'], /maxUnavailable/],
    ['a domain with a blank', ['clusterDomain=cluster. local'], /clusterDomain/],
    ['a size that is none', ['persistence.size=10GB'], /persistence.size/],
    ['a name that no label takes', [`nameOverride=${'n'.repeat(64)}`], /nameOverride/],
  ])('refuses %s', (_, values, message) => expect(refusal(...values)).toMatch(message));
});

describe('on a real API server', () => {
  let plane: ControlPlane;
  let redis: RedisServer;
  let server: PostgresServer;
  let running: Operator[] = [];
  const values = () => [
    `redis.endpoints={127.0.0.1:${redis.port}}`,
    'replicaCount=2',
    'secrets.namespaces={shop}',
  ];

  beforeAll(async () => {
    [plane, redis, server] = await Promise.all([
      startControlPlane(),
      startRedis(),
      startPostgres(),
    ]);
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
    const said = helm(
      ['install', 'dbintel', chart, '-n', 'sys', ...settings(values())],
      plane.kubeconfig,
    );
    expect(said).toMatch(/collects in all namespaces with 2 replicas/);
    expect(said).toContain('kubectl apply -f -');
    await plane.kubectl([
      'wait',
      '--for=condition=Established',
      'crd/databasetargets.dbintel.io',
      'crd/emergencystops.dbintel.io',
      '--timeout=30s',
    ]);
    expect(
      await plane.kubectl([
        'get',
        'deploy',
        'dbintel',
        '-n',
        'sys',
        '-o',
        'jsonpath={.spec.replicas}',
      ]),
    ).toBe('2');
  });

  it('its pods are admitted where the restricted standard is enforced', async () => {
    const manifests = parse(helm(['get', 'manifest', 'dbintel', '-n', 'sys'], plane.kubeconfig));
    const test = parse(
      helm(['get', 'hooks', 'dbintel', '-n', 'sys'], plane.kubeconfig),
    )[0] as Manifest;
    const pods: [string, unknown][] = [
      ['operator', podOf(manifests)],
      ['test', test['spec']],
    ];
    for (const [name, spec] of pods) {
      const pod = JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'sys' },
        spec,
      });
      expect(
        await plane.kubectl(['create', '--dry-run=server', '-f', '-'], { input: pod }),
      ).toContain('created');
    }
    const careless = {
      ...podOf(manifests),
      securityContext: {},
      containers: podOf(manifests).containers.map((each) => ({ ...each, securityContext: {} })),
    };
    await expect(
      plane.kubectl(['create', '--dry-run=server', '-f', '-'], {
        input: JSON.stringify({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'careless', namespace: 'sys' },
          spec: careless,
        }),
      }),
    ).rejects.toThrow(/violates PodSecurity "restricted/);
  });

  it('every set of values is accepted', async () => {
    for (const set of [
      [],
      everything,
      ['persistence.enabled=true'],
      ['redis.endpoints={r:6379}', 'autoscaling.enabled=true'],
      ['executor.replicas=1', 'executor.namespaces={sys}', `nameOverride=${'n'.repeat(63)}`],
      ['executor.replicas=1', 'executor.namespaces={sys}', 'nameOverride=12345'],
      ['metrics.dashboards.enabled=true'],
      ['ingress.enabled=true', 'api.tokenReview=true'],
    ]) {
      const text = helm([
        'template',
        'other',
        chart,
        '-n',
        'sys',
        '--no-hooks',
        ...settings([...set, 'crds.install=false']),
      ]);
      const said = await plane
        .kubectl(['apply', '--server-side', '--dry-run=server', '-n', 'sys', '-f', '-'], {
          input: `${namespaceManifest('billing')}\n---\n${text}`,
        })
        .catch((error: Error) => error.message);
      expect(
        said
          .split('\n')
          .filter((line) => /error/i.test(line) && !/namespaces "billing" not found/.test(line)),
      ).toEqual([]);
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
    const text = helm([
      'template',
      'monitored',
      chart,
      '-n',
      'sys',
      '--no-hooks',
      ...settings(monitored),
    ]);
    const said = await plane.kubectl(['apply', '--server-side', '-n', 'sys', '-f', '-'], {
      input: text,
    });
    for (const kind of [
      'servicemonitor.monitoring.coreos.com',
      'prometheusrule.monitoring.coreos.com',
      'horizontalpodautoscaler.autoscaling',
    ])
      expect(said).toContain(`${kind}/monitored-dbintel serverside-applied`);
    // What the API server keeps of it is all that was said: a field that its schema does not know
    // would be gone.
    const kept = JSON.parse(
      await plane.kubectl([
        'get',
        'servicemonitor',
        'monitored-dbintel',
        '-n',
        'sys',
        '-o',
        'json',
      ]),
    ) as Manifest;
    const rules = JSON.parse(
      await plane.kubectl([
        'get',
        'prometheusrule',
        'monitored-dbintel',
        '-n',
        'sys',
        '-o',
        'json',
      ]),
    ) as Manifest;
    expect([kept['spec'], rules['spec']]).toEqual(
      ['ServiceMonitor', 'PrometheusRule'].map((kind) => of(parse(text), kind)[0]?.['spec']),
    );
    await plane.kubectl(['delete', '-n', 'sys', '-f', '-'], { input: text });
  });

  it('the operator runs as the Deployment says, with the ServiceAccount’s token', async () => {
    const manifests = parse(helm(['get', 'manifest', 'dbintel', '-n', 'sys'], plane.kubeconfig));
    const container = podOf(manifests).containers[0];
    const env = Object.fromEntries(
      (container?.env ?? []).flatMap(({ name, value }) =>
        value === undefined ? [] : [[name, value]],
      ),
    );
    expect(container?.args.slice(0, 1)).toEqual(['operator']);
    const kubeconfig = await plane.kubeconfigFor('dbintel', 'sys');
    // What the Secret of history.postgres would hold.
    const history = {
      DBINTEL_HISTORY_URL: `postgres://postgres@127.0.0.1:${server.port}/postgres`,
    };
    running = await Promise.all(
      ['dbintel-0', 'dbintel-1'].map((name) =>
        startOperator({ name, kubeconfig, env: { ...env, ...history } }),
      ),
    );
    await allReady(running);
    await plane.apply(
      targetManifest({
        name: 'orders',
        port: server.port,
        spec: { collection: { interval: '10s' } },
      }),
    );
    await until(
      async () =>
        (await plane.kubectl(['get', 'dbt', 'orders', '-n', 'shop'])).includes('Collecting'),
      20_000,
      'it collects',
    );
    // Every replica tells of the plan: the history is theirs together.
    const tells = async ({ api }: Operator) => {
      const headers = { authorization: 'Bearer token-of-the-test' };
      const answer = await fetch(`${api}/api/v1/targets/shop/orders/plans`, { headers });
      return (await answer.text()).includes('ph2:');
    };
    for (const each of running)
      await until(() => tells(each), 20_000, `${each.name} tells of the plan`);
    const [kept] = await server.sql('SELECT count(*) AS n FROM dbintel.plan');
    expect(Number(kept?.['n'])).toBeGreaterThan(0);
    // Not a right more than it uses: what is refused would be in the log.
    for (const operator of running)
      expect(operator.log()).not.toMatch(/forbidden|"level":"error"/i);
  });

  it('a volume is turned on and off by upgrades, and the claim stays', async () => {
    const upgrade = (...more: string[]) =>
      helm(
        ['upgrade', 'solo', chart, '-n', 'sys', ...settings(['crds.install=false', ...more])],
        plane.kubeconfig,
      );
    const strategy = async () =>
      JSON.parse(
        await plane.kubectl([
          'get',
          'deploy',
          'solo-dbintel',
          '-n',
          'sys',
          '-o',
          'jsonpath={.spec.strategy}',
        ]),
      ) as object;
    helm(['install', 'solo', chart, '-n', 'sys', '--set', 'crds.install=false'], plane.kubeconfig);
    upgrade('persistence.enabled=true');
    expect(await strategy()).toEqual({ type: 'Recreate' });
    upgrade();
    expect(await strategy()).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
    });
    expect(await plane.kubectl(['get', 'pvc', '-n', 'sys'])).toContain('solo-dbintel');
    upgrade('persistence.enabled=true');
    expect(await strategy()).toEqual({ type: 'Recreate' });
    helm(['uninstall', 'solo', '-n', 'sys'], plane.kubeconfig);
  });

  it('a release and a namespace that are numbers are installed, upgraded and uninstalled', async () => {
    await plane.apply(namespaceManifest('777'));
    const set = settings([
      'crds.install=false',
      'watchNamespaces={777}',
      'secrets.namespaces={777}',
      'image.tag=17',
    ]);
    helm(['install', '123', chart, '-n', '12345', '--create-namespace', ...set], plane.kubeconfig);
    helm(
      ['upgrade', '123', chart, '-n', '12345', ...set, '--set', 'maxCycles=3'],
      plane.kubeconfig,
    );
    expect(await plane.kubectl(['get', 'deploy,service,sa,secret', '-n', '12345'])).toContain(
      'dbintel-123-dbintel',
    );
    helm(['uninstall', '123', '-n', '12345'], plane.kubeconfig);
  });

  it('the pods roll when a Secret that they read at their start has changed', async () => {
    const checksum = () =>
      plane.kubectl([
        'get',
        'deploy',
        'rolling-dbintel',
        'rolling-dbintel-executor',
        '-n',
        'sys',
        '-o',
        'jsonpath={.items[*].spec.template.metadata.annotations.checksum/secrets}',
      ]);
    const secret = (token: string) =>
      plane.apply(
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'mine', namespace: 'sys' },
          stringData: { token, url: `postgres://dbintel:${token}@history/plans` },
        }),
      );
    const set = settings([
      'crds.install=false',
      'api.existingSecret=mine',
      'history.postgres.existingSecret=mine',
      'executor.replicas=1',
    ]);
    await secret('the-first-token-of-them');
    const notes = helm(['install', 'rolling', chart, '-n', 'sys', ...set], plane.kubeconfig);
    expect(notes).toContain('the executor may act in no namespace yet');
    const first = await checksum();
    helm(['upgrade', 'rolling', chart, '-n', 'sys', ...set], plane.kubeconfig);
    expect(await checksum()).toBe(first);
    await secret('the-second-token-of-them');
    helm(['upgrade', 'rolling', chart, '-n', 'sys', ...set], plane.kubeconfig);
    const [before, now] = [first.split(' '), (await checksum()).split(' ')];
    expect([before.length, now.length]).toEqual([2, 2]);
    expect(now.filter((each) => before.includes(each))).toEqual([]);
    helm(['uninstall', 'rolling', '-n', 'sys'], plane.kubeconfig);
  });

  it('an upgrade keeps the token and upgrades the CRDs; without them nothing is lost', async () => {
    const token = () =>
      plane.kubectl(['get', 'secret', 'dbintel-api', '-n', 'sys', '-o', 'jsonpath={.data.token}']);
    const before = await token();
    await plane.kubectl(['annotate', 'crd', 'databasetargets.dbintel.io', 'touched=yes']);
    helm(
      ['upgrade', 'dbintel', chart, '-n', 'sys', ...settings([...values(), 'maxCycles=8'])],
      plane.kubeconfig,
    );
    expect(await token()).toBe(before);
    helm(['uninstall', 'dbintel', '-n', 'sys'], plane.kubeconfig);
    expect(await plane.kubectl(['get', 'dbt', '-A'])).toContain('orders');
    expect(await plane.kubectl(['get', 'deploy', '-n', 'sys'])).not.toContain('dbintel');
  });

  it('CRDs that stayed, or that kubectl applied, are taken over as docs/install.md says', async () => {
    const page = readFileSync(join(root, 'docs/install.md'), 'utf8');
    const [alone, both] = ['--take-ownership', '--take-ownership --force-conflicts'];
    for (const flags of [alone, both]) expect(page).toContain(`\`${flags}\``);
    const install = (namespace: string, flags = '') =>
      helm(
        ['install', 'dbintel', chart, '-n', namespace, '--create-namespace'].concat(
          flags.split(' ').filter(Boolean),
        ),
        plane.kubeconfig,
      );
    await plane.kubectl(['delete', 'crd', '--all']);
    await installCrds(plane);
    expect(() => install('one')).toThrow(/invalid ownership metadata/);
    expect(install('one', both)).toContain('STATUS: deployed');
    helm(['uninstall', 'dbintel', '-n', 'one'], plane.kubeconfig);
    expect(() => install('two')).toThrow(/invalid ownership metadata/);
    expect(install('two', alone)).toContain('STATUS: deployed');
    helm(['uninstall', 'dbintel', '-n', 'two'], plane.kubeconfig);
  });
});

it('the alerts and dashboards ask for metrics that there are', () => {
  const sources = execFileSync(
    'grep',
    [
      '-rhoE',
      '(dbintel|workqueue|controller_runtime|rest_client)_[a-z_]+',
      join(root, 'src'),
      '--include=*.ts',
    ],
    { encoding: 'utf8' },
  );
  const known = new Set(sources.split('\n'));
  const asked = [
    'files/alerts.yaml',
    'files/dashboards/fleet.json',
    'files/dashboards/target.json',
  ].flatMap((file) => readFileSync(join(chart, file), 'utf8').match(/\bdbintel_[a-z_]+/g) ?? []);
  expect(asked.length).toBeGreaterThan(40);
  expect([...new Set(asked)].filter((name) => !known.has(name.replace(/_bucket$/, '')))).toEqual(
    [],
  );
});
