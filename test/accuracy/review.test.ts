import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Category } from '../../src/model/finding.ts';
import { kappa, readReview, reviewSection } from './review.ts';

type Class = Category | 'healthy';
const both = (set: Class, reviewer: Class, times: number) =>
  Array.from({ length: times }, () => ({
    set: { category: set, rules: [] },
    reviewer: { category: reviewer, rules: [] },
  }));

describe('kappa', () => {
  test('takes off what chance would reach', () => {
    const cases = [
      ...both('healthy', 'healthy', 20),
      ...both('healthy', 'index', 5),
      ...both('index', 'healthy', 10),
      ...both('index', 'index', 15),
    ];
    expect(kappa(cases)).toBeCloseTo(0.4);
  });

  test('is one where all are the same', () => {
    expect(kappa(both('healthy', 'healthy', 3))).toBe(1);
    expect(kappa([...both('join', 'join', 3), ...both('index', 'index', 1)])).toBe(1);
  });
});

describe('what was reviewed', () => {
  const review = readReview();

  test('says where both agree', () => {
    for (const { set, reviewer, agree } of review.cases) {
      const inCommon = set.rules.some((rule) => reviewer.rules.includes(rule));
      const isSame = set.category === reviewer.category;
      expect(agree).toBe(isSame && (set.category === 'healthy' || inCommon));
    }
  });

  test('is on the page', () => {
    const page = readFileSync(new URL('../../docs/accuracy.md', import.meta.url), 'utf8');
    expect(page).toContain(reviewSection(review));
  });
});
