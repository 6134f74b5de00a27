import { expect, test } from 'vitest';
import {
  type FindingAnswer,
  findingCommand,
  findingsSentence,
  savesWords,
} from './finding-words.ts';

const finding = (rule: string, saves?: number) =>
  ({ rule, saves, namespace: 'shop', name: 'orders', fingerprint: 'f1' }) as FindingAnswer;

test('what saves most is named first', () => {
  const counts = [{ rule: 'full-scan', critical: 2, warning: 10, info: 0 }];
  expect(findingsSentence([finding('a', 0.1), finding('b', 0.31)], 12, counts)).toEqual({
    answer: '12 findings, 2 critical.',
    rest: 'Fix first: b at shop/orders, which could save up to 31% of its database time.',
  });
});
test('nothing, and nothing that is known to save', () => {
  expect(findingsSentence([], 0, []).answer).toBe('Nothing to fix.');
  expect(findingsSentence([], 0, [], false).answer).toBe('Nothing is known yet.');
  expect(findingsSentence([finding('a')], 1, [])).toEqual({ answer: '1 finding.', rest: '' });
});
test.each([
  [undefined, '–'],
  [0.004, '< 1%'],
  [0.306, '31%'],
])('%s saves %s', (saves, words) => expect(savesWords(saves)).toBe(words));
test('the command line does the same', () => {
  expect(findingCommand(finding('full-scan'), 'snooze')).toBe(
    'snooze shop/orders full-scan f1 --until 7d',
  );
});
