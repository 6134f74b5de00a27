import { describe, expect, it } from 'vitest';
import type { QueryContext } from '../model/statistics.ts';
import { bytesOfSetting, callsASecond, examinedACall, pagesACall, rowsACall } from './work.ts';

const counted = (more: Partial<QueryContext['stats']>) => ({
  stats: {
    key: 'k',
    nativeId: '1',
    database: 'd',
    user: 'u',
    toplevel: true,
    calls: 10,
    totalMs: 10,
    meanMs: 1,
    rows: 50,
    tempBlocksWritten: 0,
    isNew: false,
    ...more,
  },
});

describe('what one call did', () => {
  it('is a share of all of them', () => {
    const context = counted({ work: { pages: 1_000, rowsExamined: 80 } });
    expect([rowsACall(context), pagesACall(context), examinedACall(context)]).toEqual([5, 100, 8]);
    expect(callsASecond({ ...context, interval_ms: 2_000 })).toBe(5);
  });
  it('is not known where fewer rows were examined than returned', () =>
    expect(examinedACall(counted({ work: { rowsExamined: 40 } }))).toBeUndefined());
  it('is not known where nothing was counted', () => {
    expect(rowsACall(counted({ calls: 0 }))).toBeUndefined();
    expect(pagesACall(counted({}))).toBeUndefined();
    expect(examinedACall(counted({ calls: 0, work: { rowsExamined: 4 } }))).toBeUndefined();
    expect(callsASecond(counted({}))).toBeUndefined();
  });
});

it.each([
  ['4MB', 4_194_304],
  ['64kB', 65_536],
  ['262144', 262_144],
  ['off', undefined],
  [undefined, undefined],
])('the setting %s is so many bytes', (setting, bytes) =>
  expect(bytesOfSetting(setting)).toBe(bytes),
);
