import { readSoundly } from '../bounds.ts';
import type { Dialect } from '../dialect.ts';
import { finishPlan } from '../finish-plan.ts';
import { tokenize } from './lexer.ts';
import { readPostgresJson, sniffPostgresJson } from './plan-json.ts';
import { postgresSql } from './sql.ts';
import { postgresTelemetry } from './telemetry.ts';

/** PostgreSQL 14–18. */
export const postgres = {
  name: 'postgres',
  label: 'PostgreSQL',
  defaultPort: 5_432,
  readPlan: (json, source) =>
    readSoundly(json, () =>
      finishPlan(readPostgresJson(json), {
        engine: 'postgres',
        sourceFormat: 'postgres-json',
        source,
        tokenize,
      }),
    ),
  sniff: sniffPostgresJson,
  sql: postgresSql,
  planner: {
    showsLimit: true,
    showsConversions: true,
    scansIndexForTable: false,
    guessesFiltered: false,
    readsWhilePlanning: false,
  },
  telemetry: postgresTelemetry,
  spec: {
    explainVia: ['direct', 'function'],
    loginMethods: ['scram-sha-256', 'md5', 'password', 'none'],
    // Those of the managed services among them.
    ownDatabases: ['template*', 'rdsadmin', 'cloudsqladmin', 'azure_maintenance', 'azure_sys'],
    rules: [
      {
        path: ['connection', 'database'],
        message: 'connection.database is required where engine is postgres',
        cel: 'has(self.connection.database)',
        holds: ({ connection }) => connection.database !== undefined,
      },
    ],
  },
  defaultSchemas: ['public'],
} as const satisfies Dialect;
