import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts';
import type { History } from '../history/backends.ts';
import { openSqliteHistory } from '../history/sqlite/sqlite-history.ts';
import type { Finding } from '../model/finding.ts';
import type { Opinion, Verdict } from '../model/verdict.ts';
import { createTargetVerdicts, type VerdictSources } from './target-verdicts.ts';

let history: History;
let clock: FakeClock;
let text: string | undefined;
let told: string[];
beforeEach(() => {
  history = openSqliteHistory(':memory:');
  clock = createFakeClock();
  text = undefined;
  told = [];
});
afterEach(() => history.close());

const verdictsOf = (others: Partial<VerdictSources> = {}) =>
  createTargetVerdicts({
    uid: 'uid',
    history,
    annotation: () => text,
    rules: ['spill', 'full-scan'],
    clock,
    onMistakes: (mistakes) => void told.push(...mistakes),
    ...others,
  });
const given = (rule: string, opinion: Opinion): Verdict => ({
  rule,
  fingerprint: 'f1',
  ...opinion,
  by: 'maria',
  at: 1,
  declared: false,
});
const dismissed: Opinion = { kind: 'dismissed', why: 'known' };
const put = (...verdicts: Verdict[]) => history.judge('uid', { put: verdicts, remove: [] });
const found: Pick<Finding, 'rule' | 'verdict'>[] = [{ rule: 'spill' }, { rule: 'full-scan' }];
const marks = async (verdicts = verdictsOf()) =>
  (await verdicts.read())('f1', found).map(({ rule, verdict }) =>
    `${rule} ${verdict ?? ''}`.trim(),
  );

describe('findings of a statement', () => {
  it('are marked by what history and annotation say of them', async () => {
    await put(given('spill', dismissed));
    text = 'full-scan@f1: accepted\nspill@f2: dismissed, of another statement';
    expect(await marks()).toEqual(['spill dismissed', 'full-scan accepted']);
  });
  it('are as found where nobody has said anything, or nothing is remembered', async () => {
    expect(await marks()).toEqual(['spill', 'full-scan']);
    text = 'spill@f1: accepted';
    expect(await marks(verdictsOf({ history: undefined }))).toEqual([
      'spill accepted',
      'full-scan',
    ]);
  });
  it('where the history is away, the annotation holds and nothing fails', async () => {
    text = 'spill@f1: accepted';
    const away = {
      verdicts: async () => undefined,
      judge: () => Promise.reject(new Error('away')),
    };
    expect(await marks(verdictsOf({ history: away }))).toEqual(['spill accepted', 'full-scan']);
  });
  it('lose what follows from them where that is muted by itself', async () => {
    await put(given('full-scan', dismissed));
    const also = [{ rule: 'full-scan', message: 'm' }];
    const mark = await verdictsOf().read();
    expect(mark('f1', [{ rule: 'spill', also }])).toEqual([{ rule: 'spill' }]);
    expect(mark('f2', [{ rule: 'spill', also }])).toEqual([{ rule: 'spill', also }]);
  });
});

describe('the history', () => {
  it('is brought in line with the annotation, and loses what is not in it any more', async () => {
    text = 'spill@f1: accepted';
    await put(given('full-scan', dismissed));
    const verdicts = verdictsOf();
    await marks(verdicts);
    expect((await history.verdicts('uid')).map(({ rule, declared }) => [rule, declared])).toEqual([
      ['spill', true],
      ['full-scan', false],
    ]);
    text = undefined;
    await clock.advance(5_000);
    expect(await marks(verdicts)).toEqual(['spill', 'full-scan dismissed']);
    expect((await history.verdicts('uid')).map(({ rule }) => rule)).toEqual(['full-scan']);
  });
  it('forgets a snooze whose time has come', async () => {
    await put(given('spill', { kind: 'snoozed', until: clock.now() + 10_000 }));
    const verdicts = verdictsOf();
    expect(await marks(verdicts)).toEqual(['spill snoozed', 'full-scan']);
    await clock.advance(10_000);
    expect(await marks(verdicts)).toEqual(['spill', 'full-scan']);
    expect(await history.verdicts('uid')).toEqual([]);
  });
  it('is asked once for the statements of a cycle', async () => {
    let asked = 0;
    const counting = {
      judge: history.judge,
      verdicts: (uid: string) => {
        asked += 1;
        return history.verdicts(uid);
      },
    };
    const verdicts = verdictsOf({ history: counting });
    await Promise.all([marks(verdicts), marks(verdicts), marks(verdicts)]);
    expect(asked).toBe(1);
    await clock.advance(5_000);
    await marks(verdicts);
    expect(asked).toBe(2);
  });
});

it('what is wrong in the annotation is told once, and again when it is changed', async () => {
  text = 'spil@f1: accepted\nspill@f1: accepted';
  const verdicts = verdictsOf();
  for (let i = 0; i < 3; i += 1) {
    expect(await marks(verdicts)).toEqual(['spill accepted', 'full-scan']);
    await clock.advance(5_000);
  }
  expect(told).toEqual(['line 1: there is no rule "spil"; did you mean "spill"?']);
  text = 'spill@f1: dropped';
  await marks(verdicts);
  expect(told).toHaveLength(2);
});
