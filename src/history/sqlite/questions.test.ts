import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from './database.ts';
import { createQuestions } from './questions.ts';

/**
 * The file is read on the one thread: a question about some statements of a large target reads
 * those, and not the whole of it.
 */
const db = openDatabase(':memory:');
const questions = createQuestions(db);
const statements = 1_500;
const hours = 48;
/** Read as a whole for each statement, the least of them takes seconds. */
const most_ms = 400;

beforeAll(() => {
  const numbers = (count: number) => JSON.stringify(Array.from({ length: count }, (_, i) => i));
  db.prepare(
    `INSERT INTO query (target, fingerprint, native_id, database, first_seen, last_seen)
     SELECT 'uid', 'f' || value, '1', 'shop', 0, 0 FROM json_each(?)`,
  ).run(numbers(statements));
  db.prepare(
    `INSERT INTO usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
     SELECT 'uid', q.fingerprint, h.value, 1, h.value, 0, 0 FROM json_each(?) h CROSS JOIN query q`,
  ).run(numbers(hours));
});
afterAll(() => db.close());

const signal = new AbortController().signal;
it.each<[string, number, () => Promise<readonly unknown[]>]>([
  ['queries', 100, () => questions.queries({ target: 'uid', since: 0, limit: 100 })],
  [
    'recall of 100, five times',
    500,
    async () => {
      const keys = Array.from({ length: 100 }, (_, i) => `f${i * 9}`);
      const all = [];
      for (let i = 0; i < 5; i += 1) all.push(...(await questions.recall('uid', keys)));
      return all;
    },
  ],
  [
    'series of 30 statements',
    30,
    () =>
      Promise.all(
        Array.from({ length: 30 }, async (_, i) => {
          const range = { target: 'uid', fingerprint: `f${i}`, since: 0, until: 1e12 };
          expect((await questions.series(range)).length).toBe(hours);
        }),
      ),
  ],
  [
    'the whole workload',
    statements,
    () => Array.fromAsync(questions.workload({ target: 'uid', since: 0, signal })),
  ],
])('%s: %i answers, soon', async (_, count, ask) => {
  const before = process.threadCpuUsage();
  expect((await ask()).length).toBe(count);
  const { user, system } = process.threadCpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(most_ms);
});
