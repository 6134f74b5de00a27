import { expect, it } from 'vitest';
import type { TableFacts } from '../../model/statistics.ts';
import type { WantedTable } from './facts-catalog.ts';
import { createFactsMemories } from './facts-memory.ts';

const minute = 60_000;
const wanted = (...columns: string[]): WantedTable => ({
  schema: 's',
  name: 't',
  columns,
  written: false,
});
const facts: TableFacts = {
  schema: 's',
  name: 't',
  rows: 1,
  pages: 1,
  neverAnalyzed: false,
  modifiedSinceAnalyze: 0,
  indexes: [],
};

function learnt(...columns: string[]) {
  const memories = createFactsMemories();
  memories.of('here', 0).learn([wanted(...columns)], [facts]);
  return memories;
}

it('what is known is not asked for again until it is old, in its place alone', () => {
  const memories = learnt('a');
  expect(memories.of('here', 9 * minute).missing([wanted('a')])).toEqual([]);
  expect(memories.of('here', 9 * minute).get(facts)).toBe(facts);
  expect(memories.of('here', 10 * minute).missing([wanted('a')])).toHaveLength(1);
  expect(memories.of('there', 0).missing([wanted('a')])).toHaveLength(1);
});

it('one question for all who ask of a table, with what was known before', () => {
  const asked = learnt('a')
    .of('here', 1)
    .missing([wanted('b'), { ...wanted('c'), written: true }]);
  expect(asked).toEqual([{ ...wanted('b', 'c', 'a'), written: true }]);
});

it('what turned out to be no table is not asked for again', () => {
  const memory = createFactsMemories().of('here', 0);
  memory.learn([wanted()], []);
  expect(memory.missing([wanted()])).toEqual([]);
  expect(memory.get(facts)).toBeUndefined();
});

it('another index anywhere beneath a relation: what is known of its database counts no more', () => {
  const memories = learnt('a');
  memories.of('here', 1).noticed(new Map([['1', '2/3']]));
  expect(memories.of('here', 1).get(facts)).toBe(facts);
  memories.of('there', 1).noticed(new Map([['1', '2/4']]));
  expect(memories.of('here', 1).get(facts)).toBe(facts);
  memories.of('here', 2).noticed(new Map([['1', '2/4']]));
  expect(memories.of('here', 2).get(facts)).toBeUndefined();
});
