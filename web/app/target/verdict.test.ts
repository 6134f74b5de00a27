import { expect, test } from 'vitest';
import { codeOf, verdictOf } from './verdict.ts';

const at = '2026-11-27T10:00:00Z';
const condition = (status: 'True' | 'False' | 'Unknown', reason: string, message = 'why') => ({
  type: 'Ready',
  status,
  reason,
  message,
  lastTransitionTime: at,
});

test('nothing is said before the first cycle', () => {
  expect(verdictOf({}).headline).toBe('Waiting for its first cycle');
});

test('a target that collects says how much it knows', () => {
  const status = {
    conditions: [condition('True', 'Collecting')],
    coverage: { explained: '93%', accountedFor: '98%' },
  };
  expect(verdictOf({ status })).toEqual({
    tone: 'calm',
    headline: 'Collecting: 93% of database time has a plan, 98% a plan or a reason',
    since: Date.parse(at),
  });
});

test('what somebody wanted is no illness; all else has its code and reason', () => {
  const tones = ['EmergencyStop', 'Suspended', 'CircuitOpen', 'ConnectionRefused'].map(
    (reason) => verdictOf({ status: { conditions: [condition('False', reason)] } }).tone,
  );
  expect(tones).toEqual(['stopped', 'wait', 'warning', 'critical']);
  const nextTry = '2026-11-27T10:05:00Z';
  const open = verdictOf({
    status: {
      conditions: [condition('False', 'CircuitOpen', '3 cycles timed out')],
      safety: {
        statementTimeout: '1s',
        circuit: 'open',
        brake: 'none',
        databaseTimeUsed: '0%',
        nextTry,
      },
    },
  });
  expect(open).toMatchObject({
    code: 'circuit_open',
    why: '3 cycles timed out',
    nextTry: Date.parse(nextTry),
  });
});

test('a reason is the code in capitals', () => {
  expect(codeOf('StatementTimeout')).toBe('statement_timeout');
});

test('what the fleet knows beyond the last status goes before it', () => {
  const status = { conditions: [condition('True', 'Collecting')] };
  expect(verdictOf({ status, state: 'silent', why: 'no status for 20 min' })).toEqual({
    tone: 'silent',
    headline: 'Silent: nothing has been heard of it for too long',
    why: 'no status for 20 min',
  });
  expect(verdictOf({ status, state: 'collecting' }).tone).toBe('calm');
});

test('what goes on by itself waits, and alarms nobody', () => {
  const status = { conditions: [condition('False', 'BudgetSpent', 'database time')] };
  expect(verdictOf({ status, kind: 'waits', why: 'the budget is spent' })).toMatchObject({
    tone: 'wait',
    headline: 'Waits: the budget is spent',
    code: 'budget_spent',
  });
  expect(verdictOf({ status, kind: 'needs-you' }).tone).toBe('critical');
});
