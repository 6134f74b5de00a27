import { expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import { heavierFirst, pageSize, streamWorkload, type Weighed } from './workload.ts';

const weighed = (count: number): Weighed[] =>
  Array.from({ length: count }, (_, i) => ({
    fingerprint: `f${i}`,
    calls: 1,
    totalMs: count - i,
    rows: 0,
    tempBlocks: 0,
  }));
const rowsOf = (keys: readonly string[]) =>
  keys.map((fingerprint) => ({ fingerprint, native_id: '1', database: 'shop' }));

it('reads a page when it is wanted, and leaves out what is gone by then', async () => {
  const pages: number[] = [];
  const stream = streamWorkload(
    { target: 'uid', since: 7_200_000, signal: new AbortController().signal },
    {
      async weigh(target, hour) {
        expect([target, hour]).toEqual(['uid', 2]);
        return weighed(2 * pageSize + 1);
      },
      async describe(_, keys) {
        pages.push(keys.length);
        return rowsOf(keys)
          .filter(({ fingerprint }) => fingerprint !== 'f1')
          .toReversed();
      },
    },
  );
  const first = await stream.next();
  expect([first.value?.fingerprint, pages]).toEqual(['f0', [pageSize]]);
  expect((await stream.next()).value?.fingerprint).toBe('f2');
  const rest = await Array.fromAsync(stream);
  expect([rest.length, pages]).toEqual([2 * pageSize - 2, [pageSize, pageSize, 1]]);
});
it('ends while a page is on its way', async () => {
  const ending = new AbortController();
  const never = new Promise<never>(() => undefined);
  const stream = streamWorkload(
    { target: 'uid', since: 0, signal: ending.signal },
    { weigh: async () => weighed(1), describe: () => never },
  );
  const next = stream.next();
  ending.abort(new AppError('program_ending', 'the end'));
  await expect(next).rejects.toMatchObject({ code: 'program_ending' });
});
it('among equals the fingerprint decides, by its characters', () => {
  const of = (fingerprint: string, totalMs: number) => ({ ...weighed(1)[0], fingerprint, totalMs });
  const all = [of('b', 1), of('B', 1), of('a', 1), of('z', 2)] as Weighed[];
  expect(all.toSorted(heavierFirst).map(({ fingerprint }) => fingerprint)).toEqual([
    'z',
    'B',
    'a',
    'b',
  ]);
});
