import { AppError } from '../base/errors.ts';
import { type FindingKey, mostGiven, type Verdict, verdictKey } from '../model/verdict.ts';
import type { HistoryQuestions, KnownQuery } from './history-questions.ts';
import type { HistoryWriter } from './history-writer.ts';

/**
 * A person says something of a finding, by the API or the command line: what is known → may it be
 * said → one row. The target's annotation goes another way (app/verdicts.ts).
 */
export type Judged = Pick<HistoryQuestions, 'verdicts' | 'recall'> & Pick<HistoryWriter, 'judge'>;

interface Subject {
  uid: string;
  namespace: string;
  name: string;
}

interface Known {
  stored: readonly Verdict[];
  statement: KnownQuery | undefined;
}

/** Throws AppError: not_found where there is no such finding, verdict_refused. */
export async function giveVerdict(
  history: Judged,
  target: Subject,
  verdict: Verdict,
): Promise<Verdict> {
  const [stored, [statement]] = await Promise.all([
    history.verdicts(target.uid),
    history.recall(target.uid, [verdict.fingerprint]),
  ]);
  check(target, verdict, { stored, statement });
  await history.judge(target.uid, { put: [verdict], remove: [] });
  return verdict;
}

/** Returns what had been said. Throws as giving does. */
export async function retractVerdict(
  history: Judged,
  target: Subject,
  key: FindingKey,
): Promise<Verdict> {
  const given = find(await history.verdicts(target.uid), key);
  if (!given)
    throw new AppError('not_found', `nothing has been said of ${verdictKey(key)} ${of(target)}`);
  if (given.declared) throw declared(target, key);
  await history.judge(target.uid, { put: [], remove: [key] });
  return given;
}

function check(target: Subject, key: FindingKey, { stored, statement }: Known): void {
  const before = find(stored, key);
  if (before?.declared) throw declared(target, key);
  if (before) return;
  if (!statement?.findings.some(({ rule }) => rule === key.rule))
    throw new AppError(
      'not_found',
      `there is no open finding ${key.rule} at the statement ${key.fingerprint} ${of(target)}`,
    );
  if (stored.filter((each) => !each.declared).length >= mostGiven)
    throw new AppError(
      'verdict_refused',
      `${mostGiven} verdicts ${of(target)} are kept, and no more`,
    );
}

const find = (stored: readonly Verdict[], key: FindingKey) =>
  stored.find((each) => verdictKey(each) === verdictKey(key));

const declared = (target: Subject, key: FindingKey) =>
  new AppError(
    'verdict_refused',
    `the annotation dbintel.io/findings ${of(target)} says something of ${verdictKey(key)}: ` +
      'change it there',
  );

const of = ({ namespace, name }: Subject) => `of ${namespace}/${name}`;
