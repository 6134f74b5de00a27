import { expect, it } from 'vitest';
import { coverageRest, coverageWords } from './coverage-words.ts';

it('names the heaviest reasons, and leaves out what is noise', () => {
  const words = coverageWords({
    explained: 0.4,
    accountedFor: 0.9,
    reasons: { no_sample: 0.03, insufficient_privilege: 0.52, too_large: 0.001 },
    unknown: 0.001,
    elsewhere: 0.25,
  });
  expect(words).toEqual({
    explained: '40%',
    accountedFor: '90%',
    reasons: 'insufficient_privilege 52%, no_sample 3%',
    elsewhere: '25%',
  });
  expect(coverageRest(words)).toBe(
    '; no plan: insufficient_privilege 52%, no_sample 3%; ' +
      '25% of the server’s time is in other databases',
  );
});
it('says nothing beside the shares where there is nothing', () =>
  expect(coverageRest(coverageWords({ explained: 1, accountedFor: 1 }))).toBe(''));
