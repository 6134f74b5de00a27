import { expect, it } from 'vitest';
import { databaseTargetStatus } from '../resources/kinds/database-target/status.ts';
import { describeStatus } from './describe.ts';

it('every column begins at one place, however long a reason or a text is', () => {
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: 'MESSAGE',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  const query = (share: string, text: string, mean: string) => ({
    share,
    text,
    mean,
    fingerprint: 'f',
    code: 'CODE',
    findings: ['r'],
  });
  const status = databaseTargetStatus.parse({
    conditions: [
      condition('Ready', 'False', 'AuthenticationFailed'),
      condition('SafetyThrottled', 'Unknown', 'WithinLimits'),
    ],
    prerequisites: [
      { name: 'n', verdict: 'failed', observed: 'SEEN', remediation: 'MEND one\n  two' },
      { name: 'a very long name indeed', verdict: 'warning', observed: 'SEEN' },
    ],
    topQueries: [
      query('45%', 'SELECT 1\nFROM t', '3 ms'),
      query('9%', 'SELECT long_name FROM long_table', '393 ms'),
    ],
  });
  const lines = describeStatus('shop/orders', status, 0).split('\n');
  const columnOf = (word: string) =>
    new Set(lines.flatMap((line) => (line.includes(word) ? [line.indexOf(word)] : [])));
  for (const word of ['MESSAGE', 'SEEN', 'CODE']) expect(columnOf(word).size).toBe(1);
  expect([...columnOf('MEND one two')]).toEqual([...columnOf('SEEN')]);
});
