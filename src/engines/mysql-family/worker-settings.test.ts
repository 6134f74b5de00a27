import { expect, it } from 'vitest';
import { mariadb } from '../mariadb/variant.ts';
import { mysql } from '../mysql/variant.ts';
import { sqlText } from './sql-text.ts';
import { changesTo, freshSettings, type WorkerSettings } from './worker-settings.ts';

const fresh = freshSettings({ sqlMode: 'STRICT_TRANS_TABLES' });
const direct = { via: 'direct', timeoutSql: mysql.timeoutSql } as const;
const sqlOf = (
  wanted: Partial<WorkerSettings>,
  now = fresh,
  how: typeof direct | object = direct,
) => changesTo({ ...now, ...wanted }, now, { ...direct, ...how }).map(({ sql }) => sql);

it('only what differs is sent: the database, the limit, the mode, in this order', () => {
  expect(sqlOf({})).toEqual([]);
  expect(sqlOf({ sqlMode: 'ANSI_QUOTES', timeout_ms: 250, schema: 'shop' })).toEqual([
    'USE `shop`',
    'SET SESSION max_execution_time = 250',
    `SET SESSION sql_mode = ${sqlText('ANSI_QUOTES')}`,
  ]);
  expect(sqlOf({ timeout_ms: 250 }, fresh, { timeoutSql: mariadb.timeoutSql })).toEqual([
    'SET SESSION max_statement_time = 0.250',
  ]);
});

it('each says what is so once it went through', () => {
  const wanted = { schema: 'shop', timeout_ms: 250, sqlMode: 'ANSI_QUOTES' };
  const [first, second, third] = changesTo(wanted, fresh, direct);
  expect(first?.settings).toEqual({ ...fresh, schema: 'shop' });
  expect(second?.settings).toEqual({ ...fresh, schema: 'shop', timeout_ms: 250 });
  expect(third?.settings).toEqual(wanted);
});

it('a statement without a database leaves the one that is used; a procedure has its own', () => {
  expect(sqlOf({ schema: '' }, { ...fresh, schema: 'shop' })).toEqual([]);
  expect(sqlOf({ schema: 'shop' }, fresh, { via: 'procedure' })).toEqual([]);
});
