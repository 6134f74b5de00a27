import { readSoundly } from '../bounds.ts';
import type { Dialect } from '../dialect.ts';
import { finishFamilyPlan } from '../mysql-family/finish-family-plan.ts';
import { familyPlanner } from '../mysql-family/planner.ts';
import { familySpec } from '../mysql-family/spec.ts';
import { familyTelemetry } from '../mysql-family/telemetry.ts';
import { readMysqlJson, sniffMysqlJson } from './plan-json.ts';
import { mysqlSql } from './sql.ts';

/** MySQL 8.0–9. */
export const mysql = {
  name: 'mysql',
  label: 'MySQL',
  defaultPort: 3_306,
  readPlan: (json, source) =>
    readSoundly(json, () => {
      const reading = readMysqlJson(json, source.resolve, source.ansiQuotes);
      return finishFamilyPlan(reading, { engine: 'mysql', sourceFormat: reading.format, source });
    }),
  sniff: sniffMysqlJson,
  sql: mysqlSql,
  planner: familyPlanner,
  telemetry: { system: 'mysql', ...familyTelemetry },
  spec: familySpec,
  defaultSchemas: ['YOUR_DATABASE'],
} as const satisfies Dialect;
