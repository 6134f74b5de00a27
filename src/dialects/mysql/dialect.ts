import { readSoundly } from '../bounds.ts';
import type { EngineDialect } from '../dialect.ts';
import { finishFamilyPlan } from '../mysql-family/finish-family-plan.ts';
import { familySpec } from '../mysql-family/spec.ts';
import { familyTelemetry } from '../mysql-family/telemetry.ts';
import { redactMysql } from '../mysql-family/text.ts';
import { mysqlHabits } from './habits.ts';
import { readMysqlPlan, sniffMysqlPlan } from './spelling.ts';

/** MySQL 8.0–9. */
export const mysql = {
  ...mysqlHabits,
  defaultPort: 3_306,
  readPlan: (text, source) =>
    readSoundly(text, () => {
      const { format, ...reading } = readMysqlPlan(text, source.resolve, source.ansiQuotes);
      return finishFamilyPlan(reading, {
        engine: 'mysql',
        sourceFormat: format,
        source,
        missing: format === 'mysql-table' ? ['no_costs'] : [],
      });
    }),
  sniff: sniffMysqlPlan,
  redact: redactMysql,
  telemetry: { system: 'mysql', ...familyTelemetry },
  spec: familySpec,
  defaultSchemas: ['YOUR_DATABASE'],
} as const satisfies EngineDialect;
