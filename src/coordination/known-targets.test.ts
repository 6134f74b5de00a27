import { describe, expect, it } from 'vitest';
import { createUnknownTargets, describeKnown, unknownToHolders } from './known-targets.ts';

describe('targets that the holder of their shard does not know', () => {
  const shards = [new Set(['one', 'two']), new Set(['three']), new Set<string>()];
  const members = (shard: number) => shards[shard] ?? new Set<string>();
  const knows = (...counts: number[]) =>
    describeKnown((shard) => new Set(Array.from({ length: counts[shard] ?? 0 }, (_, i) => `${i}`)));
  const owners = new Map([
    [0, 'a'],
    [1, 'b'],
    [2, 'b'],
  ]);
  const survey = (a: string | undefined, b: string | undefined) => ({
    owners,
    sessions: [
      { id: 'a', facts: a === undefined ? {} : { known: a } },
      { id: 'b', facts: b === undefined ? {} : { known: b } },
    ],
  });
  it('are counted; who knows more than we, or says nothing, knows them', () => {
    const missing = (a: string | undefined, b: string | undefined) => [
      ...unknownToHolders(survey(a, b), members),
    ];
    expect(missing(knows(2, 1), knows(2, 1))).toEqual([]);
    expect(missing(knows(1, 1), knows(0, 0))).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(missing(knows(5), undefined)).toEqual([]);
  });
  it('count when they have been for 30 seconds', () => {
    const unknown = createUnknownTargets(members);
    const blind = survey(knows(0), knows(0, 1));
    unknown.look(blind, 0);
    unknown.look(blind, 29_000);
    expect(unknown.count()).toBe(0);
    unknown.look(blind, 31_000);
    expect(unknown.count()).toBe(2);
    unknown.look(survey(knows(2), knows(0, 1)), 32_000);
    expect(unknown.count()).toBe(0);
  });
});
