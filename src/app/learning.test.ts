import { expect, it } from 'vitest';
import { priorOf } from '../analysis/analyse.ts';
import { rules } from '../analysis/rules/index.ts';
import { createPrometheusMetrics } from '../exporters/prometheus/prometheus-metrics.ts';
import type { VerdictCount } from '../model/verdict.ts';
import { createLearning } from './learning.ts';

const [rule, other] = rules.map(({ id }) => id) as [string, string];

function learn(...answers: (VerdictCount[] | undefined)[]) {
  const metrics = createPrometheusMetrics();
  const history = { verdictCounts: async () => answers.shift() };
  return { metrics, ...createLearning({ history, metrics, rules }) };
}
const count = (kind: VerdictCount['kind'], many: number, of = rule) => ({
  rule: of,
  kind,
  count: many,
});

it('a rule that is dismissed speaks with less confidence, one that is accepted with more', async () => {
  const { look, confidenceOf } = learn([count('dismissed', 12), count('accepted', 5, other)]);
  expect(confidenceOf(rule)).toBeUndefined();
  await look();
  const prior = (id: string) => priorOf(rules.find((each) => each.id === id) ?? {});
  expect(confidenceOf(rule)).toBeCloseTo(prior(rule) / 2);
  expect(confidenceOf(other)).toBeGreaterThan(prior(other));
});
it('a snooze, and a rule that nobody speaks of, say nothing', async () => {
  const { look, confidenceOf } = learn([count('snoozed', 9), count('dismissed', 9, 'of-before')]);
  await look();
  expect([rule, other, 'of-before'].map(confidenceOf)).toEqual([undefined, undefined, undefined]);
});
it('what is taken back weighs nothing; a history that is away changes nothing', async () => {
  const { look, confidenceOf } = learn([count('dismissed', 9)], undefined, []);
  await look();
  const learned = confidenceOf(rule);
  await look();
  expect(confidenceOf(rule)).toBe(learned);
  await look();
  expect(confidenceOf(rule)).toBeUndefined();
});
it('tells the counts as metrics, with no rule but those that there are', async () => {
  const { look, metrics } = learn([count('dismissed', 3), count('accepted', 7, 'of-before')], []);
  await look();
  const shown = await metrics.expose();
  expect(shown).toContain(`dbintel_finding_verdicts{rule="${rule}",verdict="dismissed"} 3`);
  expect(shown).not.toContain('of-before');
  await look();
  expect(await metrics.expose()).toContain(
    `dbintel_finding_verdicts{rule="${rule}",verdict="dismissed"} 0`,
  );
});
