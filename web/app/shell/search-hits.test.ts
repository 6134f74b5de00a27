import { expect, test } from 'vitest';
import type { SearchAnswer } from '../../data/answers.ts';
import { hitGroups, searchGap } from './search-hits.ts';

const answer: SearchAnswer = {
  q: 'orders',
  targets: {
    items: [
      {
        uid: 'u',
        namespace: 'shop',
        name: 'orders',
        engine: 'postgres',
        state: 'collecting',
        kind: 'well',
        why: null,
      },
    ],
    more: true,
  },
  statements: {
    items: [
      {
        target: 'u',
        namespace: 'shop',
        name: 'orders',
        fingerprint: 'f1',
        database: 'shop',
        text: 'SELECT * FROM orders',
        lastSeen: 1,
      },
    ],
    more: false,
    whole: false,
  },
  findings: { items: [], more: false },
};

test('each hit leads to its page; kinds in which nothing was found are left out', () => {
  expect(hitGroups(answer)).toEqual([
    {
      title: 'Targets',
      more: true,
      hits: [
        { key: 'u', to: '/t/shop/orders', tone: 'calm', title: 'shop/orders', note: 'collecting' },
      ],
    },
    {
      title: 'Statements',
      more: false,
      hits: [
        {
          key: 'u f1',
          to: '/t/shop/orders/q/f1',
          title: 'SELECT * FROM orders',
          note: 'shop/orders',
        },
      ],
    },
  ]);
});

test('what was not looked through is said', () => {
  expect(searchGap(answer)).toMatch(/^There are too many statements/);
  expect(searchGap({ ...answer, problem: 'away' })).toMatch(/could not be looked through/);
  expect(searchGap({ ...answer, statements: { ...answer.statements, whole: true } })).toBe(
    undefined,
  );
});
