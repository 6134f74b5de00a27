import { expect, it } from 'vitest';
import { parsePairs } from '../json-pairs.ts';
import { withBackticks } from './ansi-names.ts';

const respelled = (json: string) => withBackticks(parsePairs(json)).pairs;

it('spells names with backticks in conditions, and leaves literals and plain names alone', () => {
  expect(
    respelled(
      '{"attached_condition": "(\\"o\\".\\"a`b\\" = \'x\\"y\')", ' +
        '"table_name": "\\"o\\"", "rows": 5}',
    ),
  ).toEqual([
    ['attached_condition', "(`o`.`a``b` = 'x\"y')"],
    ['table_name', '"o"'],
    ['rows', 5],
  ]);
});
