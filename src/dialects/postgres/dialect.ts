import { readSoundly } from '../bounds.ts';
import type { EngineDialect } from '../dialect.ts';
import { finishPlan } from '../finish-plan.ts';
import { postgresHabits } from './habits.ts';
import { tokenize } from './lexer.ts';
import { redactSql } from './redact.ts';
import { sniffPostgres, spellingOf } from './spelling.ts';
import { postgresTelemetry } from './telemetry.ts';

/** PostgreSQL 14–18. */
export const postgres = {
  ...postgresHabits,
  defaultPort: 5_432,
  readPlan(text, source) {
    const { format, read } = spellingOf(text);
    return readSoundly(text, () =>
      finishPlan(read(text), { engine: 'postgres', sourceFormat: format, source, tokenize }),
    );
  },
  sniff: sniffPostgres,
  redact: redactSql,
  telemetry: postgresTelemetry,
  spec: {
    explainVia: ['direct', 'function'],
    whatIf: 'statistics',
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
} as const satisfies EngineDialect;
