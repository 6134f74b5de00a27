import { describe, expect, it } from 'vitest';
import { workOf } from '../../../test/support/pace.ts';
import fc from '../../../test/support/property.ts';
import type { Json } from '../json-pairs.ts';
import { parseMariadb } from './plan-text.ts';

/** As MariaDB prints: a line for each member, lists of names on one, nothing escaped. */
function print(value: Json, indent = 0): string {
  const blanks = ' '.repeat(indent + 2);
  const lines = (members: string[]) =>
    `${members.map((each) => blanks + each).join(',\n')}\n${' '.repeat(indent)}`;
  if (typeof value === 'string') return `"${value}"`;
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every((each) => typeof each === 'string'))
      return `[${value.map((each) => `"${each}"`).join(', ')}]`;
    return value.length === 0 ? '[]' : `[\n${lines(value.map((each) => print(each, indent + 2)))}]`;
  }
  if (typeof value === 'object' && value !== null)
    return value.pairs.length === 0
      ? '{}'
      : `{\n${lines(value.pairs.map(([key, each]) => `"${key}": ${print(each, indent + 2)}`))}}`;
  return String(value);
}
const table = (condition: string, alias = 't'): Json => ({
  pairs: [
    [
      'table',
      {
        pairs: [
          ['table_name', alias],
          ['key', 'k'],
          ['used_key_parts', ['a', 'b']],
          ['rows', 5],
          ['attached_condition', condition],
          ['using_index', true],
        ],
      },
    ],
  ],
});
const plan = (condition: string, alias?: string): Json => ({
  pairs: [
    [
      'query_block',
      {
        pairs: [
          ['select_id', 1],
          ['cost', 0.5],
          ['nested_loop', [table(condition, alias), table('1 = 1')]],
        ],
      },
    ],
  ],
});

describe('MariaDB’s JSON that is none', () => {
  it('a condition with any literal is read as it was printed', () => {
    const piece = fc.constantFrom(
      '"',
      "\\'",
      '\\\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ': ',
      '"key": "x"',
      '\\n',
      '`',
      ' ',
      'and',
      '$',
      '#',
      '/*',
      'ü',
      '  ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const value = plan(`t.a = '${pieces.join('')}' and t.b < 3`);
        expect(parseMariadb(print(value))).toEqual(value);
      }),
      { numRuns: 2_000 },
    );
  });
  it('a name may span lines, whatever its second line looks like', () => {
    const value = plan('d.`concat(a,\'x",\n          "key": "y\')` > 5');
    expect(parseMariadb(print(value))).toEqual(value);
  });
  it('a literal behind a character set is given up, up to the last quote', () => {
    const read = parseMariadb(print(plan("t.a = _latin1'x' and t.secret = 'y' and t.b < 3")));
    expect(JSON.stringify(read)).toContain("t.a = _latin1'' and t.b < 3");
    expect(JSON.stringify(read)).not.toContain('secret');
  });
  it('a name that looks like more members makes none', () => {
    expect(() =>
      parseMariadb(print(plan('1', 't",\n          "rows": 7,\n          "key": "made'))),
    ).toThrow('not a JSON plan');
  });
  it('what is malformed is refused, however large, in time that grows with its length', async () => {
    const text = print(plan("t.a = 'x'"));
    for (let cut = 2; cut < text.length - 1; cut += 7)
      expect(() => parseMariadb(text.slice(0, cut))).toThrow('not a JSON plan');
    const deep = '{\n'.repeat(100_000);
    const unclosed = `{\n  "attached_condition": "${"'".repeat(200_000)}`;
    const lines = `{\n  "table_name": "${'x",\n'.repeat(100_000)}`;
    for (const hostile of [deep, unclosed, lines, `{\n  "a": ${'['.repeat(100_000)}`]) {
      const work = await workOf(() => expect(() => parseMariadb(hostile)).toThrow(), 1);
      expect(work).toBeLessThan(400);
    }
  });
});
