import { describe, expect, it } from 'vitest';
import { bruteForce, randomProblem } from '../../../test/support/index-problems.ts';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import { systemClock } from '../../base/node/clock.ts';
import { seededRandom } from '../../base/random.ts';
import { indexed, isAllowed } from '../evaluate.ts';
import { greedy } from '../greedy.ts';
import { createHighsSolver } from './highs-solver.ts';
import { solveMilp } from './solve-milp.ts';

describe('the optimum', () => {
  it('is that of trying all sets, and its bound is below', async () => {
    for (let seed = 1; seed <= 24; seed += 1) {
      const problem = randomProblem({
        random: seededRandom(seed),
        statements: 2 + (seed % 8),
        tables: 3,
        candidatesOfTable: 4,
        budgetShare: ((seed % 10) + 1) / 10,
        perTable: 1 + (seed % 4),
        joined: seed % 2 === 0,
      });
      if (seed % 5 === 0)
        for (const each of problem.indexes.slice(0, 2)) Object.assign(each, { pinned: true });
      const { chosen, cost, bound, gap, method } = await solveMilp(problem, 5_000);
      const least = bruteForce(problem);
      expect(method).toBe('optimal');
      expect(cost / least, `seed ${seed}`).toBeCloseTo(1, 6);
      expect(bound).toBeLessThanOrEqual(cost);
      expect(gap).toBeLessThan(1e-5);
      const there = problem.indexes.map(({ id }) => chosen.includes(id));
      expect(isAllowed(indexed(problem), there)).toBe(true);
    }
  });
});

const large = randomProblem({
  random: seededRandom(7),
  statements: 150,
  tables: 25,
  candidatesOfTable: 12,
  budgetShare: 0.15,
  joined: true,
});
const solver = createHighsSolver({ clock: systemClock });

describe('in a thread', () => {
  it('has a bound and a set when the time is over', { timeout: 120_000 }, async () => {
    // The thread is let begin, however busy the machine is.
    const after: Clock['after'] = (ms, then) => systemClock.after(10 * ms, then);
    const patient = createHighsSolver({ clock: { ...systemClock, after } });
    const found = await patient.solve(large, {
      limit_ms: 50,
      signal: new AbortController().signal,
    });
    expect(found.method).toBe('time-limit');
    expect(found.bound).toBeGreaterThan(0);
    expect(found.cost).toBeLessThanOrEqual(greedy(large).cost);
    expect(found.gap).toBeCloseTo(found.cost / found.bound - 1, 9);
  });
  it('ends at once when it is told to', async () => {
    const abort = new AbortController();
    const asked = solver.solve(large, { limit_ms: 60_000, signal: abort.signal });
    setTimeout(() => abort.abort(new AppError('program_ending', 'ends')), 300);
    await expect(asked).rejects.toMatchObject({ code: 'program_ending' });
  });
  it('answers by greedy where the thread is late', async () => {
    const clock = { ...systemClock, after: (_: number, then: () => void) => (then(), () => {}) };
    const found = await createHighsSolver({ clock }).solve(large, {
      limit_ms: 1,
      signal: new AbortController().signal,
    });
    expect(found).toEqual(greedy(large));
  });
});
