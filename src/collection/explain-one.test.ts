import { describe, expect, it } from 'vitest';
import { makeTarget } from '../../test/support/target.ts';
import { emptyShape } from '../model/query-shape.ts';
import { refused } from '../model/refusal.ts';
import { afterAnswer, excludedBy, mayAsk } from './explain-one.ts';
import { cycleSettings } from './settings.ts';
import { freshState } from './target-state.ts';

const settings = cycleSettings(
  makeTarget({ port: 1, spec: { safety: { databaseTimeBurst: '1s' } } }).spec,
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
        explains: 2,
      },
    });
  });
  it('refuses where either budget is spent', () => {
    expect(mayAsk(state, settings, 1_001, 0)).toEqual(refused('budget_spent', 'database time'));
    const none = { ...state, explains: { tokens: 0.5, at: 0 } };
    expect(mayAsk(none, settings, 0, 0)).toEqual(refused('rate_limited'));
  });
});

describe('after an EXPLAIN', () => {
  it('charges what was sent, whatever came of it', () => {
    const { tokens } = state.explains;
    const after = afterAnswer(state, settings, { ...refused('lock_timeout'), sent: 3 }, 0);
    expect(after.explains.tokens).toBe(tokens - 3);
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
