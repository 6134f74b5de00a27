import { z } from 'zod';
import { durationPattern } from '../src/base/quantity.ts';

/** The chart's values as a schema: a slip of the pen is told by helm before anything is applied. helm/dbintel/values.schema.json is made from it. */
const text = z.string();
const flag = z.boolean();
const anything = z.record(z.string(), z.unknown());
const list = z.array(z.unknown());
const strings = z.record(z.string(), z.string());
const duration = z.string().regex(new RegExp(durationPattern));
const namespaces = z.array(z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/));
const endpoint = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^:]+):[0-9]{1,5}$/);

export const chartValues = z.strictObject({
  nameOverride: text,
  fullnameOverride: text,
  replicaCount: z.int().min(1).max(100).describe('More than one needs redis.endpoints.'),
  image: z.strictObject({
    repository: text.min(1),
    tag: text,
    digest: z.string().regex(/^(sha256:[0-9a-f]{64})?$/),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
  }),
  imagePullSecrets: list,
  watchNamespaces: namespaces,
  secrets: z.strictObject({ namespaces }),
  redis: z.strictObject({
    endpoints: z.array(endpoint),
    mode: z.enum(['standalone', 'sentinel', 'cluster']),
    sentinelName: text.min(1),
    keyPrefix: z.string().regex(/^[^{}\s]+$/),
    existingSecret: text,
    tls: z.strictObject({ enabled: flag, existingSecret: text }),
    onOutage: z.enum(['continue', 'stop']),
  }),
  persistence: z.strictObject({
    enabled: flag,
    existingClaim: text,
    storageClass: text,
    accessModes: z.array(text),
    size: text,
    annotations: strings,
  }),
  history: z.strictObject({
    keepPlans: duration,
    keepHours: duration,
    keepCycles: duration,
    postgres: z.strictObject({ existingSecret: text }),
  }),
  otlp: z.strictObject({ endpoint: z.string().regex(/^(https?:\/\/.+)?$/), existingSecret: text }),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
  maxCycles: z.int().min(1).max(1_000),
  drain: duration,
  terminationGracePeriodSeconds: z.int().min(5),
  api: z.strictObject({ existingSecret: text }),
  service: z.strictObject({
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']),
    port: z.int().min(1).max(65_535),
    annotations: strings,
  }),
  emergencyStop: z.strictObject({ throughApi: flag }),
  crds: z.strictObject({ install: flag, keep: flag }),
  serviceAccount: z.strictObject({ create: flag, name: text, annotations: strings }),
  rbac: z.strictObject({ create: flag }),
  resources: anything,
  podAnnotations: strings,
  podLabels: strings,
  podSecurityContext: anything,
  securityContext: anything,
  nodeSelector: strings,
  tolerations: list,
  affinity: anything,
  topologySpreadConstraints: list,
  priorityClassName: text,
  podDisruptionBudget: z.strictObject({ enabled: flag, maxUnavailable: z.union([z.int(), text]) }),
  autoscaling: z.strictObject({
    enabled: flag,
    minReplicas: z.int().min(1),
    maxReplicas: z.int().min(1),
    targetCPUUtilizationPercentage: z.int().min(1).max(100),
  }),
  networkPolicy: z.strictObject({ enabled: flag, ingressFrom: list, egress: list }),
  metrics: z.strictObject({
    serviceMonitor: z.strictObject({ enabled: flag, interval: duration, labels: strings }),
    prometheusRule: z.strictObject({ enabled: flag, labels: strings }),
    dashboards: z.strictObject({ enabled: flag, labels: strings }),
  }),
  extraArgs: z.array(text),
  extraEnv: list,
  extraEnvFrom: list,
  extraVolumes: list,
  extraVolumeMounts: list,
  extraManifests: list,
  global: anything.optional(),
});

export const chartSchemaJson = (): string =>
  `${JSON.stringify(z.toJSONSchema(chartValues, { io: 'input', target: 'draft-7' }), null, 2)}\n`;
