import { describe, expect, it } from 'vitest';
import { parseStatus, withCurrentNames, withFormerNames } from './former-names.ts';
import type { DatabaseTargetStatus } from './status.ts';

const former = {
  plans: 3,
  coverage: { explained: '93%', withReason: '98%' },
  prerequisites: [
    { name: 'version', verdict: 'ok', seen: '18.4' },
    { name: 'tls', verdict: 'warning', seen: 'not encrypted', mend: 'tls: { mode: verify-full }' },
  ],
};
const current: DatabaseTargetStatus = {
  plans: 3,
  coverage: { explained: '93%', accountedFor: '98%' },
  prerequisites: [
    { name: 'version', verdict: 'ok', observed: '18.4' },
    {
      name: 'tls',
      verdict: 'warning',
      observed: 'not encrypted',
      remediation: 'tls: { mode: verify-full }',
    },
  ],
};

describe('a stored status', () => {
  it('of an older program is read with the names of today', () => {
    expect(parseStatus(former)).toEqual(current);
  });
  it('of today stays as it is', () => {
    expect(parseStatus(current)).toEqual(current);
    expect(withCurrentNames(undefined)).toBe(undefined);
  });
  it('that an API server has cut the former names from is read all the same', () => {
    const cut = {
      ...former,
      prerequisites: [{ name: 'tls', verdict: 'warning' }],
      coverage: { explained: '93%' },
    };
    expect(parseStatus(cut)).toEqual(cut);
  });
  it('with both, as it is sent, comes back the same', () => {
    expect(withFormerNames(current)).toMatchObject(former);
    expect(parseStatus(withFormerNames(current))).toEqual(current);
  });
  it('that is none is refused', () => {
    for (const none of [{ prerequisites: 'all' }, { coverage: 1 }, [], 'no'])
      expect(() => parseStatus(none)).toThrow();
  });
});
