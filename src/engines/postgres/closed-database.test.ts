import { describe, expect, it } from 'vitest';
import { makeTarget } from '../../../test/support/target.ts';
import { AppError } from '../../base/errors.ts';
import { systemClock } from '../../base/node/clock.ts';
import { enter, unreadIn } from './closed-database.ts';
import type { Connection } from './connection.ts';
import { wrapPostgresError } from './errors.ts';

const target = makeTarget({ port: 1, database: 'home' });
const failure = (code: string, routine?: string) =>
  wrapPostgresError(Object.assign(new Error('x'), { code, routine }));
const notes = { texts: { until: 0, failures: 0 } };
const known = { limited: [], late: new Map(), notes };
const refusing = (...failed: Parameters<typeof failure>) => ({
  target,
  clock: systemClock,
  known,
  workerFor: async () => {
    throw failure(...failed);
  },
});

describe('a database', () => {
  it('is entered where it is open', async () => {
    const worker = {} as Connection;
    const workerFor = async () => worker;
    expect(await enter({ target, clock: systemClock, known, workerFor }, 'shop')).toEqual({
      worker,
    });
  });

  it('is left to applications where our session would be one of its last', async () => {
    const workerFor = async () => ({}) as Connection;
    const refusalAt = async (used: number, limit: number, brake = {}) => {
      const of = makeTarget({ port: 1, database: 'home', spec: { safety: { brake } } });
      const limited = [{ name: 'shop', used, limit }];
      return (
        await enter(
          { ...refusing(''), target: of, known: { ...known, limited }, workerFor },
          'shop',
        )
      ).closed?.refusal;
    };
    expect(await refusalAt(4, 5)).toEqual({
      kind: 'refused',
      code: 'connection_failed',
      detail: 'database shop: 4 of its CONNECTION LIMIT of 5 are in use',
    });
    expect(await refusalAt(3, 5)).toBeUndefined();
    expect(await refusalAt(0, 1)).toBeDefined();
    expect(await refusalAt(0, 1, { connectionsUsed: '100%' })).toBeUndefined();
    expect(await refusalAt(4, 5, { ignore: ['connectionsUsed'] })).toBeUndefined();
  });

  it.each([
    ['42501', 'insufficient_privilege'],
    ['28000', 'insufficient_privilege'],
    ['28P01', 'insufficient_privilege'],
    ['3D000', 'connection_failed'],
    ['55000', 'connection_failed'],
  ])('is closed by SQLSTATE %s: %s', async (state, code) => {
    for (const database of ['shop', 'home'])
      expect(await enter(refusing(state), database)).toMatchObject({
        closed: { state, refusal: { code } },
      });
  });

  it('that is gone is not taken for the one that the spec names', async () => {
    const saying = async (database: string) =>
      (await enter(refusing('3D000'), database)).closed?.refusal.detail;
    expect(await saying('shop')).toBe('database shop: it is not there any more (3D000)');
    expect(await saying('home')).toContain('connection.database');
  });

  it.each([
    ['53300', 'CheckMyDatabase'],
    ['58P01', 'internal_load_library'],
    ['XX000', 'CheckMyDatabase'],
    ['P0001', 'exec_stmt_raise'],
    ['57014', 'ProcessInterrupts'],
    ['25P04', 'ProcessInterrupts'],
  ])('is closed by SQLSTATE %s of its own, %s', async (state, routine) => {
    const entered = await enter(refusing(state, routine), 'shop');
    expect(entered.closed?.refusal.code).toBe('connection_failed');
    await expect(enter(refusing(state, routine), 'home')).rejects.toBeInstanceOf(AppError);
  });

  it.each(['53300', '57P03', '57P01', '53200', '08006', ''])(
    'is not closed by %o, which is of the server',
    async (state) => {
      await expect(enter(refusing(state), 'shop')).rejects.toBeInstanceOf(AppError);
    },
  );

  const session = () => ({ target, known: { late: new Map() } });

  it('a second one that is late is the server’s matter', () => {
    const one = session();
    expect(unreadIn(one, 'shop', failure('57014')).code).toBe('statement_timeout');
    expect(unreadIn(one, 'locked', failure('55P03')).code).toBe('lock_timeout');
    expect([...one.known.late.keys()]).toEqual(['shop']);
    expect(() => unreadIn(one, 'other', failure('57014'))).toThrow(AppError);
  });

  it('that cannot be read says so of its statements', () => {
    const code = (...failed: Parameters<typeof failure>) =>
      unreadIn(session(), 'shop', failure(...failed)).code;
    expect([code('57014'), code('55P03'), code('XX001')]).toEqual([
      'statement_timeout',
      'lock_timeout',
      'catalog_inconsistent',
    ]);
    expect(() => unreadIn(session(), 'home', failure('57014'))).toThrow(AppError);
    expect(() => code('57P01')).toThrow(AppError);
    expect(() => unreadIn(session(), 'shop', new TypeError('x'))).toThrow(TypeError);
  });
});

it('a broken pipe is no word of the server', () => {
  const error = Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' });
  expect(wrapPostgresError(error)).toMatchObject({ code: 'connection_failed' });
});
