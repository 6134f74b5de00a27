import { afterAll, expect, it } from 'vitest';
import { openDatabase } from './database.ts';
import * as sql from './statements.ts';

/**
 * The file is read on the one thread: a question about some statements of a large target looks up
 * those, and does not read the whole of it for each.
 */
const db = openDatabase(':memory:');
afterAll(() => db.close());
const stepsOf = (statement: string) =>
  db
    .prepare(`EXPLAIN QUERY PLAN ${statement}`)
    .all()
    .map(({ detail }) => String(detail));

it.each([
  ['recall', sql.recall, 'q USING PRIMARY KEY (target=? AND fingerprint=?)'],
  ['describe', sql.describe, 'q USING PRIMARY KEY (target=? AND fingerprint=?)'],
  ['series', sql.usageByHour, 'u USING PRIMARY KEY (target=? AND hour=? AND fingerprint=?)'],
  ['sightings', sql.sightingsByHour, 's USING PRIMARY KEY (target=? AND fingerprint=?)'],
  ['queries', sql.queries('impact'), 'usage USING PRIMARY KEY (target=? AND hour>? AND hour<?)'],
  ['an hour', sql.usageOfHour, 'usage USING PRIMARY KEY (target=? AND hour=?)'],
])('%s: by the whole key', (_, statement, search) => {
  expect(stepsOf(statement)).toContain(`SEARCH ${search}`);
});
it('use is added up once, and not for each statement', () => {
  const steps = stepsOf(sql.queries('regression'));
  const searches = steps.filter((step) => step.startsWith('SEARCH usage'));
  expect([steps.includes('MATERIALIZE used'), searches.length]).toEqual([true, 1]);
});
