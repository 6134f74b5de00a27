import { round } from '../../../src/render/figures.ts';
import type { QueryDetailAnswer } from '../../data/target-answers.ts';
import { clock } from '../../parts/span.ts';
import { isOpen } from '../findings/finding-words.ts';

/** What is to be known of a statement first: its worst finding, whether its plan changed. Pure. */
export function statementSentence(detail: QueryDetailAnswer): string {
  const worst = detail.findings.find(isOpen);
  const found = worst
    ? [`${worst.rule}: ${worst.message}`]
    : detail.plans.length
      ? ['No rule finds anything wrong with its plan']
      : [];
  return [...found, plansWords(detail)].join('. ');
}

/** `Its plan changed on 3 Nov, 14:02; the new one is expected to cost 14 times as much`. */
function plansWords({ plans, latestHash, latestCode }: QueryDetailAnswer): string {
  if (plans.length === 0)
    return latestCode ? `It has no plan: ${latestCode}` : 'It has no plan yet';
  const now = plans.find(({ hash }) => hash === latestHash) ?? plans[0];
  const before = plans
    .filter(({ hash, parameters }) => hash !== now?.hash && parameters === now?.parameters)
    .toSorted((a, b) => b.lastSeen - a.lastSeen)[0];
  if (!now || !before) return onlyWords(plans.length, now?.parameters);
  if (before.lastSeen > now.lastSeen) return 'It alternates between plans';
  const ratio = now.cost / Math.max(before.cost, 1e-9);
  const words =
    ratio >= tellRatio
      ? `; the new one is expected to cost ${round(ratio)} times as much`
      : ratio <= 1 / tellRatio
        ? `; the new one is expected to cost ${round(1 / ratio)} times less`
        : '';
  return `Its plan changed on ${clock(now.firstSeen)}${words}`;
}
const tellRatio = 1.2;

/** Plans for values that ran and for average ones are not changes of each other. */
const onlyWords = (plans: number, parameters = 'generic') =>
  plans < 2
    ? 'It has had one plan so far'
    : parameters === 'generic'
      ? 'It has had one plan for average values so far; others are for values that ran'
      : 'It has had one plan for values that ran so far; others are for average ones';
