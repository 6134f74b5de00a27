import { AppError } from '../base/errors.ts';
import type { History } from '../history/backends.ts';
import { giveVerdict, retractVerdict } from '../history/give-verdict.ts';
import type { KnownTarget, StoredFinding } from '../history/history-questions.ts';
import { isMuted, type Verdict, verdictKey } from '../model/verdict.ts';
import { targetLabel } from '../resources/kinds/database-target/target.ts';
import type { ListedFinding, VerdictPlace } from './verdict-place.ts';

/** What people say of findings, in the history itself. */
export function historyVerdicts(history: History): VerdictPlace {
  return {
    async list(wanted, muted) {
      const { uid } = await findTarget(history, wanted);
      const [found, verdicts] = await Promise.all([
        history.findings({ target: uid, includeMuted: muted, limit: listLimit }),
        history.verdicts(uid),
      ]);
      return [...found.map(listed), ...(muted ? unfound(found, verdicts) : [])];
    },
    async give(wanted, verdict) {
      const target = await findTarget(history, wanted);
      await giveVerdict(history, target, verdict);
      return targetLabel(target);
    },
    async retract(wanted, key) {
      const target = await findTarget(history, wanted);
      await retractVerdict(history, target, key);
      return targetLabel(target);
    },
    close: () => history.close(),
  };
}

/** As many as the API tells at once. */
const listLimit = 1_000;

const listed = ({ rule, fingerprint, message, severity, verdict }: StoredFinding) => ({
  rule,
  fingerprint,
  message,
  severity,
  ...(verdict ? { verdict } : {}),
});

/** Verdicts on what is not found now: they hold should it come back. */
function unfound(found: readonly StoredFinding[], verdicts: readonly Verdict[]): ListedFinding[] {
  const known = new Set(found.map(verdictKey));
  return verdicts
    .filter((each) => isMuted({ verdict: each.kind }) && !known.has(verdictKey(each)))
    .map((verdict) => ({ rule: verdict.rule, fingerprint: verdict.fingerprint, verdict }));
}

/** Of a target that was made anew the one that is collected; throws AppError('not_found'). */
async function findTarget(history: History, wanted: string): Promise<KnownTarget> {
  const slash = wanted.indexOf('/');
  const [namespace, name] =
    slash < 0 ? [undefined, wanted] : [wanted.slice(0, slash), wanted.slice(slash + 1)];
  const known = await history.targets(name);
  const meant = known.filter((each) => namespace === undefined || each.namespace === namespace);
  const labels = new Set(meant.map(targetLabel));
  const [target] = meant;
  if (!target) throw new AppError('not_found', `the history knows no target ${wanted}`);
  if (labels.size > 1)
    throw new AppError(
      'not_found',
      `several targets are named ${wanted}: ${[...labels].join(', ')}`,
    );
  return target;
}
