import * as z from 'zod';
import { AppError } from './base/errors.ts';
import { durationPattern, parseDuration, parseSize, sizePattern } from './base/quantity.ts';

/**
 * The only reader of the environment. Every mistake is reported at once; a flag of the same name
 * wins over its variable.
 */
const duration = (fallback: string) =>
  z
    .string()
    .regex(new RegExp(durationPattern), 'not a duration such as 30d')
    .default(fallback)
    .transform(parseDuration);
const address = (fallback: string) =>
  z
    .string()
    .regex(/^(\[[0-9a-fA-F:]+\]|[^:]*):\d{1,5}$/, 'not an address such as 127.0.0.1:8080')
    .default(fallback)
    .transform((text) => ({
      host: text.slice(0, text.lastIndexOf(':')).replace(/^\[|\]$/g, '') || '0.0.0.0',
      port: Number(text.slice(text.lastIndexOf(':') + 1)),
    }));

const flag = () =>
  z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true');
const flagOn = () =>
  z
    .enum(['true', 'false'])
    .default('true')
    .transform((text) => text === 'true');
const list = (pattern: RegExp, what: string) =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((each) => each.trim())
        .filter(Boolean),
    )
    .refine((items) => items.every((each) => pattern.test(each)), what);

/** Of a program without a cluster, and of the commands beside it. */
export const defaultFolders = { targets: 'targets', data: '.dbintel' };

const schema = z.object({
  DBINTEL_TARGETS: z
    .string()
    .min(1)
    .default(defaultFolders.targets)
    .describe('Folder of manifests (standalone).'),
  DBINTEL_DATA: z
    .string()
    .min(1)
    .default(defaultFolders.data)
    .describe('Folder for state, history and statuses.'),
  DBINTEL_API: address('127.0.0.1:8080').describe(
    'Where the API and the web UI listen. Whoever asks brings a token, on loopback as well.',
  ),
  DBINTEL_PROBES: address('127.0.0.1:8081').describe(
    'Where /healthz, /readyz and /metrics listen.',
  ),
  DBINTEL_HOSTS: list(
    /^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$/,
    'not a list of names such as dbintel.example.com',
  )
    .transform((names) => names.map((each) => each.toLowerCase()))
    .describe(
      'Names, without a port, under which the API and the probe port answer besides ' +
        'loopback’s and the address that is asked; requests for others get 421.',
    ),
  DBINTEL_UI: z
    .enum(['on', 'off'])
    .default('on')
    .describe('off: the pages of the web UI are not served; the API is.'),
  DBINTEL_PUBLIC_URL: z
    .url({ protocol: /^https$/ })
    .transform((text) => new URL(text))
    .refine(
      ({ pathname }) => pathname === '/',
      'a path is not possible: a host of its own is wanted',
    )
    .optional()
    .describe(
      'Where browsers reach the web UI from outside, such as https://dbintel.example.com. ' +
        'Its name is answered, and sessions begin under it; without, only over loopback.',
    ),
  DBINTEL_TOKEN_REVIEW: flag().describe(
    'true: tokens of the cluster are let in, too, as far as its RBAC allows each (operator).',
  ),
  DBINTEL_TRUSTED_PROXY: list(
    /^[0-9A-Fa-f.:]+(\/\d{1,3})?$/,
    'not a list of addresses or networks such as 10.1.0.0/16',
  ).describe(
    'Addresses of a proxy whose X-Forwarded-User and X-Forwarded-Groups say who asks. ' +
      'Nobody is believed where neither this nor the secret is given.',
  ),
  DBINTEL_TRUSTED_PROXY_SECRET: z
    .string()
    .min(16, 'at least 16 characters')
    .optional()
    .describe('What such a proxy sends in X-Dbintel-Proxy; with addresses, both must be right.'),
  DBINTEL_API_TOKEN: z
    .string()
    .min(16, 'at least 16 characters')
    .optional()
    .describe(
      'Bearer token of the API, whose holder may everything; sessions are signed with it. ' +
        'Made and kept in the data folder where absent.',
    ),
  DBINTEL_FONTS: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of fonts (.ttf, .otf, .ttc) for PNG and PDF, for scripts besides Latin, Greek and ' +
        'Cyrillic.',
    ),
  DBINTEL_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('What is logged, as JSON lines on stderr.'),
  DBINTEL_MAX_CYCLES: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(16)
    .describe('Cycles at once, over all targets.'),
  DBINTEL_DRAIN: duration('20s').describe('How long SIGTERM waits for cycles in flight.'),
  DBINTEL_KEEP_PLANS: duration('90d').describe('Plans not seen for longer are removed.'),
  DBINTEL_KEEP_HOURS: duration('30d').describe('Hourly roll-ups.'),
  DBINTEL_KEEP_CYCLES: duration('7d').describe('Reports of cycles.'),
  DBINTEL_KEEP_SIZE: z
    .string()
    .regex(new RegExp(sizePattern), 'not a size such as 8Gi')
    .default('8Gi')
    .transform(parseSize)
    .describe(
      'What history.db may take; 0: no limit. At most four fifths of its volume. Beyond it the ' +
        'oldest goes before its days are over, but nothing of the last days. In PostgreSQL ' +
        'nothing goes by size.',
    ),
  DBINTEL_WATCH_NAMESPACES: list(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    'not a list of namespaces such as shop,billing',
  ).describe('Namespaces whose targets are collected (operator); all where absent.'),
  DBINTEL_STATE: z
    .enum(['memory', 'sqlite', 'redis'])
    .optional()
    .describe(
      'Where the operator keeps what it knows of targets: redis where endpoints are given; ' +
        'else sqlite, in the data folder, for a single replica. memory keeps nothing.',
    ),
  DBINTEL_EVENTS: flagOn().describe(
    'false: no Kubernetes Events are written, and no right on them is needed (operator).',
  ),
  DBINTEL_REDIS_ENDPOINTS: list(
    /^(\[[0-9a-fA-F:]+\]|[^:]+):\d{1,5}$/,
    'not a list of addresses such as redis:6379',
  ).describe('Redis servers, sentinels, or nodes of a cluster.'),
  DBINTEL_REDIS_MODE: z
    .enum(['standalone', 'sentinel', 'cluster'])
    .default('standalone')
    .describe('What the endpoints are.'),
  DBINTEL_REDIS_SENTINEL_NAME: z
    .string()
    .min(1)
    .default('mymaster')
    .describe('The master’s name at the sentinels.'),
  DBINTEL_REDIS_SENTINEL_PASSWORD: z
    .string()
    .optional()
    .describe('Sentinel password, if required.'),
  DBINTEL_REDIS_USERNAME: z
    .string()
    .optional()
    .describe('An ACL user; docs/redis.md names the rights that it needs.'),
  DBINTEL_REDIS_PASSWORD: z.string().optional().describe('Its password.'),
  DBINTEL_REDIS_TLS: flag().describe('true: encrypted, the server’s certificate is verified.'),
  DBINTEL_REDIS_CA: z.string().optional().describe('File with the certificate authority.'),
  DBINTEL_REDIS_CERT: z.string().optional().describe('File with the client’s certificate.'),
  DBINTEL_REDIS_KEY: z.string().optional().describe('File with its key.'),
  DBINTEL_REDIS_KEY_PREFIX: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[^{}\s]+$/, 'no braces, no blanks')
    .default('dbintel')
    .describe('Prefix of all Redis keys; must be unique per installation.'),
  DBINTEL_REDIS_TTL: duration('48h').describe(
    'A target’s state outlives its last save for so long; at least two of the longest intervals.',
  ),
  DBINTEL_REDIS_OUTAGE: z
    .enum(['continue', 'stop'])
    .default('continue')
    .describe(
      'Without Redis: go on with the targets that are owned, for 15 minutes at most, ' +
        'or stop at once.',
    ),
  DBINTEL_HISTORY_URL: z
    .string()
    .regex(
      /^postgres(ql)?:\/\//,
      'not an address such as postgres://user:password@host:5432/database',
    )
    .refine(
      isOneServer,
      'no address of one server that can be read: name the one that leads to the primary, and ' +
        'write what is special in the password as %40 and the like',
    )
    .optional()
    .describe(
      'A PostgreSQL database in which all replicas keep the history of plans, ' +
        'in a schema of its own; each its own file in the data folder where absent.',
    ),
  DBINTEL_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Where plans, top statements, metrics and spans go over OTLP (http/protobuf), ' +
        'such as http://collector:4318. Nothing is sent where absent.',
    ),
  DBINTEL_OTLP_PLAN: z
    .enum(['json', 'packed', 'both'])
    .default('json')
    .describe(
      'How a plan is written: as JSON; packed into some 60 bytes a node, where attributes are ' +
        'cut, as `db.query.plan.packed`; or both.',
    ),
  DBINTEL_OTLP_HEADERS: z
    .string()
    .regex(/^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$/, 'not a list of headers such as api-key=…,x-tenant=…')
    .optional()
    .describe('Sent along with each request; where the receiver wants a key.'),
  DBINTEL_OTLP_CA: z
    .string()
    .optional()
    .describe('File with the certificate authority of the receiver; the system’s where absent.'),
  DBINTEL_OTLP_CERT: z.string().optional().describe('File with a client certificate.'),
  DBINTEL_OTLP_KEY: z.string().optional().describe('File with its key.'),
  DBINTEL_INSTALL: z
    .string()
    .min(1)
    .max(320)
    .optional()
    .describe(
      'Which install this replica is of: while it is upgraded, its replicas may differ in the ' +
        'namespaces that they watch. Those of others under one key prefix may not.',
    ),
  DBINTEL_POD_NAME: z
    .string()
    .max(253)
    .optional()
    .describe('This replica’s name; the host’s where absent.'),
  DBINTEL_POD_UID: z.string().max(64).optional().describe('Its identity; random where absent.'),
});

export type Config = Readonly<z.infer<typeof schema>>;

/**
 * Throws AppError('invalid_config') that names every wrong variable. Values are not quoted: one
 * of them is a secret.
 */
export function readConfig(
  flags: Record<string, string | undefined> = {},
  environment: NodeJS.ProcessEnv = process.env,
): Config {
  const given = Object.fromEntries(
    Object.entries(flags).filter(([, value]) => value !== undefined),
  );
  const parsed = schema.safeParse({ ...meant(environment), ...given });
  if (parsed.success) return Object.freeze(parsed.data);
  const mistakes = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new AppError('invalid_config', mistakes.join('\n'));
}

/**
 * A variable may be a Secret's key, into which `echo` or `--from-file` put a line break: no
 * password or token would be right with it.
 */
const meant = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value?.replace(/\r?\n$/, '')]),
  );

/** Several hosts, as libpq takes them, would lead to none: plans would wait for ever. */
function isOneServer(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && !parsed.hostname.includes(',');
}

/** For the documentation: name, default, meaning. */
export const configFields = Object.entries(schema.shape).map(([name, field]) => ({
  name: name as keyof Config,
  meaning: field.description ?? '',
  fallback: defaultOf(name),
}));

function defaultOf(name: string): string {
  const properties =
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {};
  return String((properties[name] as { default?: unknown } | undefined)?.default ?? '');
}
