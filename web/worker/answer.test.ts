import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { answerTo } from './answer.ts';
import type { Progress } from './protocol.ts';

const plans = join(import.meta.dirname, '../../examples/plans');
const report = readFileSync(join(plans, 'orders-report.txt'), 'utf8');

it('tells what it does, and what came of each text', () => {
  const told: Progress[] = [];
  const [first, second] = answerTo([report, 'no plan'], 7, (progress) => told.push(progress));
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

it('compares the second with the first', () => {
  const other = report.replaceAll('orders_pkey', 'orders_other_key');
  const [, again] = answerTo([report, report], 0, () => {});
  expect(again?.kind === 'plan' && again.findings.map(({ rule }) => rule)).not.toContain(
    'plan-changed',
  );
  expect(answerTo([report, other], 0, () => {})).toHaveLength(2);
});
