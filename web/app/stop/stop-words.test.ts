import { expect, test } from 'vitest';
import type { StopProgress } from '../../data/answers.ts';
import { buttonWords, previewWords, progressWords, scopeOf } from './stop-words.ts';

test('a scope is what was chosen, once something is', () => {
  const choice = { namespace: '', targets: [] };
  expect(scopeOf({ ...choice, kind: 'all' })).toEqual({ all: true });
  expect(scopeOf({ ...choice, kind: 'namespace' })).toBeUndefined();
  expect(scopeOf({ ...choice, kind: 'namespace', namespace: 'shop' })).toEqual({
    namespaces: ['shop'],
  });
  expect(scopeOf({ ...choice, kind: 'these', targets: ['shop/a'] })).toEqual({
    targets: ['shop/a'],
  });
});

test('the button says how many, the text how many run', () => {
  expect(buttonWords(undefined)).toBe('Stop');
  const preview = { dryRun: true, running: 1, namespaces: {}, names: [] } as const;
  expect(buttonWords({ ...preview, targets: 9_988 })).toBe('Stop 9,988 targets');
  expect(previewWords({ ...preview, targets: 1 })).toMatch(/^1 cycle that runs now/);
});

const progress = (more: Partial<StopProgress>): StopProgress => ({
  id: 's',
  scope: { all: true },
  reason: '',
  since: 0,
  covered: 9,
  replicas: ['a', 'b'].map((pod) => ({ pod, confirmed: true, cancelled: 0, stillRunning: 0 })),
  confirmed: ['a'],
  waiting: ['b'],
  cancelled: 3,
  stillRunning: 1,
  done: false,
  ...more,
});

test('nothing is called stopped before every replica has said so', () => {
  expect(progressWords(undefined, 0).text).not.toMatch(/Stopped/);
  expect(progressWords(progress({}), 500)).toEqual({
    tone: 'info',
    text: '1 of 2 replicas confirm, 3 cycles cancelled; not confirmed by b; 1 cycle still running.',
  });
  expect(progressWords(progress({}), 2_500).tone).toBe('warning');
  expect(
    progressWords(
      progress({ done: true, confirmed: ['a', 'b'], waiting: [], stillRunning: 0 }),
      900,
    ),
  ).toEqual({ tone: 'stopped', text: 'Stopped. 2 of 2 replicas confirm, 3 cycles cancelled.' });
});
