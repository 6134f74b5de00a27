import { z } from 'zod';
import { parseDuration } from '../../../base/quantity.ts';
import { type EngineName, engineNames } from '../../../model/engine-name.ts';
import { duration, objectName, percent, size } from '../../field.ts';
import { databaseTargetStatus } from './status.ts';

/**
 * `DatabaseTarget`: one database server to collect from. This schema is the only description: the
 * CRD is generated from it, files are checked by it, and the code's types come out of it. Every
 * default is written here, nowhere else.
 */
const secretRef = z.strictObject({
  name: objectName().describe('Name of a Secret in the target’s own namespace.'),
});

const credentials = z
  .strictObject({
    secretRef: secretRef.optional(),
    file: z
      .string()
      .min(1)
      .max(1_024)
      .optional()
      .describe('A folder with the files username and password.'),
  })
  .refine(
    (value) => (value.secretRef === undefined) !== (value.file === undefined),
    'choose exactly one of secretRef and file',
  )
  .meta({
    'x-kubernetes-validations': [
      {
        rule: 'has(self.secretRef) != has(self.file)',
        message: 'choose exactly one of secretRef and file',
      },
    ],
  })
  .describe(
    'Keys username and password; read again when the server refuses them, so rotation needs no restart.',
  );

const tls = z
  .strictObject({
    mode: z.enum(['disable', 'require', 'verify-ca', 'verify-full']).default('verify-full'),
    secretRef: secretRef.optional(),
    file: z
      .string()
      .min(1)
      .max(1_024)
      .optional()
      .describe('A folder with the files ca.crt, tls.crt, tls.key.'),
  })
  .refine((value) => !(value.secretRef && value.file), 'choose one of secretRef and file')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: '!(has(self.secretRef) && has(self.file))',
        message: 'choose one of secretRef and file',
      },
    ],
  })
  .describe('Keys ca.crt, tls.crt, tls.key, each only where used.');

const loginMethods = {
  postgres: ['scram-sha-256', 'md5', 'password', 'none'],
  mysql: [
    'caching_sha2_password',
    'mysql_native_password',
    'sha256_password',
    'mysql_clear_password',
  ],
} as const;

export type LoginMethod = (typeof loginMethods)[keyof typeof loginMethods][number];

const connection = z.strictObject({
  host: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[A-Za-z0-9._:-]+$/, 'not a host name or address'),
  port: z.int().min(1).max(65_535).optional().describe('The engine’s own port where absent.'),
  database: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe(
      'postgres: the database in which the server’s statistics are read, required. mysql and mariadb: left out; they keep them in performance_schema.',
    ),
  credentials,
  tls: tls.prefault({}).describe('Default: encrypted, certificate and host name verified.'),
  requireAuth: z
    .array(z.enum([...loginMethods.postgres, ...loginMethods.mysql]))
    .min(1)
    .max(8)
    .optional()
    .describe(
      'Ways to log in that are accepted, also without TLS. Where absent: all that do not give the server the password itself; with TLS also password, sha256_password and the full exchange of caching_sha2_password.',
    ),
});

const names = (most: number) => z.array(z.string().min(1).max(128)).max(most);

const databases = z.strictObject({
  include: names(100)
    .default(['*'])
    .describe('Databases whose statements are explained; * matches any part of a name.'),
  exclude: names(100).default([
    'template*',
    'rdsadmin',
    'cloudsqladmin',
    'azure_maintenance',
    'azure_sys',
    'mysql',
    'sys',
    'performance_schema',
    'information_schema',
  ]),
});

const weight = (value: number) => z.int().min(0).max(1_000).default(value);
const strategies = z
  .strictObject({
    impact: weight(100).describe('Mean time × calls in the interval.'),
    variance: weight(50).describe('Standard deviation / mean of the interval.'),
    regression: weight(100).describe('Mean of the interval / median of earlier intervals.'),
    newlySeen: weight(50).describe('Statements that were not there before.'),
    stale: weight(50).describe('Plans older than reexplainAfter.'),
  })
  .refine(
    (value) => Object.values(value).some((each) => each > 0),
    'at least one strategy needs a weight above 0',
  )
  .meta({
    'x-kubernetes-validations': [
      {
        rule: 'self.impact + self.variance + self.regression + self.newlySeen + self.stale > 0',
        message: 'at least one strategy needs a weight above 0',
      },
    ],
  })
  .describe('Weights of the reasons to select a statement; 0 is off.');

const clockTime = z
  .string()
  .max(5)
  .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'not a time of day such as 22:00');
const blackout = z.strictObject({
  start: clockTime,
  end: clockTime.describe('At or before start means: on the next day.'),
  timeZone: z
    .string()
    .max(64)
    .default('UTC')
    .refine(knownTimeZone, {
      error: (issue) => `"${String(issue.input)}" is not a time zone of the IANA list`,
    }),
  days: z
    .array(z.enum(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']))
    .max(7)
    .optional()
    .describe('Days on which it starts; every day where absent.'),
});

function knownTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

const collection = z.strictObject({
  interval: duration({ min: '10s', max: '24h' }).default('60s'),
  maxQueriesPerCycle: z.int().min(1).max(1_000).default(10),
  minExecutionCount: z.int().min(1).max(1_000_000).default(5),
  reexplainAfter: duration({ min: '1h', max: '720h' })
    .default('6h')
    .describe('A plan older than this is made again.'),
  // Written out: the API server checks a default against the rules before it fills in the defaults
  // within.
  strategies: strategies.prefault({
    impact: 100,
    variance: 50,
    regression: 100,
    newlySeen: 50,
    stale: 50,
  }),
  exclude: z
    .strictObject({
      users: names(100).default([]),
      schemas: names(100).default([]),
      fingerprints: names(1_000).default([]),
    })
    .prefault({}),
  blackouts: z.array(blackout).max(32).default([]),
});

const safety = z.strictObject({
  statementTimeout: z
    .strictObject({
      min: duration({ min: '10ms', max: '5s' }).default('100ms'),
      max: duration({ min: '10ms', max: '5s' }).default('1s'),
    })
    .prefault({})
    .describe('Bounds between which the timeout of an EXPLAIN adapts to this server.'),
  lockTimeout: duration({ min: '1ms', max: '5s' }).default('100ms'),
  explains: z
    .strictObject({
      perSecond: z.int().min(1).max(1_000).default(1),
      burst: z.int().min(1).max(10_000).default(30),
    })
    .prefault({})
    .describe(
      'EXPLAINs this target may be sent: what is sent is counted, two or three for a statement that is new, one for a known one.',
    ),
  databaseTimeBudget: percent()
    .default('0.5%')
    .describe('Share of wall time that our own statements may take on the server.'),
  databaseTimeBurst: duration({ min: '10ms', max: '10m' })
    .default('1s')
    .describe(
      'As much of it may be saved up and spent in one cycle; with the default budget, what 200 s give.',
    ),
  circuitBreaker: z
    .strictObject({
      failures: z.int().min(1).max(100).default(3).describe('Failed cycles in a row that open it.'),
      openFor: duration({ min: '1s', max: '24h' }).default('30s'),
      maxOpenFor: duration({ min: '1s', max: '24h' }).default('30m'),
    })
    .prefault({}),
  brake: z
    .strictObject({
      replicationLag: duration({ min: '1s' }).default('30s'),
      connectionsUsed: percent().default('80%'),
      activePerCore: z.int().min(1).max(1_000).default(4),
      cores: z
        .int()
        .min(1)
        .max(4_096)
        .default(8)
        .describe('Cores of the server; it does not tell.'),
      lockWaiters: z.int().min(1).max(10_000).default(5),
      slowdown: z
        .int()
        .min(2)
        .max(100)
        .default(3)
        .describe('How many times slower than usual our own statements may be.'),
      ignore: z
        .array(
          z.enum(['replicationLag', 'connectionsUsed', 'activePerCore', 'lockWaiters', 'slowdown']),
        )
        .max(5)
        .default([])
        .describe('Signals that do not count for this target.'),
      exceptStandbys: names(100)
        .default([])
        .describe(
          'postgres: standbys, by their application_name, whose lag does not count on the primary; such as one that is delayed on purpose.',
        ),
    })
    .prefault({})
    .describe('Signals of a server in trouble: while one is over its limit, cycles are skipped.'),
  limits: z
    .strictObject({
      queryText: size({ max: '1Mi' }).default('64Ki'),
      plan: size({ max: '4Mi' }).default('256Ki'),
      texts: size({ max: '1Gi' })
        .default('64Mi')
        .describe(
          'postgres: all texts in the statistics together; more are not read, because new statements wait meanwhile.',
        ),
      relations: percent()
        .default('5%')
        .describe('Share of the server’s lock table that planning one statement may take.'),
    })
    .prefault({}),
  allowFunctions: names(1_000)
    .default([])
    .describe('Functions, as schema.name, that planning may run although no superuser owns them.'),
});

const mute = z.strictObject({
  rule: z.string().min(1).max(64),
  fingerprint: z.string().min(1).max(128).optional().describe('Every statement where absent.'),
});

interface CrossFieldView {
  engine: string;
  connection: { database?: string | undefined; requireAuth?: readonly LoginMethod[] | undefined };
  explain: { via: string };
  collection: { interval: string };
  safety: {
    statementTimeout: { min: string; max: string };
    circuitBreaker: { openFor: string; maxOpenFor: string };
  };
}

interface CrossFieldRule<View> {
  path: string[];
  message: string;
  cel: string;
  holds(spec: View): boolean;
}

export const explainVia = z.enum(['direct', 'procedure', 'function']);

/** Each way of planning has its engines. */
export const viaRules: CrossFieldRule<Pick<CrossFieldView, 'engine' | 'explain'>>[] = [
  {
    path: ['explain', 'via'],
    message: 'explain.via: procedure is for the engines mysql and mariadb',
    cel: "self.explain.via != 'procedure' || self.engine in ['mysql', 'mariadb']",
    holds: ({ engine, explain }) =>
      explain.via !== 'procedure' || ['mysql', 'mariadb'].includes(engine),
  },
  {
    path: ['explain', 'via'],
    message: 'explain.via: function is for the engine postgres',
    cel: "self.explain.via != 'function' || self.engine == 'postgres'",
    holds: ({ engine, explain }) => explain.via !== 'function' || engine === 'postgres',
  },
];

/**
 * Rules over several fields, each once in TypeScript and once in CEL;
 * test/contract/manifests.test.ts runs one corpus over both.
 */
export const crossFieldRules: CrossFieldRule<CrossFieldView>[] = [
  {
    path: ['connection', 'database'],
    message: 'connection.database is required where engine is postgres',
    cel: "self.engine != 'postgres' || has(self.connection.database)",
    holds: ({ engine, connection }) => engine !== 'postgres' || connection.database !== undefined,
  },
  {
    path: ['connection', 'requireAuth'],
    message: 'connection.requireAuth names a way to log in that the engine does not have',
    cel: `!has(self.connection.requireAuth) || self.connection.requireAuth.all(m, (self.engine == 'postgres') == (m in [${loginMethods.postgres.map((each) => `'${each}'`).join(', ')}]))`,
    holds: ({ engine, connection }) =>
      connection.requireAuth?.every(
        (each) => (engine === 'postgres') === loginMethods.postgres.some((own) => own === each),
      ) ?? true,
  },
  ...viaRules,
  {
    path: ['safety', 'statementTimeout', 'min'],
    message: 'statementTimeout.min must not be above statementTimeout.max',
    cel: 'duration(self.safety.statementTimeout.min) <= duration(self.safety.statementTimeout.max)',
    holds: ({ safety: { statementTimeout } }) =>
      parseDuration(statementTimeout.min) <= parseDuration(statementTimeout.max),
  },
  {
    path: ['safety', 'statementTimeout', 'max'],
    message: 'statementTimeout.max must be below collection.interval',
    cel: 'duration(self.safety.statementTimeout.max) < duration(self.collection.interval)',
    holds: ({ safety, collection }) =>
      parseDuration(safety.statementTimeout.max) < parseDuration(collection.interval),
  },
  {
    path: ['safety', 'circuitBreaker', 'openFor'],
    message: 'circuitBreaker.openFor must not be above circuitBreaker.maxOpenFor',
    cel: 'duration(self.safety.circuitBreaker.openFor) <= duration(self.safety.circuitBreaker.maxOpenFor)',
    holds: ({ safety: { circuitBreaker } }) =>
      parseDuration(circuitBreaker.openFor) <= parseDuration(circuitBreaker.maxOpenFor),
  },
];

export const databaseTargetSpec = z
  .strictObject({
    engine: z.enum(engineNames).meta({
      'x-kubernetes-validations': [
        {
          rule: 'self == oldSelf',
          message: 'engine is immutable: delete the target and create another',
        },
      ],
    }),
    connection,
    databases: databases.prefault({}),
    explain: z
      .strictObject({
        via: explainVia
          .default('direct')
          .describe(
            'procedure (mysql, mariadb): EXPLAIN runs in stored procedures of a locked account. function (postgres): EXPLAIN runs in a function of the role whose statement it is, with its rights. With both the collector’s own account needs no right on tables.',
          ),
      })
      .prefault({}),
    collection: collection.prefault({}),
    safety: safety.prefault({}),
    findings: z.strictObject({ mute: z.array(mute).max(1_000).default([]) }).prefault({}),
    privacy: z
      .strictObject({
        queryText: z
          .enum(['redacted', 'none'])
          .default('redacted')
          .describe('none: no text is kept, only its fingerprint.'),
      })
      .prefault({}),
    suspend: z
      .boolean()
      .default(false)
      .describe('true: no connection is made, and a cycle in flight is cancelled.'),
  })
  .superRefine((spec, context) => {
    for (const rule of crossFieldRules)
      if (!rule.holds(spec))
        context.addIssue({ code: 'custom', path: rule.path, message: rule.message });
  })
  .meta({
    'x-kubernetes-validations': crossFieldRules.map(({ cel, message }) => ({ rule: cel, message })),
  });

export const metadata = z.object({
  name: objectName(),
  namespace: objectName().default('default'),
  uid: z.string().max(128).optional(),
  generation: z.int().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

export const apiVersion = 'dbintel.io/v1alpha1';

export const databaseTarget = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('DatabaseTarget'),
  metadata,
  spec: databaseTargetSpec,
  status: databaseTargetStatus.optional(),
});

export type DatabaseTargetSpec = z.infer<typeof databaseTargetSpec>;
export type DatabaseTargetResource = z.infer<typeof databaseTarget>;
export type ExplainVia = DatabaseTargetSpec['explain']['via'];
export const engineLabels: Record<EngineName, string> = {
  postgres: 'PostgreSQL',
  mysql: 'MySQL',
  mariadb: 'MariaDB',
};

/**
 * A target as the rest of the program knows it: checked, defaults filled in, with an identity that
 * outlives its name.
 */
export interface Target {
  uid: string;
  namespace: string;
  name: string;
  generation: number;
  spec: DatabaseTargetSpec;
  labels?: Record<string, string>;
}

export const targetLabel = (target: Pick<Target, 'namespace' | 'name'>): string =>
  `${target.namespace}/${target.name}`;

/** The fields that the schema knows at a path of a manifest; undefined where there is no object. */
export function objectSchemaAt(path: readonly PropertyKey[]): Record<string, unknown> | undefined {
  let node: unknown = z.toJSONSchema(databaseTarget, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
  });
  for (const key of path) {
    const { properties, items } = node as { properties?: Record<string, unknown>; items?: unknown };
    node = typeof key === 'number' ? items : properties?.[String(key)];
    if (node === undefined) return undefined;
  }
  return (node as { properties?: Record<string, unknown> }).properties;
}
