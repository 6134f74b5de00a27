import { describe, expect, it } from 'vitest';
import { dialectOf } from '../dialects/index.ts';
import type { DialectName } from '../model/engine-name.ts';
import type { Plan } from '../model/plan.ts';
import { emptyShape } from '../model/query-shape.ts';
import { analyse } from './analyse.ts';
import { seqScan } from './examples.ts';
import { outlineOf } from './outline.ts';
import {
  type Need,
  type Rule,
  type RuleContext,
  type RuleExample,
  type RuleMatch,
  speaksOf,
} from './rule.ts';
import { rules } from './rules/index.ts';

const fingerprint = { algorithm: 'test', value: 'f' };
const source = { namespace: 'shop', collectedAt: 0, parameters: 'generic' as const, fingerprint };

/** A version of each, and how its plans stand in an example. */
const printed: Record<
  DialectName,
  { version: string; print: (plan: object, top: object) => object }
> = {
  postgres: { version: '18', print: (root, top) => [{ Plan: root, ...top }] },
  mysql: { version: '9.7', print: (plan) => plan },
  mariadb: { version: '11.4', print: (plan) => plan },
  sqlserver: { version: '16', print: (plan) => plan },
  oracle: { version: '19', print: (plan) => plan },
};
function planOf({ engine = 'postgres', plan = {}, top = {}, ...said }: PlanExample): Plan {
  const { version, print } = printed[engine];
  const text = typeof plan === 'string' ? plan : JSON.stringify(print(plan, top));
  const read = dialectOf(engine).readPlan(text, {
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

/** Of one without a plan nothing was measured. */
const modeOf = (example: RuleExample) => (example.plan ? planOf(example).mode : 'estimate');

function look(rule: Rule, example: RuleExample, context: RuleContext): RuleMatch[] {
  if (example.plan) return rule.check(planOf(example), context);
  const outline = outlineOf(example.engine ?? 'postgres', contextOf(example).shape);
  return outline && rule.unplanned ? rule.check(outline, context) : [];
}

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
  shape: { ...emptyShape(), ...example.shape },
  facts: example.facts ?? [],
  ...(example.settings ? { settings: example.settings } : {}),
  ...(example.at ? { at: example.at } : {}),
  ...(example.interval_ms ? { interval_ms: example.interval_ms } : {}),
  ...(example.timeShare ? { timeShare: example.timeShare } : {}),
  ...(example.previous ? { previous: planOf({ plan: example.previous }) } : {}),
});

/** A context in which one thing is not known. */
const { stats: uncounted } = contextOf({ name: '', finds: false, plan: {} });
const lack: Record<Need, Partial<Record<keyof RuleContext, unknown>>> = {
  tables: { facts: [] },
  counters: { stats: uncounted },
  shape: { shape: undefined },
  settings: { settings: undefined },
  previous: { previous: undefined },
};
const allNeeds = Object.keys(lack) as Need[];

describe.each(rules.map((rule) => [rule.id, rule] as const))('rule %s', (_, rule) => {
  it.each(rule.examples.map((example) => [example.name, example] as const))(
    '%s',
    (_name, example) => {
      expect(speaksOf(rule, example.engine ?? 'postgres')).toBe(true);
      const matches = look(rule, example, contextOf(example));
      expect(matches.length > 0).toBe(example.finds);
      if (example.advises) expect(matches[0]?.fix).toContain(example.advises);
      for (const { message, saves } of matches) {
        expect(message).not.toMatch(/undefined|NaN/);
        expect(saves).toBeGreaterThan(0);
        expect(saves).toBeLessThanOrEqual(1);
      }
    },
  );
  it('needs what it says', () => {
    const enough = new Set<string>();
    for (const example of rule.examples.filter(({ finds }) => finds)) {
      const mode = modeOf(example);
      const context = contextOf(example);
      const needs = rule.needs[mode] ?? [];
      const without = (missing: readonly Need[]) =>
        look(rule, example, {
          ...context,
          ...Object.assign({}, ...missing.map((each) => lack[each])),
        });
      for (const need of needs) expect(without([need]), `${example.name}: ${need}`).toEqual([]);
      if (without(allNeeds.filter((each) => !needs.includes(each))).length) enough.add(mode);
    }
    const found = rule.examples.filter(({ finds }) => finds).map(modeOf);
    expect(enough).toEqual(new Set(found));
  });
  it('says why its numbers are what they are', () => {
    for (const { value, unit, why } of Object.values(rule.thresholds)) {
      expect(value).toBeGreaterThan(0);
      expect(unit).not.toBe('');
      expect(why.length).toBeGreaterThan(20);
    }
  });
  it('finds with estimates, with actual figures, or both, and has a case of each', () => {
    const modes = new Set(rule.examples.filter(({ finds }) => finds).map(modeOf));
    for (const mode of modes) expect(rule.needs[mode]).toBeDefined();
  });
  it('has a case without a plan, where it needs none', () => {
    expect(rule.examples.some(({ finds, plan }) => finds && !plan)).toBe(rule.unplanned === true);
  });
  it('has cases of both kinds', () => {
    expect(new Set(rule.examples.map(({ finds }) => finds))).toEqual(new Set([true, false]));
  });
});

it('a rule follows from others that there are, and none from itself in the end', () => {
  const follows = new Map(rules.map(({ id, follows = [] }) => [id, follows]));
  const passed = (id: string): string[] => {
    const causes = follows.get(id);
    expect(causes, id).toBeDefined();
    return (causes ?? []).flatMap((each) => [each, ...passed(each)]);
  };
  for (const { id } of rules) expect(passed(id)).not.toContain(id);
});
it('mutes a rule for one statement only', () => {
  const example = rules[0]?.examples[0] as RuleExample;
  const run = (fingerprint: string) =>
    analyse(rules, planOf(example), contextOf(example), {
      mutes: [{ rule: 'full-scan', fingerprint }],
      timeShare: 0.5,
    });
  expect(run('f')).toEqual([]);
  expect(run('other').map(({ rule, timeShare }) => ({ rule, timeShare }))).toEqual([
    { rule: 'full-scan', timeShare: 0.5 },
  ]);
});

describe('a plan that comes again', () => {
  const judging = { mutes: [], timeShare: 0.5 };
  const counted = { calls: 100_000, totalMs: 9_000_000, meanMs: 90, rows: 3, tempBlocksWritten: 9 };
  const variants: [string, (plan: Plan, context: RuleContext) => [Plan, RuleContext]][] = [
    ['as it was', (plan, context) => [plan, context]],
    [
      'counted anew',
      (plan, { stats, ...rest }) => [
        plan,
        { ...rest, stats: { ...stats, ...counted }, interval_ms: 60_000 },
      ],
    ],
    ['of other tables', (plan, context) => [plan, { ...context, facts: [] }]],
    [
      'of tables that have grown',
      (plan, context) => [
        plan,
        { ...context, facts: context.facts.map((each) => ({ ...each, rows: each.rows * 1_000 })) },
      ],
    ],
    ['of another text', (plan, context) => [plan, { ...context, shape: emptyShape() }]],
    [
      'with other settings',
      (plan, context) => [plan, { ...context, settings: { work_mem: '64kB' } }],
    ],
    [
      'with types that are not sure',
      (plan, context) => [{ ...plan, lossiness: ['typing_unverified'] }, context],
    ],
    ['that is sampled', (plan, context) => [{ ...plan, parameters: 'sampled' }, context]],
    [
      'that is another than before',
      (plan, context) => [
        plan,
        { ...context, previous: planOf({ plan: seqScan('u', { rows: 9, cost: 1 }) }) },
      ],
    ],
    [
      'with indexes that cannot be used',
      (plan, context) => {
        const column = context.facts[0]?.columns?.[0]?.name ?? 'id';
        return [{ ...plan, unusableIndexes: [{ index: 'some_index', column }] }, context];
      },
    ],
    ['much later', (plan, context) => [plan, { ...context, at: 4e12 }]],
  ];
  const examples = rules.flatMap(({ examples }) => examples.filter(({ plan }) => plan));

  it.each(variants)('%s, is judged as if it were new', (_, vary) => {
    for (const example of examples) {
      const [plan, context] = [planOf(example), contextOf(example)];
      for (let i = 0; i < 2; i += 1) analyse(rules, plan, context, judging);
      const [later, then] = vary(plan, context);
      const anew = structuredClone([later, then] as const);
      expect(analyse(rules, later, then, judging), example.name).toEqual(
        analyse(rules, ...anew, judging),
      );
    }
  });
});
