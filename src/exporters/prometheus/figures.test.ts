import { expect, it } from 'vitest';
import { explained, makeBatch, refused } from '../../../test/support/batch.ts';
import { figuresOf } from './figures.ts';

const batch = makeBatch({ at: 7_000, queries: [explained('f1'), refused('f2', 'no_sample')] });

it('of a cycle: its outcome, its figures in seconds, each statement and finding', () => {
  const figures = figuresOf({ ...batch, cycle: { ...batch.cycle, databaseMs: 250 } });
  expect(figures).toContainEqual({
    kind: 'count',
    meter: 'cycles',
    labels: { outcome: 'collected', code: '' },
    by: 1,
  });
  expect(figures).toContainEqual({ kind: 'count', meter: 'databaseSeconds', labels: {}, by: 0.25 });
  expect(figures).toContainEqual({ kind: 'set', meter: 'lastCycle', labels: {}, value: 7 });
  const results = figures.flatMap((each) =>
    each.kind === 'count' && each.meter === 'statements' ? [each.labels['result']] : [],
  );
  expect(results).toEqual(['explained', 'no_sample']);
  expect(figures.filter((each) => each.kind === 'count' && each.meter === 'findings')).toEqual([
    { kind: 'count', meter: 'findings', labels: { rule: 'full-scan' }, by: 1 },
  ]);
});
it('a finding that somebody has muted is not counted, one that is accepted is', () => {
  const queries = (['accepted', 'dismissed', 'snoozed'] as const).map((verdict) =>
    explained('f1', { rule: verdict, verdict }),
  );
  const counted = figuresOf(makeBatch({ at: 1, queries })).flatMap((each) =>
    each.kind === 'count' && each.meter === 'findings' ? [each.labels['rule']] : [],
  );
  expect(counted).toEqual(['accepted']);
});
it('a cycle that failed is counted by its error', () => {
  const outcome = { kind: 'failed', error: 'connection_failed', detail: '' } as const;
  expect(figuresOf({ ...batch, cycle: { ...batch.cycle, outcome } })[0]).toMatchObject({
    labels: { outcome: 'failed', code: 'connection_failed' },
  });
});
