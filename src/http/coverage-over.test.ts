import { expect, it } from 'vitest';
import { makeBatch } from '../../test/support/batch.ts';
import type { Coverage, CycleReport } from '../model/batch.ts';
import { coverageOver } from './coverage-over.ts';

const { cycle } = makeBatch({ at: 0 });
const looked = (startedAt: number, coverage: Partial<Coverage>, sessions = 1): CycleReport => ({
  ...cycle,
  startedAt,
  window: { sinceStatisticsBegan: false, ms: 1_000, sessions },
  coverage: { explained: 0, accountedFor: 0, ...coverage },
});

it('a busy interval counts more than a quiet one', () => {
  const answer = coverageOver(
    [looked(20, { explained: 1 }, 3), looked(10, { explained: 0.5, reasons: { no_sample: 0.25 } })],
    { from: 0, to: 96 },
  );
  expect(answer).toMatchObject({ from: 10, cycles: 2, explained: 0.875 });
  expect(answer.coded['no_sample']).toBeCloseTo(0.062_5);
  expect(answer.unknown).toBeCloseTo(0.062_5);
  expect(answer.points.map(({ t, explained }) => [t, explained])).toEqual([
    [10, 0.5],
    [20, 1],
  ]);
});
it('of nothing nothing is known', () => {
  expect(coverageOver([{ ...cycle }], { from: 5, to: 9 })).toEqual({
    from: 5,
    to: 9,
    cycles: 0,
    explained: 0,
    coded: {},
    unknown: 0,
    points: [],
  });
});
