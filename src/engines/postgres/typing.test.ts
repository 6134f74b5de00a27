import { describe, expect, it } from 'vitest';
import { processorTime } from '../../../test/support/pace.ts';
import { parseStatement, ready } from './parse.ts';
import { makeTemplate, withConstants, withParams } from './repair.ts';
import {
  candidateTypings,
  guessCasts,
  guessesToTry,
  learnHabit,
  newHabits,
  startWithParams,
} from './typing.ts';

await ready;

const read = (text: string) => {
  const parsed = parseStatement(text, 100_000);
  if (parsed.kind === 'refused') throw new Error(parsed.code);
  return makeTemplate(text, parsed);
};

describe('which typing is asked about', () => {
  const template = read(
    'SELECT c FROM t WHERE a = $1 AND b = $2 AND id > $3 AND id < $4 AND d = $5 AND e = $6 AND f ' +
      '= $7 LIMIT $8',
  );
  const inferred = ['integer', 'integer', 'bigint', 'bigint', 'text', 'text', 'text', 'bigint'];

  it('first what is likeliest, then what was right before', () => {
    const [first] = candidateTypings(inferred, template, newHabits());
    expect(first && withConstants(template, first)).toBe(
      'SELECT c FROM t WHERE a = NULL::integer AND b = NULL::integer AND id > NULL::integer AND ' +
        'id < NULL::integer AND d = NULL::text AND e = NULL::text AND f = NULL::text LIMIT ' +
        '(NULL::integer)',
    );
    const habits = newHabits();
    learnHabit(habits, 'integer after 2', 1);
    const [alike] = candidateTypings(inferred, template, habits);
    expect(alike && withConstants(template, alike)).toBe(
      'SELECT c FROM t WHERE a = $1 AND b = $2 AND id > NULL::integer AND id < NULL::integer AND ' +
        'd = NULL::text AND e = NULL::text AND f = NULL::text LIMIT (NULL::integer)',
    );
  });

  it.each([1, 10, 100, 9_000])('of %i literals: integers first, and soon', (many) => {
    const list = Array.from({ length: many }, (_, i) => `$${i + 1}`).join();
    const long = read(`SELECT id FROM t WHERE a IN (${list}) AND b = $${many + 1}`);
    let of: ReturnType<typeof candidateTypings> = [];
    const taken = processorTime(() => {
      of = candidateTypings([...Array(many).fill('bigint'), 'text'], long, newHabits());
    });
    expect(taken).toBeLessThan(5_000);
    expect(of[0]).toMatchObject({ kind: 'integer', real: 0 });
    expect(of.length).toBeLessThanOrEqual(40);
  });

  it('literals come after parameters, in the order of the text', () => {
    const reals = (text: string, types: string[]) => [
      ...new Set(candidateTypings(types, read(text), newHabits()).map(({ real }) => real)),
    ];
    expect(
      reals('SELECT $3 AS one FROM t WHERE a = $1 LIMIT $2', ['text', 'integer', 'bigint']),
    ).toEqual([2]);
    expect(
      reals('SELECT 1 FROM t WHERE a = $1 AND b > now() - interval $2', ['integer', 'interval']),
    ).toEqual([0, 1]);
  });

  it('begins with parameters unless literals are the habit, or the text shows one', () => {
    expect(startWithParams(template, newHabits())).toBe(true);
    const habits = newHabits();
    learnHabit(habits, 'integer', 1);
    expect(startWithParams(template, habits)).toBe(false);
    expect(startWithParams(read('SELECT $1::text, date $2'), newHabits())).toBe(false);
  });

  it('spends fewer where guesses were in vain', () => {
    const habits = newHabits();
    const guesses = Array.from({ length: 9 }, (_, i) => i);
    expect(guessesToTry(guesses, habits, 0)).toEqual([0, 1, 2, 3, 4, 5]);
    for (let i = 0; i < 20; i += 1) learnHabit(habits, undefined, 1);
    // one, but not always the same one: among the first there was none that fits
    expect(guesses.flatMap(() => guessesToTry(guesses, habits, 0))).toEqual(guesses);
    expect(guessesToTry([], habits, 0)).toEqual([]);
    learnHabit(habits, 'integer', 1);
    expect(guessesToTry(guesses, habits, 0)).toHaveLength(6);
    expect(guessesToTry(guesses, habits, 1)).toHaveLength(5);
  });
});

describe('texts that the server does not read back', () => {
  it.each([
    ['SELECT timestamp with time zone $1', 'SELECT $1::timestamp with time zone'],
    [
      'SELECT timestamp(3) $1, double precision $2',
      'SELECT $1::timestamp(3), $2::double precision',
    ],
    ['SELECT now() - interval $1 hour', 'SELECT now() - $1::interval hour'],
    [
      'SELECT interval(3) $1, regclass $2, x."My Type" $3',
      'SELECT $1::interval(3), $2::regclass, $3::x."My Type"',
    ],
    ['SELECT extract($1 FROM at) FROM t', 'SELECT pg_catalog.extract($1::text, at) FROM t'],
    [
      'SELECT a FROM t WHERE b IN ($1 /*, ... */) AND c = $2',
      'SELECT a FROM t WHERE b IN ($1, $3) AND c = $2',
    ],
    [
      "SELECT date_trunc($1, at), count(*) FROM t WHERE a = $2 GROUP BY date_trunc('day', at)",
      "SELECT date_trunc('day', at), count(*) FROM t WHERE a = $1 GROUP BY date_trunc('day', at)",
    ],
    [
      "SELECT date_trunc($1, at), date_trunc($2, at) FROM t GROUP BY date_trunc('day', at), " +
        "date_trunc('month', at)",
      "SELECT date_trunc('day', at), date_trunc('month', at) FROM t GROUP BY date_trunc('day', " +
        "at), date_trunc('month', at)",
    ],
    [
      "SELECT to_char(date_trunc('month', at), $1) FROM t GROUP BY date_trunc($2, at)",
      "SELECT to_char(date_trunc('month', at), $1) FROM t GROUP BY date_trunc('month', at)",
    ],
    [
      'SELECT to_char(date_trunc($1, at), $2) FROM t WHERE b > $3 GROUP BY date_trunc($4, at)',
      'SELECT to_char(date_trunc($1, at), $2) FROM t WHERE b > $3 GROUP BY date_trunc($1, at)',
    ],
    [
      'SELECT extract($1 FROM at) FROM t GROUP BY extract(year FROM at)',
      'SELECT extract(year FROM at) FROM t GROUP BY extract(year FROM at)',
    ],
    [
      'SELECT floor(a / $1) * $2 FROM t GROUP BY floor(a / 100) * -5',
      'SELECT floor(a / 100) * -5 FROM t GROUP BY floor(a / 100) * -5',
    ],
  ])('%s', (text, wanted) => expect(withParams(read(text), [])).toBe(wanted));

  it('a count with a type stands in parentheses, without which the grammar takes none', () => {
    const text = 'SELECT a FROM t OFFSET $1 ROWS FETCH NEXT $2 ROWS ONLY';
    expect(withParams(read(text), ['bigint', 'bigint'])).toBe(
      'SELECT a FROM t OFFSET ($1::bigint) ROWS FETCH NEXT ($2::bigint) ROWS ONLY',
    );
  });

  it('a text of thousands of terms costs as many times more as it is longer', () => {
    const cost = (terms: number) => {
      const sums = Array.from({ length: terms }, (_, i) => `a + $${i + 1}`).join(', ');
      const text = `SELECT ${sums} FROM t ORDER BY a + 5`;
      return Math.min(...[1, 2, 3].map(() => processorTime(() => parseStatement(text, 1e6))));
    };
    const [short, long] = [cost(500), cost(4_000)]; // quadratic would be 64 times
    expect(long / short).toBeLessThan(24);
  });
});

it('guesses several open parameters together', () => {
  const template = read(
    'WITH RECURSIVE c AS (SELECT $1 AS n UNION ALL SELECT n + $2 FROM c WHERE n < $3) SELECT n ' +
      'FROM c',
  );
  const guesses = guessCasts(template, [undefined, undefined, undefined], {
    state: '42883',
    message: 'operator does not exist: text + unknown',
  });
  expect(guesses).toContainEqual(['integer', undefined, undefined]);
  expect(guesses).toContainEqual(['integer', 'integer', 'integer']);
});
