import type { Lossiness } from '../../model/plan.ts';
import { readSoundly } from '../bounds.ts';
import type { EngineDialect } from '../dialect.ts';
import { finishFamilyPlan } from '../mysql-family/finish-family-plan.ts';
import { blocksOfRows } from '../mysql-family/plan-table.ts';
import { familySpec } from '../mysql-family/spec.ts';
import { sniffRows, tableRows } from '../mysql-family/table-rows.ts';
import { familyTelemetry } from '../mysql-family/telemetry.ts';
import { redactMysql } from '../mysql-family/text.ts';
import { mariadbHabits } from './habits.ts';
import { readMariadbBlocks, readMariadbJson, sniffMariadbJson } from './plan-json.ts';

/** Costs are printed from this version on. */
const firstWithCosts = 11;

const costs = (version: string): Lossiness[] =>
  Number.parseInt(version, 10) >= firstWithCosts ? [] : ['no_costs'];

/** MariaDB 10.6–11. */
export const mariadb = {
  ...mariadbHabits,
  defaultPort: 3_306,
  readPlan: (text, source) =>
    readSoundly(text, () => {
      const rows = tableRows(text);
      const reading = rows
        ? readMariadbBlocks(blocksOfRows(rows), source.resolve)
        : readMariadbJson(text, source.resolve, source.ansiQuotes);
      return finishFamilyPlan(reading, {
        engine: 'mariadb',
        sourceFormat: rows ? 'mariadb-table' : 'mariadb-json',
        source,
        missing: rows ? ['no_costs'] : costs(source.engineVersion),
      });
    }),
  sniff: (text) => Math.max(sniffRows(text, 'mariadb'), sniffMariadbJson(text)),
  redact: redactMysql,
  telemetry: { system: 'mariadb', ...familyTelemetry },
  spec: { ...familySpec, countsOnlyWhatIsFound: true },
  defaultSchemas: ['YOUR_DATABASE'],
} as const satisfies EngineDialect;
