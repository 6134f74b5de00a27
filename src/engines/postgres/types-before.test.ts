import { expect, it } from 'vitest';
import { createLru } from '../../base/lru.ts';
import { parseStatement, ready } from './parse.ts';
import { makeTemplate } from './repair.ts';
import { typesBefore } from './types-before.ts';

await ready;

const read = (text: string) => {
  const parsed = parseStatement(text, 10_000);
  if (parsed.kind === 'refused') throw new Error(parsed.code);
  return makeTemplate(text, parsed);
};
const known = createLru<string, string>(100);
const before = typesBefore(known, () => 'shop .t');

it('of parameters that stand as others did before, in statements over the same tables', () => {
  before.learn(read('SELECT a FROM t WHERE a = $1 AND b >= $2 LIMIT $3'), [
    'integer',
    'numeric',
    'bigint',
  ]);
  expect(before.of(read('SELECT b FROM t WHERE a =  $1 ORDER BY b LIMIT $2'))).toEqual([
    'integer',
    'bigint',
  ]);
  expect(before.of(read('SELECT b FROM t WHERE a = $1 AND c = $2'))).toBeUndefined();
  expect(before.of(read('SELECT b FROM t WHERE a = $1 + b'))).toBeUndefined();
  expect(before.of(read('SELECT b FROM t WHERE a = $1::int8'))).toBeUndefined();
  expect(
    typesBefore(known, () => 'shop .u').of(read('SELECT b FROM u WHERE a = $1')),
  ).toBeUndefined();
});

it('the last that was told counts; what cannot be both is neither', () => {
  before.learn(read('SELECT a FROM t WHERE a = $1'), ['bigint']);
  expect(before.of(read('SELECT c FROM t WHERE a = $1'))).toEqual(['bigint']);
  before.learn(read('SELECT a FROM t WHERE c = $1'), ['text']);
  expect(before.of(read('SELECT c FROM t WHERE a = $1 OR c = $1'))).toBeUndefined();
});

it('the second member of a squashed list is of the type of the first', () => {
  before.learn(read('SELECT a FROM t WHERE d IN ($1 /*, ... */)'), ['date', 'date']);
  expect(before.of(read('SELECT c FROM t WHERE d IN ($1 /*, ... */)'))).toEqual(['date', 'date']);
});

it('a statement of many parameters takes no room of others, a long text no time', () => {
  const list = (count: number, from: number) =>
    Array.from({ length: count }, (_, i) => `x${from + i} = $${i + 1}`).join(' AND ');
  const crowd = read(`SELECT a FROM t WHERE ${list(101, 0)}`);
  before.learn(
    crowd,
    crowd.gaps.map(() => 'integer'),
  );
  expect(before.of(read('SELECT c FROM t WHERE x7 = $1'))).toBeUndefined();
  const long = {
    ...read('SELECT c FROM t WHERE a = $1'),
    pieces: [`${'x '.repeat(500_000)} z =`, ''],
  };
  before.learn(long, ['text']);
  expect(before.of(long)).toEqual(['text']);
  const tables = typesBefore(known, () => 't'.repeat(301));
  tables.learn(long, ['text']);
  expect(tables.of(long)).toBeUndefined();
});

it('no value of a text is kept', () => {
  const kept: string[] = [];
  const spy = { get: () => undefined, set: (key: string) => void kept.push(key), size: 0 };
  typesBefore(spy, () => 'shop .t').learn(read("SELECT a FROM t WHERE b = 'pass word' || $1"), [
    'text',
  ]);
  expect(kept).toHaveLength(1);
  expect(kept.join()).not.toContain('word');
});
