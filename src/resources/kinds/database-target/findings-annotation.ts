import { formatTime } from '../../../base/quantity.ts';
import { remark } from '../../../model/remark.ts';
import { readUntil } from '../../../model/until.ts';
import { type FindingKey, mostDeclared, type Verdict, verdictKey } from '../../../model/verdict.ts';
import { didYouMean } from '../../did-you-mean.ts';
import { apiGroup } from '../../kind.ts';
import { shownLength } from '../../mistake.ts';

/**
 * What is said of a target's findings by an annotation of the target itself, a line each:
 *
 *     full-scan@4c1f0a9be2d35f70: dismissed, the nightly export reads all of it
 *     spill@8d2c77a1b0934e5f: snoozed until 2026-12-24, the index comes with release 12
 *     misestimate@8d2c77a1b0934e5f: accepted
 *
 * A line that is wrong is said, and the others hold. Empty lines and those that begin with # are
 * for people. Pure.
 */
export const findingsAnnotation = `${apiGroup}/findings`;

/** Two hundred lines with whys of full length. */
export const annotationLimit = 65_536;

export interface Declared {
  verdicts: Verdict[];
  /** Sentences for people: what is wrong, where, and what would be right. */
  mistakes: string[];
}

const nothing: Declared = { verdicts: [], mistakes: [] };

/** What a line looks like before its words are understood. */
const shape =
  /^([^\s@:]{1,64})@([^\s@:]{1,128})\s*:\s*([a-z]+)(?:\s+until\s+([^\s,]+))?\s*(?:,(.*))?$/;

export function readFindingsAnnotation(
  text: string | undefined,
  rules: readonly string[],
  now: number,
): Declared {
  if (text === undefined) return nothing;
  if (text.length > annotationLimit)
    return { verdicts: [], mistakes: [`is longer than ${annotationLimit} characters`] };
  const lines = text
    .split('\n')
    .map((line, i) => ({ line: line.trim(), place: `line ${i + 1}` }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'));
  const read = lines.slice(0, mostDeclared).map(({ line, place }) => {
    const found = readLine(line, rules, now);
    return typeof found === 'string' ? `${place}: ${found}` : found;
  });
  const verdicts = read.filter((each) => typeof each !== 'string');
  const mistakes = read.filter((each) => typeof each === 'string');
  if (lines.length > mostDeclared)
    mistakes.push(`has more than ${mostDeclared} lines; those behind are not read`);
  return { verdicts, mistakes };
}

/** The verdict, or what is wrong. */
function readLine(line: string, rules: readonly string[], now: number): Verdict | string {
  const [, rule = '', fingerprint = '', kind, until, words = ''] = shape.exec(line) ?? [];
  if (!kind) return `"${line.slice(0, shownLength)}" is not as rule@fingerprint: dismissed, why`;
  if (!rules.includes(rule)) {
    const meant = didYouMean(rule, rules);
    return `there is no rule "${rule}"${meant ? `; did you mean "${meant}"?` : ''}`;
  }
  const common = { rule, fingerprint, by: 'annotation', at: now, declared: true };
  const why = remark(words);
  if (kind !== 'snoozed' && until) return `${kind} is without end: only snoozed has an until`;
  switch (kind) {
    case 'accepted':
      return { ...common, kind, ...(why ? { why } : {}) };
    case 'dismissed':
      return why ? { ...common, kind, why } : 'dismissed wants a reason: dismissed, why';
    case 'snoozed':
      return readSnooze(common, until, why, now);
    default:
      return `"${kind}" is none of accepted, dismissed, snoozed`;
  }
}

/** One that is over is no mistake: the line may stand until somebody tidies up. */
function readSnooze(
  common: Pick<Verdict, keyof FindingKey | 'by' | 'at' | 'declared'>,
  written: string | undefined,
  why: string,
  now: number,
): Verdict | string {
  if (!written || /^\d+\D*$/.test(written))
    return 'snoozed wants the date at which it ends: snoozed until 2026-12-24';
  const read = readUntil(written, now);
  if (read.kind === 'wrong') return read.why;
  return { ...common, kind: 'snoozed', until: read.until, ...(why ? { why } : {}) };
}

/** The annotation with one line more, or another in its place; comments stay. */
export function withVerdict(text: string, verdict: Verdict): string {
  return [...withoutKey(text, verdict), lineOf(verdict)].join('\n');
}

/** Undefined: there is nothing left in it. */
export function withoutVerdict(text: string, key: FindingKey): string | undefined {
  return withoutKey(text, key).join('\n') || undefined;
}

const withoutKey = (text: string, key: FindingKey): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith(`${verdictKey(key)}:`));

function lineOf(verdict: Verdict): string {
  const until = verdict.kind === 'snoozed' ? ` until ${formatTime(verdict.until)}` : '';
  return `${verdictKey(verdict)}: ${verdict.kind}${until}${verdict.why ? `, ${verdict.why}` : ''}`;
}
