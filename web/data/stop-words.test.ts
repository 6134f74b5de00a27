import { expect, test } from 'vitest';
import { scopeWords } from './stop-words.ts';

test.each([
  [{ all: true as const }, 'everything'],
  [{ namespaces: ['shop'] }, 'namespace shop'],
  [{ targets: ['a/1', 'a/2', 'a/3', 'a/4', 'a/5'] }, 'targets a/1, a/2, a/3 and 2 more'],
  [{ selector: { matchLabels: { tier: 'gold' } } }, 'targets with tier=gold'],
  [
    {
      selector: { matchExpressions: [{ key: 'env', operator: 'In' as const, values: ['a', 'b'] }] },
    },
    'targets with env In a|b',
  ],
  [{ selector: {} }, 'targets with any label'],
])('a stop of %j', (scope, words) => expect(scopeWords(scope)).toBe(words));
