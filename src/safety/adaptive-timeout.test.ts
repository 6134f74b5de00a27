import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import {
  type AdaptiveTimeout,
  currentTimeout,
  freshTimeout,
  onAnswer,
  onTimeout,
} from './adaptive-timeout.ts';

describe('adaptive timeout', () => {
  const bounds = { min_ms: 100, max_ms: 1_000 };
  const after = (times: number[], start: AdaptiveTimeout = freshTimeout) =>
    times.reduce((timeout, ms) => onAnswer(timeout, ms), start);
  it('starts in the middle, narrows when healthy', () => {
    expect(currentTimeout(freshTimeout, bounds)).toBe(500);
    expect(currentTimeout(after(Array.from({ length: 50 }, () => 5)), bounds)).toBe(100);
    expect(currentTimeout(after(Array.from({ length: 50 }, () => 60)), bounds)).toBe(240);
  });
  it('widens on a timeout at once, and comes back', () => {
    const narrow = after(Array.from({ length: 50 }, () => 5));
    const wide = onTimeout(narrow, bounds);
    expect(currentTimeout(wide, bounds)).toBe(200);
    expect(
      currentTimeout(onTimeout(onTimeout(onTimeout(wide, bounds), bounds), bounds), bounds),
    ).toBe(1_000);
    expect(
      currentTimeout(
        after(
          Array.from({ length: 300 }, () => 5),
          wide,
        ),
        bounds,
      ),
    ).toBe(100);
  });
  it('stays within the bounds whatever it sees', () => {
    const event = fc.oneof(
      fc.constant('timeout' as const),
      fc.double({ min: 0, max: 1e7, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const timeout = events.reduce<AdaptiveTimeout>(
          (each, happened) =>
            happened === 'timeout' ? onTimeout(each, bounds) : onAnswer(each, happened),
          freshTimeout,
        );
        const ms = currentTimeout(timeout, bounds);
        expect(ms).toBeGreaterThanOrEqual(100);
        expect(ms).toBeLessThanOrEqual(1_000);
        expect(timeout.recent_ms.length).toBeLessThanOrEqual(100);
      }),
    );
  });
});
