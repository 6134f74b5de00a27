import type { Label } from './case.ts';
import { costsSomething } from './cost.ts';
import { type CaseResult, judgedIn, type Spoken } from './result.ts';

/**
 * One case → right, missed, alarmed. A finding is right if its rule is one of the label's and it
 * names the label's table; what is folded under a right one is no alarm, and a right one that is
 * folded under a wrong one has not spoken. Every other finding is a false alarm, whatever its
 * severity: it is shown to people by default.
 */
export interface Verdict {
  found: boolean;
  /** Rules that spoke rightly, once each. */
  right: string[];
  /** The rule of each false alarm. */
  alarms: string[];
}

export function judge(label: Label, findings: readonly Spoken[]): Verdict {
  const right = findings.filter((finding) => isRight(label, finding));
  const alarms = findings.filter((finding) => !right.includes(finding));
  return {
    found: right.length > 0,
    right: [...new Set(right.map(({ rule }) => rule))],
    alarms: alarms.map(({ rule }) => rule),
  };
}

const isRight = (label: Label, { rule, message, fix }: Spoken): boolean =>
  label.kind === 'defect' &&
  label.rules.includes(rule) &&
  (label.table === undefined || names(`${message} ${fix}`, label.table));

/** As a word of its own: `orders` is not in `orders_id_idx`. */
const names = (text: string, table: string): boolean =>
  text
    .toLowerCase()
    .split(/[^\w$]+/)
    .includes(table.toLowerCase());

/** What is scored, and why the rest is not. */
export type Standing = 'scored' | 'no defect' | 'not collected' | 'broken';

export function standingOf({ label, cost, outcome }: CaseResult): Standing {
  if (outcome.kind === 'broken') return 'broken';
  if (label.kind === 'defect' && cost && !costsSomething(label.defect, cost)) return 'no defect';
  // A defect that the product cannot look at is missed; a control that it cannot look at says
  // nothing of the rules.
  if (label.kind === 'healthy' && !judgedIn(outcome)) return 'not collected';
  return 'scored';
}

export const verdictOf = ({ label, outcome }: CaseResult): Verdict =>
  judge(label, judgedIn(outcome)?.findings ?? []);
