import { describe, expect, it } from 'vitest';
import {
  type Kept,
  mostCharacters,
  mostKept,
  type Recent,
  readRecent,
  switched,
  withKept,
  withoutKept,
  writeRecent,
} from './recent.ts';

const plan = (id: string, packed = `v1.${id}`): Kept => ({
  id,
  name: `${id}.txt`,
  at: 0,
  what: 'PostgreSQL text',
  sentence: '80% of the time is a sort.',
  packed,
});
const empty: Recent = { on: true, kept: [] };
const ids = ({ kept }: Recent) => kept.map(({ id }) => id);

describe('what is kept', () => {
  it('has the newest first, each plan once', () => {
    const kept = [plan('a'), plan('b'), { ...plan('c'), packed: 'v1.a' }].reduce(withKept, empty);
    expect(ids(kept)).toEqual(['c', 'b']);
    expect(ids(withoutKept(kept, 'c'))).toEqual(['b']);
  });
  it('is bounded by number and by size', () => {
    const many = Array.from({ length: 50 }, (_, i) => plan(String(i)));
    expect(many.reduce(withKept, empty).kept).toHaveLength(mostKept);
    const large = [1, 2, 3].map((i) => plan(String(i), String(i).repeat(mostCharacters / 2)));
    expect(ids(large.reduce(withKept, empty))).toEqual(['3', '2']);
    expect(withKept(empty, plan('x', 'x'.repeat(mostCharacters + 1)))).toEqual(empty);
  });
  it('is nothing where it is switched off, and then forgets', () => {
    const kept = withKept(empty, plan('a'));
    expect(switched(kept, false)).toEqual({ on: false, kept: [] });
    expect(withKept({ on: false, kept: [] }, plan('a')).kept).toEqual([]);
  });
});

describe('where it is kept', () => {
  const storageWith = (stored: string | null) => ({
    getItem: () => stored,
    setItem(_: string, value: string) {
      stored = value;
    },
    removeItem() {
      stored = null;
    },
  });
  it('comes back', () => {
    const storage = storageWith(null);
    const kept = withKept(empty, plan('a'));
    expect(writeRecent(storage, kept)).toBe(true);
    expect(readRecent(storage, false)).toEqual(kept);
  });
  it.each([null, '{', '7', '[]', '{"kept":[{"id":1}]}'])('is empty: %s', (stored) => {
    expect(readRecent(storageWith(stored), true)).toEqual(empty);
  });
  it('takes no entry that is none', () => {
    const stored = JSON.stringify({ on: true, kept: [plan('a'), null, { id: 'b' }, 7] });
    expect(ids(readRecent(storageWith(stored), false))).toEqual(['a']);
  });
  it('does without, and says so', () => {
    const refuses = () => {
      throw new DOMException('no', 'SecurityError');
    };
    const storage = { getItem: refuses, setItem: refuses, removeItem: refuses };
    expect(readRecent(storage, true)).toEqual(empty);
    expect(writeRecent(storage, empty)).toBe(false);
  });
});
