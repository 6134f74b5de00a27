import type { CycleResult } from '../../../src/collection/cycle.ts';
import type { BatchQuery } from '../../../src/model/batch.ts';

/** What a cycle says of a statement, by a part of its text. */
export function find({ batch }: CycleResult, part: string): BatchQuery {
  const query = batch.queries.find(({ text }) => text?.toLowerCase().includes(part.toLowerCase()));
  if (query) return query;
  const there = batch.queries.map((each) => [each.text, code(each)]);
  throw new Error(
    `not selected: ${part}; there were ${JSON.stringify(there)}; ` +
      `${JSON.stringify(batch.cycle.outcome)}`,
  );
}

export const codeOf = (result: CycleResult, part: string): string => code(find(result, part));

const code = ({ result }: BatchQuery) => (result.kind === 'refused' ? result.code : 'plan');
