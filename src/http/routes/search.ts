import { asAppError } from '../../base/errors.ts';
import { pageOf } from '../../fleet/page.ts';
import { stateWords } from '../../fleet/states.ts';
import type { FleetTable } from '../../fleet/table.ts';
import type { HistoryQuestions } from '../../history/history-questions.ts';
import { type SearchAnswer, search, searchQuestion } from '../answers/search.ts';
import { type Api, says, type TargetName } from '../api.ts';
import type { Caller } from '../caller.ts';
import { excerptOf } from '../excerpt.ts';
import { TooMany } from '../sign-in.ts';
import { uidsOf } from './findings.ts';

/** What the field at the top of every page asks, of all that somebody may read. */
export interface SearchDeps {
  table: FleetTable;
  /** Those that there are: of others the history may still know something. */
  targets(): Iterable<TargetName>;
  history: Pick<HistoryQuestions, 'searchQueries' | 'findings'>;
}

/** Each reads tens of thousands of texts: of more at once everybody would wait longer. */
const mostAtOnce = 4;
/** Who types on has the one before still running. */
const mostOfOne = 2;

interface Asked {
  q: string;
  limit: number;
}

export function searchRoutes(api: Api, { table, targets: all, history }: SearchDeps): void {
  const running: string[] = [];
  api.get(
    '/api/v1/search',
    says('Targets, statements and findings in which a word is', search, {
      querystring: searchQuestion,
    }),
    async ({ query, caller }) => {
      const theirs = running.filter((user) => user === caller.user).length;
      if (theirs >= mostOfOne || running.length >= mostAtOnce)
        throw new TooMany('other searches run', 1);
      running.push(caller.user);
      try {
        const targets = targetsWith(table, query, caller);
        const found = await inHistory(history, query, uidsOf(all(), caller));
        return { q: query.q, targets, ...found };
      } finally {
        running.splice(running.indexOf(caller.user), 1);
      }
    },
  );
}

function targetsWith(table: FleetTable, { q, limit }: Asked, { mayRead }: Caller) {
  const asked = { mayRead, q, sort: 'attention', reverse: false, limit, from: 0 } as const;
  const { rows, more } = pageOf(table, asked);
  const items = rows.map(({ uid, namespace, name, state, why = null, glance }) => ({
    uid,
    namespace,
    name,
    engine: glance.engine ?? null,
    state,
    kind: stateWords[state].kind,
    why,
  }));
  return { items, more };
}

type InHistory = Pick<SearchAnswer, 'statements' | 'findings' | 'problem'>;

/** Targets are known from memory: a history that is away takes nothing from them. */
async function inHistory(
  history: SearchDeps['history'],
  { q, limit }: Asked,
  targets: readonly string[],
): Promise<InHistory> {
  const asked = { text: q, limit: limit + 1, targets };
  try {
    const [{ items, whole }, findings] = await Promise.all([
      history.searchQueries(asked),
      history.findings(asked),
    ]);
    const shown = items.slice(0, limit).map(({ text, ...each }) => ({
      ...each,
      ...(text === undefined ? {} : { text: excerptOf(text, q) }),
    }));
    return {
      statements: { items: shown, more: items.length > limit, whole },
      findings: { items: findings.slice(0, limit), more: findings.length > limit },
    };
  } catch (error) {
    const nothing = { items: [], more: false };
    const problem = asAppError(error).message;
    return { statements: { ...nothing, whole: false }, findings: nothing, problem };
  }
}
