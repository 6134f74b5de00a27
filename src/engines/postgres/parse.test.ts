import { beforeAll, describe, expect, it } from 'vitest';
import { processorTime } from '../../../test/support/pace.ts';
import { parseStatement, ready } from './parse.ts';
import { makeTemplate } from './repair.ts';

beforeAll(() => ready);

const list = (count: number, of: (i: number) => string, between = ', ') =>
  Array.from({ length: count }, (_, i) => of(i)).join(between);

const parsed = (text: string) => {
  const read = parseStatement(text, 1_048_576);
  if (read.kind === 'refused') throw new Error(`${read.code} ${read.detail}`);
  return read;
};

/** Milliseconds, of the fastest of three. */
function taken(text: string): number {
  return Math.min(...[1, 2, 3].map(() => processorTime(() => parsed(text))));
}

/** Work by the square of a text's length took seconds to minutes, or all memory. */
describe('a text with four times as many of one thing takes some four times as long', () => {
  const cases: [string, number, (n: number) => string][] = [
    [
      'common table expressions',
      8_000,
      (n) => `WITH ${list(n, (i) => `c${i} AS (SELECT 1 FROM t)`)} SELECT * FROM c1`,
    ],
    [
      'tables locked by name',
      16_000,
      (n) => `SELECT 1 FROM ${list(n, (i) => `t${i}`)} FOR UPDATE OF ${list(n, (i) => `t${i}`)}`,
    ],
    [
      'locks within one another',
      800,
      (n) =>
        `${'SELECT * FROM ('.repeat(n)}SELECT 1 FROM ${list(2 * n, (i) => `t${i}`)}` +
        list(n, (i) => `) q${i} FOR UPDATE`, ''),
    ],
    [
      'groups within one another',
      1_500,
      (n) => `${'SELECT ('.repeat(n)}SELECT $1${') FROM t GROUP BY a'.repeat(n)}`,
    ],
    [
      'columns in a list, grouped and in order',
      20_000,
      (n) => {
        const columns = list(n, (i) => `a${i}`);
        return `SELECT ${columns} FROM t GROUP BY ${columns} ORDER BY ${columns}`;
      },
    ],
    ['aggregates', 40_000, (n) => `SELECT ${list(n, () => 'sum(a)')} FROM t`],
    [
      'columns that join two tables',
      100_000,
      (n) => `SELECT 1 FROM t JOIN u USING (${list(n, () => 'abc')})`,
    ],
  ];
  it.each(cases)(
    '%s',
    (_, most, make) => {
      const few = taken(make(most / 4));
      // Twice, since others work on the machine, too.
      const many = Math.min(taken(make(most)), taken(make(most)));
      expect(many).toBeLessThan(Math.max(1_000, 11 * few));
    },
    60_000,
  );

  it('parameters', () => {
    const text = `SELECT 1 FROM t WHERE a IN (${list(130_000, (i) => `$${i + 1}`, ',')})`;
    expect(makeTemplate(text, parsed(text)).paramCount).toBe(130_000);
    const few = 'SELECT $2147483647, $7';
    expect(makeTemplate(few, parsed(few))).toMatchObject({
      paramCount: 2,
      gaps: [{ number: 2 }, { number: 1 }],
    });
  });
});

describe('which tables a lock needs a right on', () => {
  it.each([
    ['SELECT 1 FROM a, b AS x FOR UPDATE OF x', ['b']],
    ['SELECT 1 FROM a JOIN b ON true, c FOR UPDATE OF a FOR SHARE OF c', ['c', 'a']],
    ['SELECT 1 FROM (SELECT 1 FROM a, (SELECT 1 FROM b) y) x, c FOR UPDATE OF x', ['b', 'a']],
    ['SELECT 1 FROM (SELECT 1 FROM b FOR UPDATE) x, c FOR UPDATE', ['c', 'b']],
    ['WITH a AS (SELECT 1) SELECT 1 FROM a, s.a, b FOR UPDATE', ['b', 'a']],
  ])('%s', (text, tables) => expect(parsed(text).rights.map(({ name }) => name)).toEqual(tables));
});
