import type { SqlWords } from './dialect.ts';

/**
 * In the place of SQL for a database that is only read: nobody could try here what would be
 * written. Of its tables nothing is known either, and so rules that would write some are silent.
 */
export const sqlInWords: SqlWords = {
  quote: (name) => name,
  createIndex: () => undefined,
  invertedIndex: () => undefined,
  dropIndex: (_, index) => `Drop the index ${index}.`,
  analyzeTable: ({ name }) => `Gather statistics of ${name} anew.`,
  estimateRows: ({ name }) => `Ask the catalogs how many rows ${name} has.`,
  indexableCalls: new Set(),
  expressionIndexAdvice: 'Or an index on the expression.',
  patternAdvice: 'An index of words, where words are looked for.',
  documentAdvice: 'A column of its own for what is looked for in the document.',
};
