import { describe, expect, it } from 'vitest';
import { inForce, type Opinion, type Verdict, verdictChanges } from './verdict.ts';

const verdict = (rule: string, opinion: Opinion, declared = false): Verdict => ({
  rule,
  fingerprint: 'f1',
  by: 'maria',
  at: 1,
  declared,
  ...opinion,
});
const dismissed = (rule: string, why = 'known', declared = false) =>
  verdict(rule, { kind: 'dismissed', why }, declared);
const snoozed = (until: number) => verdict('spill', { kind: 'snoozed', until });
const rulesOf = (stored: Verdict[], declared: Verdict[], now: number) =>
  [...inForce(stored, declared, now).values()].map(({ rule, why }) => `${rule} ${why}`);

describe('verdicts in force', () => {
  it('the annotation goes before what was given otherwise', () =>
    expect(
      rulesOf([dismissed('spill', 'old'), dismissed('full-scan')], [dismissed('spill', 'new')], 0),
    ).toEqual(['spill new', 'full-scan known']));
  it('what the annotation said and does not say any more is over', () =>
    expect(rulesOf([dismissed('spill', 'known', true)], [], 0)).toEqual([]));
  it('a snooze ends when its time has come', () => {
    expect(inForce([snoozed(10)], [], 9).size).toBe(1);
    expect(inForce([snoozed(10)], [], 10).size).toBe(0);
  });
});

describe('what is to be written', () => {
  const nothing = { put: [], remove: [] };
  it('nothing, where everything is as it should be', () => {
    const said = dismissed('spill', 'known', true);
    expect(verdictChanges([said], [{ ...said, at: 99 }], 0)).toEqual(nothing);
    expect(verdictChanges([dismissed('spill'), snoozed(10)], [], 9)).toEqual(nothing);
  });
  it('what the annotation says anew or otherwise', () => {
    const said = dismissed('spill', 'of another mind', true);
    expect(verdictChanges([dismissed('spill', 'known', true)], [said], 0)).toEqual({
      put: [said],
      remove: [],
    });
    expect(verdictChanges([dismissed('spill', 'of another mind')], [said], 0).put).toEqual([said]);
  });
  it('what is gone from it, and snoozes that are over', () =>
    expect(
      verdictChanges([dismissed('full-scan', 'known', true), snoozed(10)], [], 10).remove,
    ).toEqual([
      { rule: 'full-scan', fingerprint: 'f1' },
      { rule: 'spill', fingerprint: 'f1' },
    ]));
});
