import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { answerTo } from './answer.ts';
import type { Progress } from './protocol.ts';

const plans = join(import.meta.dirname, '../../examples/plans');
const report = readFileSync(join(plans, 'orders-report.txt'), 'utf8');
const texts = (...all: string[]) => all.map((text) => ({ text }));

it('tells what it does, and what came of each text', async () => {
  const told: Progress[] = [];
  const [first, second] = await answerTo(texts(report, 'no plan'), 7, (progress) =>
    told.push(progress),
  );
  expect(told).toEqual([
    { text: 0, doing: 'read' },
    { text: 0, doing: 'examine' },
    { text: 1, doing: 'read' },
  ]);
  expect(first).toMatchObject({
    kind: 'plan',
    label: 'PostgreSQL',
    plan: { sourceFormat: 'postgres-text', collectedAt: 7 },
  });
  expect(second).toMatchObject({ kind: 'refused', code: 'unparsable' });
});

it('compares the second with the first', async () => {
  const other = report.replaceAll('orders_pkey', 'orders_other_key');
  const [, again] = await answerTo(texts(report, report), 0, () => {});
  expect(again?.kind === 'plan' && again.findings.map(({ rule }) => rule)).not.toContain(
    'plan-changed',
  );
  expect(await answerTo(texts(report, other), 0, () => {})).toHaveLength(2);
});

it('reads a packed plan as it was, and what is damaged not at all', async () => {
  const [first] = await answerTo(texts(report), 7, () => {});
  if (first?.kind !== 'plan' || !first.packed) throw new Error('it was not read');
  const [again, damaged, bomb] = await answerTo(
    texts(`${first.packed}\n`, first.packed.slice(0, -40), 'v1.AAAA'),
    9,
    () => {},
  );
  expect(again).toMatchObject({ kind: 'plan', findings: first.findings, packed: first.packed });
  expect([damaged, bomb]).toMatchObject([
    { kind: 'refused', code: 'unparsable' },
    { kind: 'refused', code: 'unparsable' },
  ]);
});

it('keeps the statement that somebody gives, without its literals', async () => {
  const statement = "SELECT * FROM orders WHERE country = 'de' AND id = 7";
  const [answer] = await answerTo([{ text: report, statement }], 0, () => {});
  expect(answer?.kind === 'plan' && answer.plan.queryText).toBe(
    'SELECT * FROM orders WHERE country = ? AND id = ?',
  );
});
