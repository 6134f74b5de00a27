import { rules } from '../analysis/rules/index.ts';
import { AppError } from '../base/errors.ts';
import { systemClock } from '../base/node/clock.ts';
import {
  type FindingKey,
  isMuted,
  mostDeclared,
  type Verdict,
  verdictKey,
} from '../model/verdict.ts';
import {
  readFindingsAnnotation,
  withoutVerdict,
  withVerdict,
} from '../resources/kinds/database-target/findings-annotation.ts';
import type { DatabaseTargetStatus } from '../resources/kinds/database-target/status.ts';
import type { ClusterClient } from '../targets/kubernetes/cluster-client.ts';
import type { ListedFinding, VerdictPlace } from './verdict-place.ts';

/**
 * What people say of findings, in the annotation of the target: with the rights of who asks, and in
 * the cluster's audit log. Which findings there are the status tells, of the heaviest statements.
 */
export interface ClusterVerdicts {
  client: ClusterClient;
  /** Of a target that is named without one. */
  namespace: string;
  close(): Promise<void>;
}

export function clusterVerdicts({ client, namespace, close }: ClusterVerdicts): VerdictPlace {
  const change = async (
    target: string,
    work: (before: string) => string | undefined,
  ): Promise<string> => {
    const [home, name] = whereIs(target, namespace);
    await client.annotateFindings(home, name, (before = '') => work(before));
    return `${home}/${name}`;
  };
  return {
    async list(target, muted) {
      const [home, name] = whereIs(target, namespace);
      const [status, text] = await Promise.all([
        client.status(home, name),
        client.findingsAnnotation(home, name),
      ]);
      return listOf(status, read(text).verdicts, muted);
    },
    give: (target, verdict) =>
      change(target, (before) => {
        const { mistakes } = read(withVerdict('', verdict));
        if (mistakes[0]) throw new AppError('invalid_config', mistakes[0]);
        const after = withVerdict(before, verdict);
        if (read(after).verdicts.some((each) => verdictKey(each) === verdictKey(verdict)))
          return after;
        const message = `the annotation has ${mostDeclared} lines already, and no more are read`;
        throw new AppError('verdict_refused', message);
      }),
    retract: (target, key) =>
      change(target, (before) => {
        if (read(before).verdicts.some((each) => verdictKey(each) === verdictKey(key)))
          return withoutVerdict(before, key);
        const message = `the annotation of ${target} says nothing of ${verdictKey(key)}`;
        throw new AppError('not_found', message);
      }),
    close,
  };
}

const ruleIds = rules.map(({ id }) => id);
const read = (text: string | undefined) => readFindingsAnnotation(text, ruleIds, systemClock.now());

const whereIs = (target: string, namespace: string): [namespace: string, name: string] => {
  const slash = target.indexOf('/');
  return slash < 0 ? [namespace, target] : [target.slice(0, slash), target.slice(slash + 1)];
};

/** A finding of a status is its rule's name, marked where it is accepted. */
function listOf(
  { topQueries = [] }: DatabaseTargetStatus,
  verdicts: readonly Verdict[],
  muted: boolean,
): ListedFinding[] {
  const said = new Map(verdicts.map((each) => [verdictKey(each), each]));
  const found = topQueries.flatMap(({ fingerprint, findings, text }) =>
    findings.map((word) => ({ rule: word.split(' ')[0] ?? word, fingerprint, message: text })),
  );
  const known = new Set(found.map(verdictKey));
  const others = verdicts.filter((each) => !known.has(verdictKey(each)));
  return [...found, ...others.map(keyOf)]
    .map((each) => withSaid(each, said))
    .filter((each) => muted || !isMuted({ verdict: each.verdict?.kind }));
}

const keyOf = ({ rule, fingerprint }: FindingKey): FindingKey => ({ rule, fingerprint });

function withSaid<T extends FindingKey>(
  finding: T,
  said: ReadonlyMap<string, Verdict>,
): T & { verdict?: Verdict } {
  const verdict = said.get(verdictKey(finding));
  return verdict ? { ...finding, verdict } : finding;
}
