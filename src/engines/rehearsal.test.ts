import { describe, expect, it } from 'vitest';
import { makeTarget } from '../../test/support/target.ts';
import { AppError } from '../base/errors.ts';
import { refused } from '../model/refusal.ts';
import type { StatementCounters } from '../model/statistics.ts';
import type { Prepared } from './engine.ts';
import { prepareHeaviest, rehearse, rehearseEach } from './rehearsal.ts';

const remedyOf = async (error: AppError) => `mend ${error.code}`;
const failing = (code: 'internal' | 'connection_failed' | 'emergency_stop') => async () => {
  throw new AppError(code, 'what happened');
};

describe('one read', () => {
  it('that went well says what it found', async () =>
    expect(await rehearse('counters', async () => '3 statements', { remedyOf })).toEqual({
      name: 'counters',
      verdict: 'ok',
      observed: '3 statements',
    }));
  it('that failed says why, and what mends it', async () =>
    expect(await rehearse('counters', failing('internal'), { remedyOf })).toEqual({
      name: 'counters',
      verdict: 'failed',
      observed: 'what happened',
      remediation: 'mend internal',
    }));
  it.each(['connection_failed', 'emergency_stop'] as const)(
    'after %s nothing else is read',
    (code) =>
      expect(rehearse('counters', failing(code), { remedyOf })).rejects.toMatchObject({ code }),
  );
  it('whose failure is nothing for people is thrown on', () =>
    expect(
      rehearse('counters', failing('internal'), { remedyOf, isTold: () => false }),
    ).rejects.toMatchObject({ code: 'internal' }));
  it('a mistake of ours is none of the server', () =>
    expect(
      rehearse('counters', () => Promise.reject(new TypeError('x')), { remedyOf }),
    ).rejects.toBeInstanceOf(TypeError));
});

it('all are done, whatever fails', async () => {
  const checks = await Array.fromAsync(
    rehearseEach({ one: failing('internal'), two: async () => 'well' }, { remedyOf }),
  );
  expect(checks.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual(['one failed', 'two ok']);
});

it('what a person should look at is a warning, with what mends it', async () => {
  const found = { observed: '0 of 3', remedy: 'grant it' };
  expect(await rehearse('catalogs', async () => found, { remedyOf })).toEqual({
    name: 'catalogs',
    verdict: 'warning',
    observed: '0 of 3',
    remediation: 'grant it',
  });
});

describe('the heaviest', () => {
  const target = makeTarget({ port: 1, spec: { databases: { include: ['shop'] } } });
  const counters = Array.from({ length: 30 }, (_, i) => ({
    key: String(i),
    database: i % 2 ? 'shop' : 'other',
  })) as StatementCounters[];
  const asked: string[] = [];
  const said = (of: (key: string) => object) =>
    prepareHeaviest(target, counters, async (statements) =>
      statements.map(({ key }) => {
        asked.push(key);
        return of(key) as Prepared;
      }),
    );
  const ready = { kind: 'ready' };
  const denied = {
    kind: 'refused',
    refusal: refused('insufficient_privilege', 'USAGE on schema crm'),
  };
  const cut = { kind: 'refused', refusal: refused('truncated_text') };

  it('of the databases that are included are prepared, and no more than some', async () => {
    expect(await said((key) => (key === '1' ? denied : ready))).toBe(
      '9 of the 10 heaviest statements can be planned, insufficient_privilege ×1',
    );
    expect(asked).toEqual(['1', '3', '5', '7', '9', '11', '13', '15', '17', '19']);
  });
  it('of which none can be planned for want of a right are not well', async () => {
    expect(await said((key) => (key === '1' ? cut : denied))).toEqual({
      observed:
        '0 of the 10 heaviest statements can be planned, truncated_text ×1, ' +
        'insufficient_privilege ×9',
      remedy:
        'run the SQL of `dbintel prerequisites --print-sql` for each schema; ' +
        'it lacks USAGE on schema crm',
    });
    expect(await said(() => cut)).toMatch(/^0 of the 10 .*, truncated_text ×10$/);
  });
});
