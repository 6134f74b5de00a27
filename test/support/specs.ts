/**
 * One corpus of specs; every judge (zod, which files and the code go through, and the API server
 * with the CRD) must come to the same verdicts.
 */
export type Spec = Record<string, unknown>;
const connection = {
  host: 'orders-db',
  database: 'orders',
  credentials: { secretRef: { name: 'orders-dbintel' } },
};
export const minimal: Spec = { engine: 'postgres', connection };

export const good: Record<string, Spec> = {
  'the least': minimal,
  'a file for the credentials': {
    ...minimal,
    connection: { ...connection, credentials: { file: '/etc/orders' } },
  },
  'TLS with a secret': {
    ...minimal,
    connection: { ...connection, tls: { mode: 'verify-ca', secretRef: { name: 'tls' } } },
  },
  'every strategy but one off': {
    ...minimal,
    collection: { strategies: { impact: 1, variance: 0, regression: 0, newlySeen: 0, stale: 0 } },
  },
  'a short interval': { ...minimal, collection: { interval: '10s' } },
  'the longest timeout': { ...minimal, safety: { statementTimeout: { min: '5s', max: '5s' } } },
  'compound durations': { ...minimal, collection: { interval: '1m30s' } },
  'blackouts over midnight': {
    ...minimal,
    collection: {
      blackouts: [{ start: '22:00', end: '02:00', timeZone: 'Europe/Berlin', days: ['Sun'] }],
    },
  },
  muted: { ...minimal, findings: { mute: [{ rule: 'large-offset' }] } },
  suspended: { ...minimal, suspend: true },
  'MySQL, which needs no database': {
    engine: 'mysql',
    connection: { host: 'h', credentials: connection.credentials },
  },
  'ways to log in, by name': {
    ...minimal,
    connection: { ...connection, requireAuth: ['scram-sha-256', 'none'] },
  },
  'ways to log in, of MySQL': {
    engine: 'mysql',
    connection: {
      host: 'h',
      credentials: connection.credentials,
      requireAuth: ['caching_sha2_password'],
    },
  },
  'MariaDB by procedures': {
    engine: 'mariadb',
    connection: { host: 'h', credentials: connection.credentials },
    explain: { via: 'procedure' },
  },
  'PostgreSQL by functions': { ...minimal, explain: { via: 'function' } },
  'advice, proposed': {
    ...minimal,
    advice: { mode: 'propose', budget: '2Gi', values: 'statistics', replicas: [] },
  },
  'advice, built': {
    ...minimal,
    advice: {
      mode: 'apply',
      every: '168h',
      executor: { secretRef: { name: 'orders-executor' } },
      window: [{ start: '22:00', end: '04:00', timeZone: 'Europe/Berlin' }],
    },
  },
  'advice by rules': {
    engine: 'mysql',
    connection: { host: 'h', credentials: connection.credentials },
    advice: { mode: 'propose', replicas: ['orders-reports'] },
  },
};

export const bad: Record<string, [Spec, path: string]> = {
  'no engine': [{ connection }, 'spec.engine'],
  'an engine that is not there': [{ ...minimal, engine: 'oracle' }, 'spec.engine'],
  'no connection': [{ engine: 'postgres' }, 'spec.connection'],
  'no database': [
    { ...minimal, connection: { host: 'h', credentials: connection.credentials } },
    'spec.connection.database',
  ],
  'procedures on PostgreSQL': [{ ...minimal, explain: { via: 'procedure' } }, 'spec.explain.via'],
  'a way to log in of another engine': [
    { ...minimal, connection: { ...connection, requireAuth: ['mysql_native_password'] } },
    'spec.connection.requireAuth',
  ],
  'a way to log in that is none': [
    { ...minimal, connection: { ...connection, requireAuth: ['kerberos'] } },
    'spec.connection.requireAuth.0',
  ],
  'functions on MySQL': [
    {
      engine: 'mysql',
      connection: { host: 'h', credentials: connection.credentials },
      explain: { via: 'function' },
    },
    'spec.explain.via',
  ],
  'functions on MariaDB': [
    {
      engine: 'mariadb',
      connection: { host: 'h', credentials: connection.credentials },
      explain: { via: 'function' },
    },
    'spec.explain.via',
  ],
  'a port too large': [
    { ...minimal, connection: { ...connection, port: 70_000 } },
    'spec.connection.port',
  ],
  'a port as text': [
    { ...minimal, connection: { ...connection, port: '5432' } },
    'spec.connection.port',
  ],
  'a host with a space': [
    { ...minimal, connection: { ...connection, host: 'a b' } },
    'spec.connection.host',
  ],
  'both kinds of credentials': [
    {
      ...minimal,
      connection: { ...connection, credentials: { secretRef: { name: 'a' }, file: '/b' } },
    },
    'spec.connection.credentials',
  ],
  'neither kind of credentials': [
    { ...minimal, connection: { ...connection, credentials: {} } },
    'spec.connection.credentials',
  ],
  'both kinds of TLS files': [
    { ...minimal, connection: { ...connection, tls: { secretRef: { name: 'a' }, file: '/b' } } },
    'spec.connection.tls',
  ],
  'an interval below the floor': [
    { ...minimal, collection: { interval: '9s' } },
    'spec.collection.interval',
  ],
  'an interval that is none': [
    { ...minimal, collection: { interval: '60' } },
    'spec.collection.interval',
  ],
  'days in a duration': [
    { ...minimal, collection: { reexplainAfter: '7d' } },
    'spec.collection.reexplainAfter',
  ],
  'a timeout above its limit': [
    { ...minimal, safety: { statementTimeout: { max: '6s' } } },
    'spec.safety.statementTimeout.max',
  ],
  'a timeout with its bounds crossed': [
    { ...minimal, safety: { statementTimeout: { min: '2s', max: '1s' } } },
    'spec.safety.statementTimeout.min',
  ],
  'a breaker with its bounds crossed': [
    { ...minimal, safety: { circuitBreaker: { openFor: '2h' } } },
    'spec.safety.circuitBreaker.openFor',
  ],
  'every strategy off': [
    {
      ...minimal,
      collection: { strategies: { impact: 0, variance: 0, regression: 0, newlySeen: 0, stale: 0 } },
    },
    'spec.collection.strategies',
  ],
  'a negative weight': [
    { ...minimal, collection: { strategies: { impact: -1 } } },
    'spec.collection.strategies.impact',
  ],
  'more than everything': [
    { ...minimal, safety: { databaseTimeBudget: '101%' } },
    'spec.safety.databaseTimeBudget',
  ],
  'a percentage without its sign': [
    { ...minimal, safety: { brake: { connectionsUsed: '80' } } },
    'spec.safety.brake.connectionsUsed',
  ],
  'a text limit too large': [
    { ...minimal, safety: { limits: { queryText: '2Mi' } } },
    'spec.safety.limits.queryText',
  ],
  'no such time of day': [
    { ...minimal, collection: { blackouts: [{ start: '24:00', end: '01:00' }] } },
    'spec.collection.blackouts.0.start',
  ],
  'no such day': [
    {
      ...minimal,
      collection: { blackouts: [{ start: '20:00', end: '01:00', days: ['Sonntag'] }] },
    },
    'spec.collection.blackouts.0.days.0',
  ],
  'advice more than daily': [{ ...minimal, advice: { every: '23h' } }, 'spec.advice.every'],
  'advice without room': [{ ...minimal, advice: { budget: '100Ki' } }, 'spec.advice.budget'],
  'nobody who builds': [{ ...minimal, advice: { mode: 'apply' } }, 'spec.advice.mode'],
  'a collector that builds': [
    { ...minimal, advice: { executor: { secretRef: { name: 'orders-dbintel' } } } },
    'spec.advice.executor.secretRef.name',
  ],
  'values of MySQL': [
    {
      engine: 'mysql',
      connection: { host: 'h', credentials: connection.credentials },
      advice: { values: 'statistics' },
    },
    'spec.advice.values',
  ],
};
