import { describe, expect, it } from 'vitest';
import { mostDeclared, type Verdict } from '../../../model/verdict.ts';
import {
  annotationLimit,
  readFindingsAnnotation,
  withoutVerdict,
  withVerdict,
} from './findings-annotation.ts';

const rules = ['full-scan', 'spill', 'misestimate'];
const now = Date.UTC(2026, 10, 26);
const read = (text: string) => readFindingsAnnotation(text, rules, now);
const key = { rule: 'spill', fingerprint: 'f1' };
const common = { ...key, by: 'annotation', at: now, declared: true };

describe('a line', () => {
  it.each<[string, object]>([
    ['spill@f1: accepted', { kind: 'accepted' }],
    ['spill@f1:accepted, it is right', { kind: 'accepted', why: 'it is right' }],
    ['  spill@f1 : dismissed, a, b: c', { kind: 'dismissed', why: 'a, b: c' }],
    [
      'spill@f1: snoozed until 2026-12-24, release 12',
      { kind: 'snoozed', until: Date.UTC(2026, 11, 24), why: 'release 12' },
    ],
    [
      'spill@f1: snoozed until 2026-01-01',
      { kind: 'snoozed', until: Date.UTC(2026, 0, 1) }, // over, and no mistake
    ],
    ["spill@f1: dismissed, only where a = 'x'", { kind: 'dismissed', why: 'only where a = ?' }],
  ])('%s', (line, verdict) =>
    expect(read(line)).toEqual({ verdicts: [{ ...common, ...verdict }], mistakes: [] }),
  );
  it.each([
    ['spill', /"spill" is not as rule@fingerprint: dismissed, why/],
    ['spill: dismissed, x', /is not as/],
    ['spil@f1: accepted', /no rule "spil"; did you mean "spill"\?/],
    ['spill@f1: ignored', /"ignored" is none of accepted, dismissed, snoozed/],
    ['spill@f1: dismissed', /wants a reason/],
    ['spill@f1: dismissed, \t', /wants a reason/],
    ['spill@f1: dismissed until 2026-12-24, x', /only snoozed has an until/],
    ['spill@f1: snoozed', /wants the date/],
    ['spill@f1: snoozed until 7d', /wants the date/],
    ['spill@f1: snoozed until then', /"then" is no time/],
    ['spill@f1: snoozed until 2099-01-01', /more than a year/],
  ])('%s is wrong', (line, message) =>
    expect(read(line)).toEqual({ verdicts: [], mistakes: [expect.stringMatching(message)] }),
  );
});

describe('the annotation', () => {
  it('may be absent, empty, and have comments', () => {
    expect(readFindingsAnnotation(undefined, rules, now)).toEqual({ verdicts: [], mistakes: [] });
    expect(read('\n# why: they are old\n\n')).toEqual({ verdicts: [], mistakes: [] });
  });
  it('holds where it is right, and says the line where it is wrong', () =>
    expect(read('# all of it\nspill@f1: accepted\nspill\nfull-scan@f2: accepted')).toMatchObject({
      verdicts: [{ rule: 'spill' }, { rule: 'full-scan' }],
      mistakes: [expect.stringMatching(/^line 3: /)],
    }));
  it('is read up to a limit', () => {
    const lines = Array.from({ length: mostDeclared + 1 }, (_, i) => `spill@f${i}: accepted`);
    expect(read(lines.join('\n')).verdicts).toHaveLength(mostDeclared);
    expect(read(lines.join('\n')).mistakes).toHaveLength(1);
    expect(read('x'.repeat(annotationLimit + 1)).mistakes).toEqual([
      expect.stringMatching(/longer than/),
    ]);
  });
});

describe('to change it', () => {
  const verdict: Verdict = { ...common, kind: 'dismissed', why: 'known' };
  it('a line is put at its end, or in the place of what was said', () => {
    expect(withVerdict('', verdict)).toBe('spill@f1: dismissed, known');
    expect(withVerdict('# ours\nspill@f1: accepted\nspill@f2: accepted', verdict)).toBe(
      '# ours\nspill@f2: accepted\nspill@f1: dismissed, known',
    );
    const until = Date.UTC(2026, 11, 24);
    const written = withVerdict('', { ...common, kind: 'snoozed', until });
    expect(read(written).verdicts).toEqual([{ ...common, kind: 'snoozed', until }]);
  });
  it('what is taken out leaves the rest, or nothing', () => {
    expect(withoutVerdict('# ours\nspill@f1: accepted', key)).toBe('# ours');
    expect(withoutVerdict('spill@f1: accepted', key)).toBeUndefined();
    expect(withoutVerdict('spill@f10: accepted', key)).toBe('spill@f10: accepted');
  });
});
