import { analyse } from '../../src/analysis/analyse.ts';
import { uncounted } from '../../src/analysis/examine.ts';
import { rules } from '../../src/analysis/rules/index.ts';
import { dialectOf } from '../../src/dialects/index.ts';
import type { EngineName } from '../../src/model/engine-name.ts';
import type { Plan } from '../../src/model/plan.ts';
import { emptyShape, type QueryShape } from '../../src/model/query-shape.ts';
import type { TableFacts } from '../../src/model/statistics.ts';

/** What all rules together say of a plan, as servers printed it. */
interface Seen {
  plan: object;
  facts: TableFacts[];
  shape?: Partial<QueryShape>;
  stats?: object;
  parameters?: Plan['parameters'];
}

const fingerprint = { algorithm: 'test', value: 'f' };
const versions: Record<string, string> = { postgres: '18', mysql: '9.7', mariadb: '11.4' };

export function said(
  engine: EngineName,
  { plan, facts, shape = {}, stats = {}, parameters = 'generic' }: Seen,
): string[] {
  const text = JSON.stringify(engine === 'postgres' ? [{ Plan: plan }] : plan);
  const read = dialectOf(engine).readPlan(text, {
    engineVersion: versions[engine] ?? '',
    namespace: 'shop',
    collectedAt: 0,
    parameters,
    fingerprint,
  });
  const context = {
    stats: { ...uncounted, ...stats },
    fingerprint,
    shape: { ...emptyShape(), ...shape },
    facts,
    timeShare: 1,
  };
  return analyse(rules, read, context, { mutes: [], timeShare: 1 }).map(
    ({ rule, message, fix }) => `${rule}: ${message} | ${fix}`,
  );
}
