import type { AllFindingsAnswer, VerdictAnswer, VerdictRequest } from './answers.ts';
import { ask, inPath } from './client.ts';

/** What a person says of a finding, sent. */
type Finding = Pick<
  AllFindingsAnswer['items'][number],
  'namespace' | 'name' | 'rule' | 'fingerprint'
>;

export interface Said {
  finding: Finding;
  kind: VerdictRequest['kind'];
  why: string;
  /** Of a snooze: how long from now, `7d`. */
  until: string;
}

const pathOf = ({ namespace, name, rule, fingerprint }: Finding): string =>
  `targets/${inPath(namespace, name)}/findings/${inPath(rule, fingerprint)}/verdict`;

export const giveVerdict = ({ finding, ...said }: Said): Promise<VerdictAnswer> =>
  ask(pathOf(finding), { method: 'PUT', body: requestOf(said) });
export const takeVerdictBack = (finding: Finding): Promise<unknown> =>
  ask(pathOf(finding), { method: 'DELETE' });

export function requestOf({ kind, why, until }: Omit<Said, 'finding'>): VerdictRequest {
  if (kind === 'dismissed') return { kind, why };
  const reason = why ? { why } : {};
  return kind === 'snoozed' ? { kind, until, ...reason } : { kind, ...reason };
}
