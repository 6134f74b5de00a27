import { expect, test } from 'vitest';
import type { PastStop, StopProgress } from '../../data/answers.ts';
import {
  buttonWords,
  coveredWords,
  didWords,
  endWords,
  previewWords,
  progressWords,
  scopeOf,
  scopeOptions,
  selectorOf,
} from './stop-words.ts';

test('a scope is what was chosen, once something is', () => {
  const choice = { namespace: '', selector: '', targets: [] };
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
    text: 'confirmed by 1 of 2 replicas, 3 cycles cancelled; not by b; 1 cycle still running.',
  });
  expect(progressWords(progress({}), 2_500).tone).toBe('warning');
  expect(
    progressWords(
      progress({ done: true, confirmed: ['a', 'b'], waiting: [], stillRunning: 0 }),
      900,
    ),
  ).toEqual({
    tone: 'stopped',
    text: 'Stopped, confirmed by 2 of 2 replicas, 3 cycles cancelled.',
  });
});

test('labels are read as the command reads them, and not before they are whole', () => {
  expect(selectorOf('tier=gold, app.io/env==prod')).toEqual({
    matchLabels: { tier: 'gold', 'app.io/env': 'prod' },
  });
  for (const text of ['', 'tier', 'tier=gold,', 'a b=c', 'tier in (x)'])
    expect(selectorOf(text), text).toEqual(
      text === 'tier=gold,' ? { matchLabels: { tier: 'gold' } } : undefined,
    );
  const choice = { kind: 'selector', namespace: '', selector: 'tier=gold, env=prod', targets: [] };
  expect(scopeOptions(choice as never)).toBe('--selector tier=gold,env=prod');
});

test('what a stop covers is said by namespace, the most of them first', () => {
  const preview = { dryRun: true, running: 0, names: [] } as const;
  expect(coveredWords({ ...preview, targets: 12, namespaces: { bank: 3, shop: 9 } })).toBe(
    '12 targets in 2 namespaces: shop 9, bank 3',
  );
});

const past = (more: Partial<PastStop>): PastStop => ({
  id: 's',
  scope: { all: true },
  reason: 'incident',
  since: 0,
  until: 720_000,
  sawEnd: true,
  covered: 9,
  cancelled: 2,
  replicas: [
    { pod: 'a', confirmedAt: 400, cancelled: 2 },
    { pod: 'b', confirmedAt: 1_100, cancelled: 0 },
  ],
  ...more,
});

test('of a past stop it is said what it did, how soon, and how it ended', () => {
  expect(didWords(past({}))).toBe(
    'covered 9 targets, cancelled 2 cycles, 2 replicas confirmed within 1.1 s',
  );
  expect(didWords(past({ covered: null, cancelled: null, replicas: [] }))).toBe(
    'what replicas did is not known',
  );
  expect(didWords(past({ replicas: [{ pod: 'c', cancelled: 0 }] }))).toContain(
    'never confirmed by c',
  );
  expect(endWords(past({ liftedBy: 'eva' }))).toMatch(/^for 12 min, until .*, lifted by eva$/);
  expect(endWords(past({ sawEnd: false }))).toContain('last seen in force');
});
