import * as z from 'zod';
import { durationPattern, sizePattern } from '../src/base/quantity.ts';

/**
 * The chart's values as a schema: a slip of the pen is told by helm before anything is applied.
 * helm/dbintel/values.schema.json is made from it.
 */
/** --set makes numbers of what looks like one: a namespace 12345, a tag 17. */
const text = z.union([z.string(), z.number()]);
const percentage = z.union([z.int().min(0), z.string().regex(/^\d+%$/)]);
const part = z.union([z.int().min(0), z.string().regex(/^(100|\d{1,2})%$/)]);
const flag = z.boolean();
const anything = z.record(z.string(), z.unknown());
const list = z.array(z.unknown());
const strings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const duration = z.string().regex(new RegExp(durationPattern));
/** Of what the chart makes; empty: the chart's own. A Service takes no other. */
const namePattern = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/;
const name = z.union([z.string().regex(namePattern), z.int()]);
/** Of what a label takes. */
const shortName = z.union([z.string().max(63).regex(namePattern), z.int()]);
const namespaces = z.array(z.union([z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/), z.int()]));
const host = z.string().regex(/^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$/);
const hosts = z.array(host);
/** As the API server reads one. */
const quantity = z.union([
  z.string().regex(/^\+?(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?\d+)?$/),
  z.number(),
]);
const endpoint = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^:]+):[0-9]{1,5}$/);

const monitor = z.strictObject({
  enabled: flag,
  namespace: text,
  interval: duration,
  scrapeTimeout: z.union([duration, z.literal('')]),
  labels: strings,
  annotations: strings,
  honorLabels: flag,
  relabelings: list,
  metricRelabelings: list,
});

export const chartValues = z.strictObject({
  nameOverride: shortName,
  fullnameOverride: name,
  namespaceOverride: shortName,
  commonLabels: strings,
  commonAnnotations: strings,
  replicaCount: z.int().min(1).max(100).describe('More than one needs redis.endpoints.'),
  image: z.strictObject({
    registry: z.string(),
    repository: z.string().min(1),
    tag: text,
    digest: z.string().regex(/^(sha256:[0-9a-f]{64})?$/),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
  }),
  imagePullSecrets: list,
  watchNamespaces: namespaces,
  secrets: z.strictObject({ namespaces, names: z.record(z.string(), z.array(text).min(1)) }),
  redis: z.strictObject({
    endpoints: z.array(endpoint),
    mode: z.enum(['standalone', 'sentinel', 'cluster']),
    sentinelName: z.string().min(1),
    keyPrefix: z.string().regex(/^[^{}\s]+$/),
    existingSecret: text,
    tls: z.strictObject({ enabled: flag, existingSecret: text, clientCertificate: flag }),
    onOutage: z.enum(['continue', 'stop']),
  }),
  persistence: z.strictObject({
    enabled: flag,
    existingClaim: text,
    storageClass: text,
    accessModes: z.array(z.string()),
    size: quantity,
    annotations: strings,
    keep: flag,
  }),
  history: z.strictObject({
    keepPlans: duration,
    keepHours: duration,
    keepCycles: duration,
    keepSize: z.string().regex(new RegExp(sizePattern)),
    postgres: z.strictObject({ existingSecret: text }),
  }),
  otlp: z.strictObject({
    endpoint: z.string().regex(/^(https?:\/\/.+)?$/),
    plan: z.enum(['json', 'packed', 'both']),
    existingSecret: text,
    tls: z.strictObject({ existingSecret: text, clientCertificate: flag }),
  }),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
  maxCycles: z.int().min(1).max(1_000),
  drain: duration,
  terminationGracePeriodSeconds: z.int().min(5),
  api: z.strictObject({
    existingSecret: text,
    token: z
      .string()
      .regex(/^(.{16,})?$/)
      .describe('At least 16 characters.'),
    tokenReview: flag,
    trustedProxy: z.strictObject({
      addresses: z.array(z.string().regex(/^[0-9A-Fa-f.:]+(\/[0-9]{1,3})?$/)),
      existingSecret: text,
    }),
  }),
  ui: z.strictObject({
    enabled: flag,
    publicUrl: z.string().regex(/^(https:\/\/[^/]+\/?)?$/),
  }),
  ingress: z.strictObject({
    enabled: flag,
    className: text,
    annotations: strings,
    labels: strings,
    hosts: hosts.min(1),
    tlsSecret: text,
  }),
  httpRoute: z.strictObject({
    enabled: flag,
    annotations: strings,
    labels: strings,
    parentRefs: list,
    hostnames: hosts.min(1),
  }),
  hosts,
  clusterDomain: host,
  service: z.strictObject({
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']),
    port: z.int().min(1).max(65_535),
    annotations: strings,
    labels: strings,
  }),
  executor: z.strictObject({
    replicas: z.int().min(0).max(3),
    namespaces,
    secretName: z.string().min(1),
    egress: list,
    resources: anything,
    serviceAccountAnnotations: strings,
  }),
  emergencyStop: z.strictObject({ throughApi: flag, resumeThroughApi: flag }),
  events: z.strictObject({ enabled: flag }),
  crds: z.strictObject({ install: flag, keep: flag }),
  serviceAccount: z.strictObject({ create: flag, name: text, annotations: strings }),
  rbac: z.strictObject({ create: flag }),
  resources: anything,
  rollingUpdate: z.strictObject({
    maxSurge: percentage.optional(),
    maxUnavailable: part.optional(),
  }),
  revisionHistoryLimit: z.int().min(0),
  deploymentAnnotations: strings,
  podAnnotations: strings,
  podLabels: strings,
  podSecurityContext: anything,
  securityContext: anything,
  nodeSelector: strings,
  tolerations: list,
  affinity: anything,
  topologySpreadConstraints: list,
  priorityClassName: text,
  runtimeClassName: text,
  hostAliases: list,
  dnsPolicy: z.enum(['', 'ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']),
  dnsConfig: anything,
  initContainers: list,
  extraContainers: list,
  podDisruptionBudget: z.strictObject({
    enabled: flag,
    maxUnavailable: part,
    minAvailable: z.union([part, z.literal('')]),
  }),
  autoscaling: z.strictObject({
    enabled: flag,
    minReplicas: z.int().min(1),
    maxReplicas: z.int().min(1),
    targetCPUUtilizationPercentage: z.int().min(1).max(100),
  }),
  networkPolicy: z.strictObject({ enabled: flag, ingressFrom: list, egress: list }),
  metrics: z.strictObject({
    serviceMonitor: monitor,
    podMonitor: monitor,
    prometheusRule: z.strictObject({ enabled: flag, namespace: text, labels: strings }),
    dashboards: z.strictObject({
      enabled: flag,
      namespace: text,
      labels: strings,
      annotations: strings,
    }),
  }),
  extraArgs: z.array(z.string()),
  extraEnv: list,
  extraEnvFrom: list,
  extraVolumes: list,
  extraVolumeMounts: list,
  extraManifests: list,
  global: anything.optional(),
});

export const chartSchemaJson = (): string =>
  `${JSON.stringify(z.toJSONSchema(chartValues, { io: 'input', target: 'draft-7' }), null, 2)}\n`;
