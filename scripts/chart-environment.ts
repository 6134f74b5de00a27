import type { Config } from '../src/config.ts';

/**
 * How the chart sets each variable of the environment. The type asks for every one;
 * test/tree/environment.test.ts compares this with the templates and the defaults.
 *
 * value: by a value of the chart, under that path · fixed: by the chart itself · none: not at all,
 * for a reason.
 */
type InChart =
  | { kind: 'value'; path: string; argument?: string }
  | { kind: 'fixed'; why: string; argument?: string }
  | { kind: 'none'; why: string };

const value = (path: string): InChart => ({ kind: 'value', path });
const fixed = (why: string, argument?: string): InChart => ({
  kind: 'fixed',
  why,
  ...(argument ? { argument } : {}),
});
const none = (why: string): InChart => ({ kind: 'none', why });

export const chartEnvironment = {
  DBINTEL_TARGETS: none('for `standalone` only'),
  DBINTEL_DATA: fixed('the volume', '--data'),
  DBINTEL_API: fixed('port 8080 of the pod', '--api'),
  DBINTEL_PROBES: fixed('port 8081 of the pod', '--probes'),
  DBINTEL_HOSTS: value('hosts'),
  DBINTEL_UI: value('ui.enabled'),
  DBINTEL_PUBLIC_URL: value('ui.publicUrl'),
  DBINTEL_TOKEN_REVIEW: value('api.tokenReview'),
  DBINTEL_TRUSTED_PROXY: value('api.trustedProxy.addresses'),
  DBINTEL_TRUSTED_PROXY_SECRET: value('api.trustedProxy.existingSecret'),
  DBINTEL_API_TOKEN: value('api.existingSecret'),
  DBINTEL_FONTS: none(
    'fonts are not part of the image; extraEnv and a volume where they are wanted',
  ),
  DBINTEL_LOG_LEVEL: value('logLevel'),
  DBINTEL_MAX_CYCLES: value('maxCycles'),
  DBINTEL_DRAIN: value('drain'),
  DBINTEL_KEEP_PLANS: value('history.keepPlans'),
  DBINTEL_KEEP_HOURS: value('history.keepHours'),
  DBINTEL_KEEP_CYCLES: value('history.keepCycles'),
  DBINTEL_KEEP_SIZE: value('history.keepSize'),
  DBINTEL_WATCH_NAMESPACES: { kind: 'value', path: 'watchNamespaces', argument: '--namespaces' },
  DBINTEL_STATE: value('redis.endpoints'),
  DBINTEL_EVENTS: value('events.enabled'),
  DBINTEL_REDIS_ENDPOINTS: value('redis.endpoints'),
  DBINTEL_REDIS_MODE: value('redis.mode'),
  DBINTEL_REDIS_SENTINEL_NAME: value('redis.sentinelName'),
  DBINTEL_REDIS_SENTINEL_PASSWORD: value('redis.existingSecret'),
  DBINTEL_REDIS_USERNAME: value('redis.existingSecret'),
  DBINTEL_REDIS_PASSWORD: value('redis.existingSecret'),
  DBINTEL_REDIS_TLS: value('redis.tls.enabled'),
  DBINTEL_REDIS_CA: value('redis.tls.existingSecret'),
  DBINTEL_REDIS_CERT: value('redis.tls.clientCertificate'),
  DBINTEL_REDIS_KEY: value('redis.tls.clientCertificate'),
  DBINTEL_REDIS_KEY_PREFIX: value('redis.keyPrefix'),
  DBINTEL_REDIS_TTL: none('the default is right unless intervals are longer than a day'),
  DBINTEL_REDIS_OUTAGE: value('redis.onOutage'),
  DBINTEL_HISTORY_URL: value('history.postgres.existingSecret'),
  DBINTEL_OTLP_ENDPOINT: value('otlp.endpoint'),
  DBINTEL_OTLP_PLAN: value('otlp.plan'),
  DBINTEL_OTLP_HEADERS: value('otlp.existingSecret'),
  DBINTEL_OTLP_CA: value('otlp.tls.existingSecret'),
  DBINTEL_OTLP_CERT: value('otlp.tls.clientCertificate'),
  DBINTEL_OTLP_KEY: value('otlp.tls.clientCertificate'),
  DBINTEL_INSTALL: fixed('the release’s namespace and name'),
  DBINTEL_POD_NAME: fixed('the pod’s name'),
  DBINTEL_POD_UID: fixed('the pod’s uid'),
} as const satisfies Record<keyof Config, InChart>;
