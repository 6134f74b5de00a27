import { expect, test } from 'vitest';
import { requestOf } from './verdicts.ts';

test.each([
  [{ kind: 'accepted' as const, why: '', until: '7d' }, { kind: 'accepted' }],
  [
    { kind: 'dismissed' as const, why: 'known', until: '7d' },
    { kind: 'dismissed', why: 'known' },
  ],
  [
    { kind: 'snoozed' as const, why: '', until: '7d' },
    { kind: 'snoozed', until: '7d' },
  ],
])('%j is sent without what does not belong to it', (said, request) =>
  expect(requestOf(said)).toEqual(request),
);
