import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { AppError } from '../base/errors.ts';
import { systemClock } from '../base/node/clock.ts';
import { seededRandom } from '../base/random.ts';
import { clockCheck } from './checks.ts';
import { catalogWords as mariadbWords } from './mariadb/catalog-words.ts';
import { readSnapshot as readMariadb } from './mariadb/workload.ts';
import { catalogWords as mysqlWords } from './mysql/catalog-words.ts';
import { readSnapshot as readMysql } from './mysql/workload.ts';
import {
  connectionLimitCheck,
  digestTableCheck,
  instrumentCheck,
  textSizeCheck,
} from './mysql-family/checks.ts';
import type { Connection as MysqlConnection } from './mysql-family/connection.ts';
import type { CatalogWords } from './mysql-family/facts/catalog-sql.ts';
import { readTableFacts } from './mysql-family/facts/read-facts.ts';
import { readHealth } from './mysql-family/health.ts';
import { readServer, type Server } from './mysql-family/variant.ts';
import { relationsNamed } from './postgres/catalog.ts';
import { closuresOf } from './postgres/closures.ts';
import type { Enclosed, Connection as PostgresConnection } from './postgres/connection.ts';
import { readHealth as readPostgresHealth } from './postgres/health.ts';
import { jsonIn, numberOf, type Row } from './row.ts';

/**
 * Servers may answer our own queries with anything: each reader gives finite numbers or a code, and
 * ends.
 */
const absurd = [
  'NULL, ,0,-1,1e400,-1e400,NaN,Infinity,0x10,1_000,[],{},[null],null,x,t',
  '18446744073709551615,1e9,__proto__,\0,1.5.2,٣',
]
  .flatMap((some) => some.split(','))
  .map((text) => (text === 'NULL' ? null : text))
  .concat('9'.repeat(400), '');
const random = seededRandom(11);
const pick = () => absurd[Math.floor(random.next() * absurd.length)] as string | null;
/**
 * A row of any columns: whatever is asked of it, it has, mostly something that a server could say.
 */
const anyRow = (): Row =>
  new Proxy({} as Row, {
    get: (row, column: string) =>
      (row[column] ??= random.next() < 0.85 ? '1' : (pick() ?? (null as never))) ?? null,
    ownKeys: () => [],
  });
const anyRows = () => Array.from({ length: Math.floor(random.next() * 4) }, anyRow);

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (value instanceof Map) return [...value].flatMap(numbersIn);
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(numbersIn) : [];
}

const mysql = { query: async () => anyRows() } as unknown as MysqlConnection;
const postgres = {
  enclosed: async ({ statements }: Pick<Enclosed, 'statements'>) => statements.map(anyRows),
} as unknown as PostgresConnection;
const tablesBy = (words: CatalogWords) =>
  readTableFacts(
    {
      control: mysql,
      words,
      version: '9.0.1',
      timeout_ms: 1_000,
      countedSince: 5,
      refusals: { has: () => false, add: () => undefined },
    },
    [{ schema: 's', name: 't' }],
  );
const place = 'self-managed';
const readers: Record<string, () => unknown> = {
  'MySQL’s counters': () => readMysql(mysql, { id: 'x' } as Server, 1_000),
  'MariaDB’s counters': () => readMariadb(mysql, { id: 'x' } as Server, 1_000),
  'MySQL’s health': () =>
    readHealth('x', { sql: 'y', column: 'Seconds_Behind_Source' })(mysql, 1_000, systemClock),
  'MySQL’s server': () => readServer(anyRow()),
  'MySQL’s tables': () => tablesBy(mysqlWords),
  'MariaDB’s tables': () => tablesBy(mariadbWords),
  'MySQL’s prerequisites': () => {
    const row = anyRow();
    return [
      instrumentCheck(row),
      digestTableCheck(row, place),
      connectionLimitCheck(row),
      textSizeCheck(row, place),
      clockCheck(row, 0),
    ];
  },
  'PostgreSQL’s relations': () => relationsNamed([]).read(anyRows()),
  'PostgreSQL’s closures': () =>
    closuresOf([], { functions: [], operators: [], schemas: [] }, 1).read(anyRows()),
  'PostgreSQL’s health': () => readPostgresHealth(postgres, [], 1_000, systemClock),
};

describe('rows of our own queries that hold anything', () => {
  it.each(Object.entries(readers))('%s: finite numbers, or a code', async (_, read) => {
    let [codes, good] = [0, 0];
    for (let i = 0; i < 400; i += 1) {
      try {
        const value = await read();
        expect(numbersIn(value).filter((each) => !Number.isFinite(each))).toEqual([]);
        good += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        codes += 1;
      }
    }
    expect(Math.min(good, codes + 1)).toBeGreaterThan(0);
  });
  it('one row that cannot be read is left out, and that there are more is said', async () => {
    const row = (calls: string): Row => ({
      digest: calls,
      database: 'd',
      calls,
      total: '5',
      row_count: '1',
      since: '0',
      form: 'text',
      text_hash: calls,
    });
    const info: Row = { now: '1000', enabled: '1' };
    const rows = [row('1'), row('NaN'), row('2')];
    const answers = (sql: string) =>
      sql.includes('AS enabled') ? [info] : sql.includes('histogram') ? [] : rows;
    const connection = { query: async (sql: string) => answers(sql) };
    for (const read of [readMysql, readMariadb]) {
      const { statements, cut } = await read(
        connection as unknown as MysqlConnection,
        { id: 'x' } as Server,
        1_000,
      );
      expect(statements.map(({ calls }) => calls)).toEqual([1, 2]);
      expect(cut).toBe(true);
    }
  });
});

describe('values', () => {
  it.each(['0', '-1', '1.5', '.5', '3e2', '18446744073709551615'])('%s is a number', (text) =>
    expect(numberOf(text)).toBe(Number(text)),
  );
  it.each([
    '',
    ' 1',
    'NaN',
    'Infinity',
    '1e400',
    '0x10',
    '1_0',
    'x',
    null,
    undefined,
    '9'.repeat(400),
  ])('%s is none', (text) => expect(numberOf(text)).toBeUndefined());
  it('a document of another shape is refused, and not quoted', () => {
    const read = () => jsonIn({ keys: '{"CANARY": 1}' }, 'keys', z.array(z.string()), []);
    expect(read).toThrow(AppError);
    expect(read).not.toThrow(/CANARY/);
    expect(jsonIn({ keys: null }, 'keys', z.array(z.string()), [])).toEqual([]);
  });
});
