import { expect, it } from 'vitest';
import { adviseAsked } from './advise-annotation.ts';

it('is a time, or nothing', () => {
  const asked = (text: string) => adviseAsked({ 'dbintel.io/advise': text });
  expect(asked('2026-01-01T00:00:00Z')).toBe(1_767_225_600_000);
  expect(asked('now, please')).toBeUndefined();
  expect(adviseAsked({})).toBeUndefined();
  expect(adviseAsked(undefined)).toBeUndefined();
});
