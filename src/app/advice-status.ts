import { AppError } from '../base/errors.ts';
import { formatPercent, formatTime } from '../base/quantity.ts';
import { changeLine } from '../model/advice-words.ts';
import type { AdviceRun } from '../model/proposal.ts';
import type { DatabaseTargetStatus } from '../resources/kinds/database-target/status.ts';

/** A run of the advisor as a target's status tells it: small, and without its statements. Pure. */
export type AdviceStatus = NonNullable<DatabaseTargetStatus['advice']>;

const firstLimit = 160;

export function adviceStatus({ endedAt, agreement, proposals }: AdviceRun): AdviceStatus {
  const [first] = proposals;
  const saves = proposals.reduce((sum, { evidence }) => sum + evidence.benefitShare, 0);
  const line = first && `${changeLine(first.change)} (${first.id})`;
  return {
    at: formatTime(endedAt),
    ...(agreement ? { agreement: `${agreement.agreed} of ${agreement.compared}` } : {}),
    open: proposals.length,
    ...(saves > 0 ? { saves: formatPercent(Math.min(1, saves)) } : {}),
    ...(line ? { first: cut(line) } : {}),
  };
}

export const failedAdvice = (error: unknown, now: number): AdviceStatus => ({
  at: formatTime(now),
  open: 0,
  problem: cut(
    error instanceof AppError ? `${error.code}: ${error.message}` : 'internal: unexpected failure',
  ),
});

const cut = (text: string): string =>
  text.length > firstLimit ? `${text.slice(0, firstLimit - 1)}…` : text;
