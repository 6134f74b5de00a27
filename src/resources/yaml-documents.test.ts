import { expect, it } from 'vitest';
import { splitDocuments } from './yaml-documents.ts';

const limits = { characters: 10_000, tokens: 10_000, documents: 3 };

it.each([
  ['as many as there may be', '---\na: 1\n'.repeat(3), 3],
  ['the first without its sign', 'a: 1\n---\nb: 1\n---\nc: 1\n', 3],
  ['each with its end', 'a: 1\n...\n'.repeat(2), 2],
  ['comments behind the last', `${'---\na: 1\n'.repeat(3)}# that is all\n\n`, 3],
])('takes %s', (_, text, count) => {
  const { documents, refusal } = splitDocuments(text, limits);
  expect(refusal).toBeUndefined();
  expect(documents.filter((each) => each.text.includes(': 1'))).toHaveLength(count);
});

it.each([
  ['one more', '---\na: 1\n'.repeat(4)],
  ['one more without a word', '---\n'.repeat(4)],
  ['one more behind an end', `${'a: 1\n...\n'.repeat(3)}a: 1\n`],
])('refuses %s', (_, text) => {
  const { documents, refusal } = splitDocuments(text, limits);
  expect(refusal).toBe('more than 3 documents');
  expect(documents).toHaveLength(3);
});
