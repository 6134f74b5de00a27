import type { HistoryQuestions } from '../../history/history-questions.ts';
import { type Plan, preorder } from '../../model/plan.ts';
import { targetPath } from '../answers/common.ts';
import { queries, queriesQuestion, queryDetail, queryPath } from '../answers/queries.ts';
import { series, seriesQuestion, steps } from '../answers/series.ts';
import { type Api, type FindTarget, NotFound, says, targetRoute } from '../api.ts';
import { offsetOf } from '../cursor.ts';
import { asListed } from '../excerpt.ts';
import { rangeOf } from '../range.ts';
import { seriesOver } from '../series-over.ts';

export interface QueryDeps {
  find: FindTarget;
  history: Pick<
    HistoryQuestions,
    'queries' | 'query' | 'series' | 'plans' | 'plan' | 'findings' | 'recall'
  >;
  now(): number;
}

/** Of one statement. */
const mostPlans = 100;
const mostFindings = 200;
/** Of hours: as long as they are kept, and a year. */
const mostSteps = 9_000;

export function queryRoutes(api: Api, deps: QueryDeps): void {
  const { find, history, now } = deps;
  api.get(
    `${targetRoute}/queries`,
    says('Statements of the last day, most database time first', queries, {
      params: targetPath,
      querystring: queriesQuestion,
    }),
    async ({ params, query: { limit, cursor, order, ...range } }) => {
      const target = find(params).uid;
      const offset = offsetOf(cursor);
      const asked = { target, ...rangeOf(range, now()), order, limit: limit + 1, offset };
      const found = await history.queries(asked);
      const items = found.slice(0, limit).map(asListed);
      return { items, ...(found.length > limit ? { next: String(offset + limit) } : {}) };
    },
  );
  api.get(
    `${targetRoute}/queries/:fingerprint`,
    says('One statement: its text, tables, plans, and findings', queryDetail, {
      params: queryPath,
    }),
    async ({ params: { fingerprint, ...path } }) => detail(deps, find(path).uid, fingerprint),
  );
  api.get(
    `${targetRoute}/queries/:fingerprint/series`,
    says('One statement over time, and which plan it had', series, {
      params: queryPath,
      querystring: seriesQuestion,
    }),
    async ({ params: { fingerprint, ...path }, query: { step, ...range } }) => {
      const target = find(path).uid;
      const { since, until } = rangeOf(range, now());
      const stepMs = steps[step];
      if ((until - since) / stepMs > mostSteps)
        throw Object.assign(new Error(`a range of at most ${mostSteps} steps is wanted`), {
          statusCode: 400,
        });
      const hours = await history.series({ target, fingerprint, since, until });
      return seriesOver(hours, { since, until, stepMs });
    },
  );
}

async function detail({ history, now }: QueryDeps, target: string, fingerprint: string) {
  const { since } = rangeOf({}, now());
  const query = await history.query({ target, fingerprint, since });
  if (!query) throw new NotFound('there is no such statement');
  const [plans, findings] = await Promise.all([
    history.plans({ target, fingerprint, limit: mostPlans }),
    history.findings({
      target,
      fingerprint,
      includeResolved: true,
      includeMuted: true,
      limit: mostFindings,
    }),
  ]);
  const latest = plans.find(({ hash }) => hash === query.latestHash) ?? plans[0];
  const stored = latest && (await history.plan(latest));
  const isResolved = ({ resolvedAt }: { resolvedAt?: number }) => resolvedAt !== undefined;
  return {
    ...query,
    tables: stored ? tablesOf(stored.plan) : [],
    plans,
    findings: findings.toSorted((a, b) => Number(isResolved(a)) - Number(isResolved(b))),
  };
}

function tablesOf({ root }: Plan): string[] {
  const names = preorder(root).flatMap(({ relation }) =>
    relation?.kind === 'table'
      ? [relation.schema ? `${relation.schema}.${relation.name}` : relation.name]
      : [],
  );
  return [...new Set(names)].sort();
}
