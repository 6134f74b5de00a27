/**
 * What people say of a finding: of one rule at one statement of a target, whatever plan it has.
 * Accepted: it is right, and stays in sight until the plan is mended. Dismissed: it is not wanted
 * to be told. Snoozed: not before a time. Neither of the last two ends the finding: it is still
 * looked for and recorded, and there again once the verdict is taken back.
 */
export const verdictKinds = ['accepted', 'dismissed', 'snoozed'] as const;
export type VerdictKind = (typeof verdictKinds)[number];

/** `until`: milliseconds since the epoch. */
export type Opinion =
  | { kind: 'accepted'; why?: string }
  | { kind: 'dismissed'; why: string }
  | { kind: 'snoozed'; until: number; why?: string };

/** Without the plan's hash: a verdict holds for every plan that the statement comes to have. */
export interface FindingKey {
  rule: string;
  fingerprint: string;
}

export type Verdict = FindingKey &
  Opinion & {
    /** As they call themselves: one token lets everybody in. */
    by: string;
    /** When it was given, milliseconds since the epoch. */
    at: number;
    /** The target's annotation says it, and only its change takes it back. */
    declared: boolean;
  };

/** What is to be written so that a target's verdicts are what they should be. */
export interface VerdictChanges {
  put: readonly Verdict[];
  remove: readonly FindingKey[];
}

export interface VerdictCount {
  rule: string;
  kind: VerdictKind;
  count: number;
}

/** Of one target: people give some; a longer list is not read by anybody. */
export const mostGiven = 300;
/** The same in its annotation. */
export const mostDeclared = 200;
export const mostVerdicts = mostGiven + mostDeclared;

export const verdictKey = ({ rule, fingerprint }: FindingKey): string => `${rule}@${fingerprint}`;

/** The snooze's time has come. */
export const isOver = (opinion: Opinion, now: number): boolean =>
  opinion.kind === 'snoozed' && opinion.until <= now;

/** Not told: in no list's top, no status, no count. */
export const isMuted = ({ verdict }: { verdict?: VerdictKind | undefined }): boolean =>
  verdict === 'dismissed' || verdict === 'snoozed';

/** In force now; what the annotation says goes before what is stored. */
export function inForce(
  stored: readonly Verdict[],
  declared: readonly Verdict[],
  now: number,
): ReadonlyMap<string, Verdict> {
  const all = [...stored.filter((each) => !each.declared), ...declared];
  return new Map(all.filter((each) => !isOver(each, now)).map((each) => [verdictKey(each), each]));
}

/**
 * What differs between what is stored and what is in force: of the annotation what is new in it and
 * what it does not say any more, and snoozes whose time has come.
 */
export function verdictChanges(
  stored: readonly Verdict[],
  declared: readonly Verdict[],
  now: number,
): VerdictChanges {
  const wanted = inForce(stored, declared, now);
  const known = new Map(stored.map((each) => [verdictKey(each), each]));
  return {
    put: [...wanted].flatMap(([key, each]) => (isSame(known.get(key), each) ? [] : [each])),
    remove: stored
      .filter((each) => !wanted.has(verdictKey(each)))
      .map(({ rule, fingerprint }) => ({ rule, fingerprint })),
  };
}

/** When it was first read out of the annotation stays. */
const isSame = (before: Verdict | undefined, now: Verdict): boolean =>
  before !== undefined &&
  before.declared === now.declared &&
  before.kind === now.kind &&
  before.why === now.why &&
  untilOf(before) === untilOf(now);
const untilOf = (opinion: Opinion) => (opinion.kind === 'snoozed' ? opinion.until : undefined);
