import { describe, expect, it } from 'vitest';
import { examine } from '../analysis/examine.ts';
import { indexScan, inner, node, outer, seqScan } from '../analysis/examples.ts';
import { rules } from '../analysis/rules/index.ts';
import { readAnyPlan } from '../dialects/read-any.ts';
import { differenceLines, examinedLines } from './present-plan.ts';

const read = (right: object, cost: number) =>
  readAnyPlan(
    JSON.stringify([
      {
        Plan: node('Nested Loop', { 'Join Type': 'Inner', rows: 50_000, cost }, [
          outer(seqScan('orders', { filter: "(email = 'bob')", rows: 50_000, cost: 9_000 })),
          inner(right),
        ]),
      },
    ]),
  );
const scanned = read(seqScan('items', { filter: '(i.a = o.id)', cost: 180 }), 90_000);
const looked = read(
  indexScan('items', 'items_a', { condition: '(i.a = o.id)', cost: 0.4 }),
  30_000,
);

describe('a plan for people', () => {
  const lines = examinedLines('a.json', examine(rules, scanned), 120).join('\n');
  it('says whose it is, what it costs and where, and what is wrong', () => {
    expect(lines).toMatch(/^a\.json {2}PostgreSQL, estimates only\n {2}cost 90,000 · 50,000 rows/);
    expect(lines).toMatch(/\n {2}ph2:[0-9a-f]{32}\n/);
    expect(lines).toMatch(/10% {2}1 Seq Scan +orders +50,000 {2}\(email = \?\)/);
    expect(lines).toContain('critical nested-loop: public.items is read about 50,000 times');
    expect(lines).toMatch(/\d+ rules not asked: they need tables/);
  });
  it('shows no value', () => expect(lines).not.toContain('bob'));
});

it('a plan of another engine is no earlier plan of the statement', () => {
  const earlier = { ...looked, engine: 'mysql' as const };
  const found = (previous: typeof looked) =>
    examine(rules, scanned, previous).findings.flatMap(({ rule, also = [] }) => [
      rule,
      ...also.map((each) => each.rule),
    ]);
  expect(found(looked)).toContain('plan-changed');
  expect(found(earlier)).not.toContain('plan-changed');
});

describe('a small plan', () => {
  it('is counted in the singular', () => {
    const one = readAnyPlan(JSON.stringify([{ Plan: seqScan('t', { rows: 1, cost: 2 }) }]));
    const lines = examinedLines('a', examine(rules, one), 120).join('\n');
    expect(lines).toContain('cost 2 · 1 row expected · 1 node, 1 deep');
  });
});

describe('two plans', () => {
  it('differ', () =>
    expect(
      differenceLines({ file: 'a', plan: looked }, { file: 'b', plan: scanned }).join('\n'),
    ).toContain('items: SeqScan instead of IndexScan items_a'));
  it('are the same', () =>
    expect(
      differenceLines({ file: 'a', plan: looked }, { file: 'b', plan: looked }).join('\n'),
    ).toContain('the same plan; cost 30,000 → 30,000'));
});
