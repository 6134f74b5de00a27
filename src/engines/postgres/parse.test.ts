import { beforeAll, describe, expect, it } from 'vitest';
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
  const times = [1, 2, 3].map(() => {
    const before = performance.now();
    parsed(text);
    return performance.now() - before;
  });
  return Math.min(...times);
}

/** Work by the square of a text's length took seconds to minutes, or all memory. */
describe('a text with thousands of one thing holds nothing up', () => {
  it.each([
    [
      'common table expressions',
      `WITH ${list(12_000, (i) => `c${i} AS (SELECT 1 FROM t)`)} SELECT * FROM c1`,
    ],
    [
      'tables locked by name',
      `SELECT 1 FROM ${list(40_000, (i) => `t${i}`)} FOR UPDATE OF ${list(40_000, (i) => `t${i}`)}`,
    ],
    [
      'locks within one another',
      `${'SELECT * FROM ('.repeat(800)}SELECT 1 FROM ${list(2_000, (i) => `t${i}`)}` +
        list(800, (i) => `) q${i} FOR UPDATE`, ''),
    ],
    [
      'groups within one another',
      `${'SELECT ('.repeat(1_500)}SELECT $1${') FROM t GROUP BY a'.repeat(1_500)}`,
    ],
    [
      'columns in a list, grouped and in order',
      `SELECT ${list(40_000, (i) => `a${i}`)} FROM t GROUP BY ${list(40_000, (i) => `a${i}`)}` +
        ` ORDER BY ${list(40_000, (i) => `a${i}`)}`,
    ],
    ['aggregates', `SELECT ${list(80_000, () => 'sum(a)')} FROM t`],
    [
      'columns that join two tables',
      `SELECT 1 FROM t JOIN u USING (${list(150_000, () => 'abc')})`,
    ],
  ])('%s', (_, text) => expect(taken(text)).toBeLessThan(1_500));

  it('parameters', () => {
    const text = `SELECT 1 FROM t WHERE a IN (${list(130_000, (i) => `$${i + 1}`, ',')})`;
    expect(makeTemplate(text, parsed(text)).paramCount).toBe(130_000);
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
