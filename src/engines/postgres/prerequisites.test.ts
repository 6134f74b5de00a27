import { expect, it } from 'vitest';
import { judgePrerequisites } from './prerequisites.ts';

it.each([
  ['of this server', {}, 'warning'],
  ['of another, which has counted its own', { otherServer: true as const }, 'ok'],
])('what was thrown out since the last look is that %s', (_, other, verdict) => {
  const checks = judgePrerequisites(
    { version: '18.1', max: '5000', role: 'dbintel', connection_limit: '4', now: '300000' },
    {
      extension: { schema: 'public', version: '1.12' },
      tlsMode: 'disable',
      now: 300_000,
      included: () => true,
      snapshot: { at: 300_000, epoch: 'e', statements: [], evictions: 700, ...other },
      counted: { calls: 1, commits: 1, evictions: 3, at: 0 },
    },
  );
  expect(checks.find(({ name }) => name === 'entries')).toMatchObject({ verdict });
});
