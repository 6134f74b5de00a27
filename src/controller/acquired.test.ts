import { describe, expect, it } from 'vitest';
import { countsToTell, remember } from './acquired.ts';

const ownership = { holder: 'h', epoch: 3 };
const owned = remember(undefined, {
  ownership,
  status: { plans: 7, findings: 2 },
  inherited: true,
});

describe('what is known of a target that is ours', () => {
  it('outlives a change of its spec, not a change of its owner', () => {
    expect(remember(owned, { ownership, status: { plans: 1 } })).toBe(owned);
    const later = { holder: 'h', epoch: 5 };
    expect(remember(owned, { ownership: later, status: { plans: 9 } })).toEqual({
      ownership: later,
      status: { plans: 9 },
      inherited: undefined,
    });
  });
  it('is what was read where nothing was known', () => {
    const unknown = remember(undefined, { ownership });
    expect(remember(unknown, { ownership, status: { plans: 1 } }).status).toEqual({ plans: 1 });
  });
});

it('a predecessor’s figures stand until as much is known here', () => {
  expect(countsToTell({ plans: 6, openFindings: 0 }, owned)).toEqual({ plans: 7, openFindings: 2 });
  expect(countsToTell({ plans: 7, openFindings: 0 }, owned)).toEqual({ plans: 7, openFindings: 0 });
  const own = remember(undefined, { ownership, status: { plans: 7 } });
  expect(countsToTell({ plans: 1, openFindings: 0 }, own)).toEqual({ plans: 1, openFindings: 0 });
});
