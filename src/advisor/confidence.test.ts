import { expect, it } from 'vitest';
import { type Grounds, judge, leastOf } from './confidence.ts';

const sure: Grounds = {
  check: {
    confidence: 'high',
    because: ['58 of 60 plans are those that the server had'],
    about: 'planned for any value',
  },
  span_ms: 7 * 86_400_000,
  size: 'high',
};

it.each<[string, Partial<Grounds>, string, RegExp]>([
  ['as good as it gets', {}, 'high', /^58 of 60 plans.*; planned for any value/],
  [
    'the planner is not believed',
    { check: { confidence: 'low', because: ['1 of 9'], about: '' } },
    'low',
    /1/,
  ],
  ['a short history', { span_ms: 3_600_000 }, 'medium', /the history is 1h long/],
  ['a kind whose size is a guess', { size: 'medium' }, 'medium', /rough estimate/],
])('%s', (_, grounds, confidence, because) => {
  const judged = judge({ ...sure, ...grounds });
  expect(judged.confidence).toBe(confidence);
  expect(judged.because.join('; ')).toMatch(because);
});

it('one ground that is weak makes all of it so', () => {
  expect([leastOf(['high', 'low', 'medium']), leastOf(['high', 'medium']), leastOf([])]).toEqual([
    'low',
    'medium',
    'high',
  ]);
});
