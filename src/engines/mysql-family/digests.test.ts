import { expect, it } from 'vitest';
import { inAnswers, isOneOf, keysOf } from './digests.ts';

it('as many keys are asked for at once as have room in one answer', () => {
  const keys = Array.from({ length: 1_000 }, (_, i) => ({ database: 'shop', digest: `${i}` }));
  const sizes = (sampleLength: number) => inAnswers(keys, { sampleLength }).map((of) => of.length);
  expect(sizes(1_024)).toEqual([1_000]);
  expect(sizes(16_384)).toEqual([...Array(7).fill(128), 104]);
  expect(new Set(sizes(16 * 1_048_576))).toEqual(new Set([1]));
  expect(inAnswers([], { sampleLength: 1_024 })).toEqual([]);
});

it('each is asked for in its schema; what was lost has no digest to ask for', () => {
  const ref = (database: string, nativeId: string) => ({
    database,
    nativeId,
    user: '',
    key: `${database}/${nativeId || 'lost'}`,
  });
  const { keys, lost } = keysOf([ref("o'b", 'a'), ref('', 'b'), ref("o'b", 'c'), ref('d', '')]);
  expect(lost).toEqual(['d/lost']);
  expect(isOneOf(keys, 'S')).toMatch(
    /^\(S = .* AND DIGEST IN \(.*, .*\)\) OR \(S IS NULL AND DIGEST IN \(.*\)\)$/,
  );
});
