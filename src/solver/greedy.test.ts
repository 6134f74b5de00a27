import { describe, expect, it } from 'vitest';
import { bruteForce, randomProblem } from '../../test/support/index-problems.ts';
import fc from '../../test/support/property.ts';
import type { Problem } from '../advice/problem.ts';
import { seededRandom } from '../base/random.ts';
import { costOf, indexed, isAllowed } from './evaluate.ts';
import { greedy } from './greedy.ts';

const problemOf = (seed: number): Problem =>
  randomProblem({
    random: seededRandom(seed),
    statements: 1 + (seed % 9),
    tables: 3,
    candidatesOfTable: 4,
    budgetShare: ((seed % 10) + 1) / 10,
    perTable: 1 + (seed % 4),
    joined: seed % 3 === 0,
  });
const anyProblem = fc.integer({ min: 1, max: 1e9 }).map(problemOf);
const setOf = (problem: Problem, chosen: readonly string[]) =>
  problem.indexes.map(({ id }) => chosen.includes(id));

describe('greedy', () => {
  it('keeps to budget and room, is no dearer than nothing, and its bound is below every set', () =>
    fc.assert(
      fc.property(anyProblem, (problem) => {
        const { chosen, cost, bound } = greedy(problem);
        const numbers = indexed(problem);
        expect(isAllowed(numbers, setOf(problem, chosen))).toBe(true);
        expect(cost).toBeCloseTo(costOf(numbers, setOf(problem, chosen)), 6);
        expect(cost).toBeLessThanOrEqual(numbers.baseCost);
        expect(bound).toBeLessThanOrEqual(cost);
        const least = bruteForce(problem);
        expect(bound).toBeLessThanOrEqual(least * (1 + 1e-9));
        expect(cost).toBeGreaterThanOrEqual(least * (1 - 1e-9));
      }),
      { numRuns: 60 },
    ));

  const one: Problem = {
    base: new Map([['s', 100]]),
    weight: new Map([['s', 10]]),
    atoms: [
      { statement: 's', indexes: ['a'], cost: 100 },
      { statement: 's', indexes: ['a', 'b'], cost: 1 },
    ],
    indexes: [
      { id: 'a', table: 't', bytes: 10, writeCost: 1 },
      { id: 'b', table: 'u', bytes: 10, writeCost: 1 },
    ],
    budgetBytes: 20,
    perTable: 1,
  };
  it('takes two that help only together', () =>
    expect(greedy(one)).toMatchObject({ chosen: ['a', 'b'], cost: 12, method: 'greedy' }));
  it('takes none of which writes cost more than reads gain', () =>
    expect(
      greedy({ ...one, indexes: one.indexes.map((each) => ({ ...each, writeCost: 600 })) }).chosen,
    ).toEqual([]));
  it('counts what is there already, and keeps it', () => {
    const there = { id: 'old', table: 't', bytes: 5, writeCost: 0, pinned: true as const };
    expect(greedy({ ...one, indexes: [...one.indexes, there] }).chosen).toEqual(['old']);
    expect(greedy({ ...one, perTable: 2, indexes: [...one.indexes, there] }).chosen).toEqual([
      'a',
      'b',
      'old',
    ]);
    const crowded = [there, { ...there, id: 'older' }, ...one.indexes];
    expect(greedy({ ...one, indexes: crowded }).chosen).toEqual(['old', 'older']);
  });
  it('has an answer for nothing', () =>
    expect(greedy({ ...one, base: new Map(), atoms: [], indexes: [] })).toEqual({
      chosen: [],
      cost: 0,
      bound: 0,
      gap: 0,
      method: 'greedy',
    }));
});
