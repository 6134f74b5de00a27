import type { AllFindingsAnswer } from '../../data/answers.ts';

/** What is said of findings of the whole fleet. Pure. */
export type FindingAnswer = AllFindingsAnswer['items'][number];

/** One at a statement of a target: what the address of an open one says. */
export const findingKey = ({ rule, fingerprint, target }: FindingAnswer): string =>
  `${rule}@${fingerprint}@${target}`;

const whole = (count: number) => count.toLocaleString('en-US');

/** Neither gone, nor said to be of no use by somebody. */
export const isOpen = ({
  resolvedAt,
  verdict,
}: Pick<FindingAnswer, 'resolvedAt' | 'verdict'>): boolean =>
  resolvedAt === undefined && (verdict === undefined || verdict.kind === 'accepted');

/** The most that can be won comes first: `saves` is of its own target's database time. */
export function findingsSentence(
  items: readonly FindingAnswer[],
  total: number,
  counts: AllFindingsAnswer['counts'],
  covered = true,
): { answer: string; rest: string } {
  const all = counts.reduce((sum, each) => sum + each.critical + each.warning + each.info, 0);
  if (total === 0) {
    const nothing = covered ? 'Nothing to fix.' : 'Nothing is known yet.';
    return { answer: all ? 'None is like that.' : nothing, rest: '' };
  }
  // Of some of them it is not said how many are critical.
  const critical = total < all ? 0 : counts.reduce((sum, each) => sum + each.critical, 0);
  const answer = `${whole(total)} finding${total === 1 ? '' : 's'}${
    critical ? `, ${whole(critical)} critical` : ''
  }.`;
  const best = items
    .filter(isOpen)
    .reduce<FindingAnswer | undefined>(
      (most, each) => ((each.saves ?? 0) > (most?.saves ?? 0) ? each : most),
      undefined,
    );
  const rest = best
    ? `Fix first: ${best.rule} at ${best.namespace}/${best.name}, which could save up to ` +
      `${savesWords(best.saves)} of its database time.`
    : '';
  return { answer, rest };
}

/** `31%`; of very little, that it is. */
export const savesWords = (saves: number | undefined): string =>
  saves === undefined ? '–' : saves < 0.01 ? '< 1%' : `${Math.round(saves * 100)}%`;

/** What it says of itself, and since when it is so. */
export const verdictWords: Record<NonNullable<FindingAnswer['verdict']>['kind'], string> = {
  accepted: 'accepted',
  dismissed: 'dismissed',
  snoozed: 'snoozed',
};

/** The command that does the same as the buttons; a dismissal says why. */
export const findingCommand = (
  { namespace, name, rule, fingerprint }: FindingAnswer,
  verb: 'accept' | 'dismiss' | 'snooze' | 'reopen',
): string => `${verb} ${namespace}/${name} ${rule} ${fingerprint}${options[verb]}`;
const options = { accept: '', dismiss: " --why '…'", snooze: ' --until 7d', reopen: '' };
