import { describe, expect, it } from 'vitest';
import { readAnyPlan } from '../../src/dialects/read-any.ts';
import { type SourceFormat, sourceFormats } from '../../src/model/plan.ts';
import { largePlans } from '../support/large-plans.ts';

/** A megabyte of steps is read, or too much of it refused; depth ends nobody's stack. */
const codeOf = (text: string) => {
  try {
    return readAnyPlan(text).sourceFormat;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};
/** As deep as none is, with indents that are not longer than a megabyte in all. */
const levelsOf: Partial<Record<SourceFormat, number>> = {
  'postgres-text': 1_500,
  'postgres-yaml': 1_500,
  'mysql-tree': 1_500,
  'oracle-text': 1_500,
};

describe.each(sourceFormats)('%s', (format) => {
  const { wide, deep } = largePlans[format];
  it('is read with thousands of steps side by side', () => {
    expect(codeOf(wide(1_900))).toBe(format);
  });
  // Tables of rows have no depth.
  if (deep)
    it('is refused where steps stand thousands of levels below each other', () => {
      expect(codeOf(deep(levelsOf[format] ?? 20_000))).toBe('too_large');
    });
});
