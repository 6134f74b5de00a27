import type { z } from 'zod';
import type {
  FindingCount,
  FindingsFilter,
  HistoryQuestions,
} from '../../history/history-questions.ts';
import type { Severity } from '../../model/finding.ts';
import { targetPath } from '../answers/common.ts';
import {
  type AllFindingsAnswer,
  allFindings,
  allFindingsQuestion,
  findings,
  findingsPage,
} from '../answers/findings.ts';
import { type Api, type FindTarget, says, type TargetName, targetRoute } from '../api.ts';
import type { Caller } from '../caller.ts';
import { offsetOf } from '../cursor.ts';
import { wordsOf } from '../words.ts';

export interface FindingDeps {
  find: FindTarget;
  /** Those that there are: of others the history may still know something. */
  targets(): Iterable<TargetName>;
  history: Pick<HistoryQuestions, 'findings' | 'findingCounts'>;
}

export function findingRoutes(api: Api, { find, targets, history }: FindingDeps): void {
  api.get(
    `${targetRoute}/findings`,
    says('Open findings, worst first, with what people said of them', findings, {
      params: targetPath,
      querystring: findingsPage,
    }),
    async ({ params, query: { limit, muted } }) => ({
      items: await history.findings({
        target: find(params).uid,
        includeMuted: muted === 'include',
        limit,
      }),
    }),
  );
  api.get(
    '/api/v1/findings',
    says('Findings of all targets, worst first, and how many there are by rule', allFindings, {
      querystring: allFindingsQuestion,
    }),
    async ({ query, caller }) => {
      const { limit } = query;
      const offset = offsetOf(query.cursor);
      const { rules, ...filter } = {
        ...filterOf(query, caller),
        targets: uidsOf(targets(), caller),
      };
      const asked = { ...filter, ...(rules ? { rules } : {}) };
      const [found, counted] = await Promise.all([
        history.findings({ ...asked, limit: limit + 1, offset }),
        history.findingCounts(filter),
      ]);
      return {
        items: found.slice(0, limit),
        total: counted
          .filter(({ rule }) => rules?.includes(rule) ?? true)
          .reduce((sum, { count }) => sum + count, 0),
        counts: countsOf(counted),
        ...(found.length > limit ? { next: String(offset + limit) } : {}),
      };
    },
  );
}

/** Of those that the caller may read. */
export const uidsOf = (targets: Iterable<TargetName>, { mayRead }: Caller): string[] =>
  Iterator.from(targets)
    .filter(({ namespace }) => mayRead(namespace))
    .map(({ uid }) => uid)
    .toArray();

/** What the caller may not read is not there, whatever they ask for. */
function filterOf(
  { q, sev, rule, ns, resolved, muted }: z.output<typeof allFindingsQuestion>,
  { readable, mayRead }: Caller,
): FindingsFilter {
  const asked = wordsOf(ns);
  const namespaces = asked ? asked.filter(mayRead) : readable === 'all' ? undefined : readable;
  const [rules, severities] = [wordsOf(rule), wordsOf(sev)];
  return {
    ...(q ? { text: q } : {}),
    ...(namespaces ? { namespaces } : {}),
    ...(rules ? { rules } : {}),
    ...(severities ? { severities: severities as Severity[] } : {}),
    includeResolved: resolved === 'include',
    onlyResolved: resolved === 'only',
    includeMuted: muted === 'include',
  };
}

function countsOf(counted: readonly FindingCount[]): AllFindingsAnswer['counts'] {
  const sum = (of: readonly FindingCount[], severity: Severity) =>
    of.find((each) => each.severity === severity)?.count ?? 0;
  return [...Map.groupBy(counted, ({ rule }) => rule)]
    .map(([rule, of]) => ({
      rule,
      critical: sum(of, 'critical'),
      warning: sum(of, 'warning'),
      info: sum(of, 'info'),
    }))
    .sort((a, b) => all(b) - all(a) || (a.rule < b.rule ? -1 : 1));
}
const all = ({ critical, warning, info }: AllFindingsAnswer['counts'][number]) =>
  critical + warning + info;
