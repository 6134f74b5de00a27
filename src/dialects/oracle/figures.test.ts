import { expect, it } from 'vitest';
import { costOf, figure, kilobytes, milliseconds, passes } from './figures.ts';

it('reads numbers as they are printed', () => {
  expect([figure('1000K'), figure('12M'), figure(' 7 '), figure(''), figure('x')]).toEqual([
    1e6,
    12e6,
    7,
    undefined,
    undefined,
  ]);
  expect([costOf('12  (8)'), costOf('  (0)')]).toEqual([12, undefined]);
  expect([kilobytes('10240'), kilobytes('11M')]).toEqual([10_240, 11_264]);
  expect([milliseconds('00:00:01.25'), milliseconds('100:00:00.01')]).toEqual([1_250, 360_000_010]);
  expect([passes('1343K (1)'), passes('2048  (0)'), passes('')]).toEqual([1, 0, 0]);
});
