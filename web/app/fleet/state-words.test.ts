import { expect, test } from 'vitest';
import { engineWords, looksOf, podWord } from './state-words.ts';

test.each([
  ['postgres', '18.3', 'PostgreSQL 18.3'],
  ['mysql', '9.7.4', 'MySQL 9.7'],
  ['mariadb', '11.8.2-MariaDB-log', 'MariaDB 11.8'],
  ['postgres', null, 'PostgreSQL'],
  ['oracle', '23', 'oracle 23'],
  [null, null, 'not understood'],
])('%s %s', (engine, version, words) => expect(engineWords(engine, version)).toBe(words));

test('a state of another version is shown as it is called', () => {
  expect(looksOf('hibernating')).toEqual({ word: 'hibernating', tone: 'unknown' });
  expect(looksOf('toString').tone).toBe('unknown');
});

test.each([
  ['dbintel-6d9c7f5b-x2x4k', 'x2x4k'],
  ['laptop', 'laptop'],
  ['odd-', 'odd-'],
])('of %s the part that differs', (pod, word) => expect(podWord(pod)).toBe(word));
