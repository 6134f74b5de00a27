import { describe, expect, it } from 'vitest';
import { dialectOf } from '../dialects/index.ts';
import type { EngineName } from '../model/engine-name.ts';
import type { Plan } from '../model/plan.ts';
import type { QueryShape } from '../model/query-shape.ts';
import { analyse } from './analyse.ts';
import type { RuleExample } from './rule.ts';
import { rules } from './rules/index.ts';

const fingerprint = { algorithm: 'test', value: 'f' };
const source = { namespace: 'shop', collectedAt: 0, parameters: 'generic' as const, fingerprint };

/** A version of each, and how its plans stand in an example. */
const printed: Record<
  EngineName,
  { version: string; print: (plan: object, top: object) => object }
> = {
  postgres: { version: '18', print: (root, top) => [{ Plan: root, ...top }] },
  mysql: { version: '9.7', print: (plan) => plan },
  mariadb: { version: '11.4', print: (plan) => plan },
};
function planOf({ engine = 'postgres', plan, top = {}, ...said }: PlanExample): Plan {
  const { version, print } = printed[engine];
  const read = dialectOf(engine).readPlan(JSON.stringify(print(plan, top)), {
    engineVersion: version,
    ...source,
  });
  return {
    ...read,
    ...(said.unusableIndexes ? { unusableIndexes: said.unusableIndexes } : {}),
    ...(said.lossiness ? { lossiness: said.lossiness } : {}),
  };
}
type PlanExample = Pick<RuleExample, 'engine' | 'plan' | 'top' | 'unusableIndexes' | 'lossiness'>;
const shape: QueryShape = {
  kind: 'select',
  relations: [],
  functions: [],
  comparisons: [],
  selectStar: false,
  distinct: false,
  grouped: false,
  ordered: false,
  limit: false,
  offset: false,
  joins: 0,
  subqueries: 0,
  locking: false,
};

const contextOf = (example: RuleExample) => ({
  stats: {
    key: 'k',
    nativeId: '1',
    database: 'shop',
    user: 'app',
    toplevel: true,
    calls: 0,
    totalMs: 0,
    meanMs: 0,
    rows: 0,
    tempBlocksWritten: 0,
    isNew: false,
    ...example.stats,
  },
  fingerprint,
  shape: { ...shape, ...example.shape },
  facts: example.facts ?? [],
  ...(example.previous ? { previous: planOf({ plan: example.previous }) } : {}),
});

describe.each(rules.map((rule) => [rule.id, rule] as const))('rule %s', (_, rule) => {
  it.each(rule.examples.map((example) => [example.name, example] as const))(
    '%s',
    (_name, example) => {
      expect(rule.engines[example.engine ?? 'postgres']).toBe(true);
      const matches = rule.check(planOf(example), contextOf(example));
      expect(matches.length > 0).toBe(example.finds);
      for (const match of matches) expect(match.message).not.toMatch(/undefined|NaN/);
    },
  );
  it('has cases of both kinds', () => {
    expect(new Set(rule.examples.map(({ finds }) => finds))).toEqual(new Set([true, false]));
  });
});

it('mutes a rule for one statement only', () => {
  const example = rules[0]?.examples[0] as RuleExample;
  const run = (fingerprint: string) =>
    analyse(rules, planOf(example), contextOf(example), [{ rule: 'full-scan', fingerprint }], 0.5);
  expect(run('f')).toEqual([]);
  expect(run('other').map(({ rule, timeShare }) => ({ rule, timeShare }))).toEqual([
    { rule: 'full-scan', timeShare: 0.5 },
  ]);
});
