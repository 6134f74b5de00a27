import { describe, expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import type { PlanNode } from '../model/plan.ts';
import { readSoundly, requireDepth, requireNumbers } from './bounds.ts';
import { above, bareNode } from './reading.ts';

const codeOf = (work: () => unknown) => {
  try {
    work();
    return 'read';
  } catch (error) {
    return error instanceof AppError ? error.code : 'raw';
  }
};
const read = () => ({ root: bareNode('Result', 'x') });

describe('what bounds a reader', () => {
  it('is depth outside of strings', () => {
    expect(codeOf(() => readSoundly('['.repeat(600), read))).toBe('read');
    expect(codeOf(() => readSoundly('['.repeat(601), read))).toBe('too_large');
    expect(codeOf(() => readSoundly(`"${'['.repeat(700)}\\""`, read))).toBe('read');
  });
  it('is how deep the plan is, whatever its text was', () => {
    const levels = (count: number) =>
      Array.from({ length: count - 1 }).reduce<PlanNode>(
        (below) => above('Result', 'x', below),
        bareNode('Result', 'x'),
      );
    expect(codeOf(() => requireDepth(levels(600)))).toBe('read');
    expect(codeOf(() => requireDepth(levels(601)))).toBe('too_large');
  });
  it('gives whatever a reader throws a code', () => {
    const throwing = (error: Error) => () =>
      readSoundly('{}', () => {
        throw error;
      });
    expect(codeOf(throwing(new TypeError('x')))).toBe('unparsable');
    expect(codeOf(throwing(new RangeError('stack')))).toBe('too_large');
    expect(codeOf(throwing(new AppError('too_large', 'x')))).toBe('too_large');
  });
  it('is that numbers are numbers', () => {
    const root = bareNode('Result', 'x');
    expect(codeOf(() => requireNumbers(root))).toBe('read');
    root.ext['pages'] = Number.POSITIVE_INFINITY;
    expect(codeOf(() => requireNumbers(root))).toBe('unparsable');
  });
});
