import { describe, expect, it } from 'vitest';
import { makeTarget, usualTimeout } from '../../test/support/target.ts';
import { emptyShape } from '../model/query-shape.ts';
import { refused } from '../model/refusal.ts';
import { afterAnswer, chargeFirst, excludedBy, mayAsk } from './explain-one.ts';
import { cycleSettings } from './settings.ts';
import { freshState } from './target-state.ts';

const settings = cycleSettings(
  makeTarget({
    port: 1,
    spec: { safety: { databaseTimeBurst: '1s', statementTimeout: usualTimeout } },
  }).spec,
);
const state = freshState(0, settings.explains, settings.databaseTime);

describe('before an EXPLAIN', () => {
  it('grants what the budget has, under the timeout of now', () => {
    expect(mayAsk({ ...state, explains: { tokens: 2.7, at: 0 } }, settings, 0, 0)).toEqual({
      kind: 'granted',
      limits: {
        timeout_ms: 500,
        lockTimeout_ms: settings.lockTimeout_ms,
        planBytes: settings.planBytes,
      },
      together: 2,
    });
  });
  it('grants so many at once as could take no longer than one may by the spec', () => {
    const together = (recent_ms: number[], tokens = 30) => {
      const timeout = { recent_ms, floor_ms: 0 };
      const verdict = mayAsk({ ...state, timeout, explains: { tokens, at: 0 } }, settings, 0, 0);
      return verdict.kind === 'granted' && [verdict.limits.timeout_ms, verdict.together];
    };
    const times = (ms: number) => Array.from({ length: 20 }, () => ms);
    expect(together([])).toEqual([500, 2]);
    expect(together(times(5))).toEqual([100, 10]);
    expect(together(times(60))).toEqual([240, 4]);
    expect(together(times(600))).toEqual([1_000, 1]);
    expect(together(times(5), 3.5)).toEqual([100, 3]);
  });
  it('refuses where either budget is spent', () => {
    expect(mayAsk(state, settings, 1_001, 0)).toEqual(refused('budget_spent'));
    const none = { ...state, explains: { tokens: 0.5, at: 0 } };
    expect(mayAsk(none, settings, 0, 0)).toEqual(refused('rate_limited'));
  });
});

describe('after an EXPLAIN', () => {
  it('charges what was sent, whatever came of it', () => {
    const { tokens } = state.explains;
    const sent = chargeFirst(state, settings, 2, 0);
    expect(sent.explains.tokens).toBe(tokens - 2);
    const after = afterAnswer(sent, settings, { ...refused('lock_timeout'), sent: 3 }, 0);
    expect(after.explains.tokens).toBe(tokens - 4);
    expect(after.timeout).toBe(state.timeout);
  });
  it('a timeout widens the next one', () => {
    const late = { ...refused('statement_timeout'), sent: 1 };
    expect(afterAnswer(state, settings, late, 0).timeout.floor_ms).toBe(1_000);
  });
});

it('what is left out shows by the fingerprint, by a table’s schema, or by the text’s', () => {
  const exclude = { users: [], fingerprints: ['f'], schemas: ['audit'] };
  const relation = (schema: string) => [{ schema, name: 't' }];
  const statement = (fingerprint: string, relations: { schema: string; name: string }[]) => ({
    fingerprint: { algorithm: 'test', value: fingerprint },
    facts: [],
    shape: { ...emptyShape(), relations },
  });
  expect(excludedBy(statement('a', relation('public')), exclude)).toBeUndefined();
  expect(excludedBy(statement('f', []), exclude)).toEqual(refused('excluded', 'fingerprint'));
  expect(excludedBy(statement('a', relation('audit')), exclude)).toEqual(
    refused('excluded', 'schema'),
  );
});
