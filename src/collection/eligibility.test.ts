import { expect, it } from 'vitest';
import { candidate } from '../../test/support/statistics.ts';
import { makeTarget } from '../../test/support/target.ts';
import { eligibility } from './eligibility.ts';

const { spec } = makeTarget({
  port: 1,
  spec: {
    databases: { include: ['d'] },
    collection: {
      minExecutionCount: 3,
      exclude: { users: ['backup'], fingerprints: ['known'] },
    },
  },
});
const state = {
  explained: new Map([['seen', { at: 1, fingerprint: 'known', hash: 'h' }]]),
  failures: new Map([['bad', { code: 'unparsable' as const, until: 10, fingerprint: 'f' }]]),
};

it.each([
  ['an ordinary one', candidate('a'), undefined],
  ['in a database that is not ours', candidate('a', { database: 'x' }), 'excluded'],
  ['of a user that is left out', candidate('a', { user: 'backup' }), 'excluded'],
  ['whose fingerprint is left out', candidate('seen'), 'excluded'],
  ['that failed, and is left alone', candidate('bad'), 'unparsable'],
  ['that ran too seldom', candidate('a', { calls: 2 }), 'below_minimum'],
  ['that runs seldom, again and again', candidate('a', { calls: 1, callsEver: 3 }), undefined],
] as const)('a statement %#: %s', (_, { stats }, reason) =>
  expect(eligibility(spec, state, 9)(stats)).toBe(reason),
);

it('a failure is over at its time', () =>
  expect(eligibility(spec, state, 10)(candidate('bad').stats)).toBeUndefined());
