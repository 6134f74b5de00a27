import { afterEach, beforeEach, expect, it } from 'vitest';
import { explained, makeBatch } from '../../test/support/batch.ts';
import { noAbort } from '../../test/support/target.ts';
import type { History } from '../history/backends.ts';
import { openSqliteHistory } from '../history/sqlite/sqlite-history.ts';
import { perDay, readWorkload } from './workload.ts';

let history: History;
beforeEach(() => {
  history = openSqliteHistory(':memory:');
});
afterEach(() => history.close());
const hour = 3_600_000;
const now = 1_000 * hour;

it('has nothing where nothing has run', async () => {
  expect(await readWorkload(history, 'uid', now, noAbort())).toEqual({
    statements: [],
    totalMs: 0,
    span_ms: 0,
    light: 0,
  });
});

it('has those that matter, with the time of all, over as long as was counted', async () => {
  const queries = [
    explained('heavy', { totalMs: 9_000 }),
    explained('middle', { totalMs: 990 }),
    explained('light', { totalMs: 11 }),
    explained('nothing', { totalMs: 0.1 }),
  ];
  const began = now - 5 * hour - 100;
  await history.record(makeBatch({ at: began, queries }));
  await history.record(makeBatch({ at: now - hour, number: 2, queries }));
  const { statements, totalMs, span_ms, light } = await readWorkload(
    history,
    'uid',
    now,
    noAbort(),
  );
  expect(statements.map(({ fingerprint }) => fingerprint)).toEqual(['heavy', 'middle', 'light']);
  expect(totalMs).toBeCloseTo(20_002.2, 5);
  expect([span_ms, light]).toEqual([now - began, 1]);
  expect(perDay(5, span_ms)).toBeCloseTo(24, 0);
  expect(perDay(5, 0)).toBe(0);
});
