import type { Lossiness } from '../../model/plan.ts';
import { readSoundly } from '../bounds.ts';
import type { Dialect } from '../dialect.ts';
import { finishFamilyPlan } from '../mysql-family/finish-family-plan.ts';
import { familyPlanner } from '../mysql-family/planner.ts';
import { familySpec } from '../mysql-family/spec.ts';
import { familySql } from '../mysql-family/sql.ts';
import { familyTelemetry } from '../mysql-family/telemetry.ts';
import { readMariadbJson, sniffMariadbJson } from './plan-json.ts';

/** Costs are printed from this version on. */
const firstWithCosts = 11;

const costs = (version: string): Lossiness[] =>
  Number.parseInt(version, 10) >= firstWithCosts ? [] : ['no_costs'];

/** MariaDB 10.6–11. */
export const mariadb = {
  name: 'mariadb',
  label: 'MariaDB',
  defaultPort: 3_306,
  readPlan: (json, source) =>
    readSoundly(json, () => {
      const reading = readMariadbJson(json, source.resolve, source.ansiQuotes);
      const lossiness = [...(source.lossiness ?? []), ...costs(source.engineVersion)];
      return finishFamilyPlan(reading, {
        engine: 'mariadb',
        sourceFormat: 'mariadb-json',
        source: { ...source, lossiness },
      });
    }),
  sniff: sniffMariadbJson,
  sql: {
    ...familySql(() => undefined),
    indexableCalls: new Set<string>(),
    expressionIndexAdvice:
      'Or add a column GENERATED ALWAYS AS the expression, with an index on it, and compare that.',
    documentAdvice:
      'A column GENERATED ALWAYS AS (JSON_VALUE(…)) with an index on it, compared in the place ' +
      'of the document.',
  },
  planner: familyPlanner,
  telemetry: { system: 'mariadb', ...familyTelemetry },
  spec: familySpec,
  defaultSchemas: ['YOUR_DATABASE'],
} as const satisfies Dialect;
