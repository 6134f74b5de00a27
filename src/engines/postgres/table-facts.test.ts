import { expect, it } from 'vitest';
import { columnFacts } from './table-facts.ts';

const column = { name: 'a', type: 'int4', required: true };
const statistics = { nulls: 0.25, width: 4, distinct: -0.5 };

it('a share of the rows becomes how many values there are', () => {
  expect(columnFacts(column, statistics, 1_000)).toEqual({
    name: 'a',
    type: 'int4',
    nullable: false,
    nulls: 0.25,
    width: 4,
    distinct: 500,
    commonest: 0.0015,
  });
});

it('the share of the commonest is the server’s where it has one', () => {
  const uneven = { ...statistics, distinct: 3, commonest: 0.7, correlation: -1 };
  expect(columnFacts(column, uneven, 1_000)).toMatchObject({
    distinct: 3,
    commonest: 0.7,
    correlation: -1,
  });
});

it('what the role may not read is absent', () => {
  expect(columnFacts(column, undefined, 1_000)).toEqual({
    name: 'a',
    type: 'int4',
    nullable: false,
  });
});
