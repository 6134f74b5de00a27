import { expect, test } from 'vitest';
import { placeIn } from './yaml-place.ts';

/** `|` is the cursor. */
const at = (marked: string) => {
  const offset = marked.indexOf('|');
  const { path, key, word, siblings } = placeIn(marked.replace('|', ''), offset);
  return { path: path.join('.'), key, word, siblings: [...siblings].sort().join() };
};

test('a key, with what is beside it', () => {
  expect(at('spec:\n  engine: mysql\n  con|\n  safety:\n    lockTimeout: 1s\n')).toEqual({
    path: 'spec',
    key: undefined,
    word: 'con',
    siblings: 'engine,safety',
  });
});

test('an empty line takes its depth from the cursor', () => {
  expect(at('spec:\n  connection:\n    host: a\n    |').path).toBe('spec.connection');
  expect(at('spec:\n  connection:\n    host: a\n  |').path).toBe('spec');
});

test('a value is of its key', () => {
  expect(at('spec:\n  engine: po|')).toMatchObject({ path: 'spec', key: 'engine', word: 'po' });
});

test('entries of lists', () => {
  const list = 'spec:\n  collection:\n    blackouts:\n      - start: "22:00"\n        |';
  expect(at(list)).toMatchObject({ path: 'spec.collection.blackouts.[]', siblings: 'start' });
  expect(at('spec:\n  findings:\n    mute:\n      - ru|').path).toBe('spec.findings.mute.[]');
});

test('another document is another manifest', () => {
  expect(at('kind: Secret\n---\nkind: DatabaseTarget\n|').siblings).toBe('kind');
});
