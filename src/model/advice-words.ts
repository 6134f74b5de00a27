import { formatCost, formatDuration, formatPercent } from '../base/quantity.ts';
import type { IndexDef, IndexKey } from './index-def.ts';
import type {
  AdviceRun,
  Change,
  Evidence,
  StatementEffect,
  TableRefusal,
  Unseen,
} from './proposal.ts';

/**
 * What is advised, in the words of terminal, status and pages. A cost is the planner's and never
 * called a time; how sure one may be is said with what that stands on. Pure, browser-safe.
 */

/** `create index`, `drop redundant index`. */
export const changeWord = (change: Change): string =>
  change.kind === 'drop-index'
    ? `drop ${change.because.kind} index`
    : change.kind.replace('-', ' ');

/** `create index on public.orders (id)`, `drop invalid index x on public.orders (id)`. */
export const changeLine = (change: Change): string =>
  `${changeWord(change)} ${change.kind === 'drop-index' ? '' : 'on '}${changePlace(change)}`;

/** `public.orders (customer_id, created_at desc)`. */
export function changePlace(change: Change): string {
  switch (change.kind) {
    case 'create-index':
      return indexWords(change.index);
    case 'drop-index':
      return `${change.name} on ${indexWords(change.index)}`;
    case 'create-statistics':
      return `${change.schema}.${change.table} (${change.columns.join(', ')})`;
    case 'analyze':
      return `${change.schema}.${change.table}`;
    default:
      return change satisfies never;
  }
}

export function indexWords({ schema, table, method, keys, include, where, unique }: IndexDef) {
  const kind = method === 'btree' ? '' : `${method} `;
  return [
    `${schema}.${table} ${kind}(${keys.map(keyWords).join(', ')})`,
    unique ? 'unique' : '',
    include?.length ? `with ${include.join(', ')}` : '',
    where ? `where ${where}` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

/** As an answer of the API has it, too: all that makes it another key is said. */
type KeyShown = {
  [K in 'column' | 'expression' | 'collation' | 'opclass']?: string | undefined;
} & {
  letters?: number | undefined;
  descending?: boolean | undefined;
  nulls?: IndexKey['nulls'];
};

export const keyWords = (key: KeyShown): string =>
  [
    key.column === undefined ? `(${key.expression})` : key.column + lettersWords(key.letters),
    key.collation ? `collate ${key.collation}` : '',
    key.opclass ?? '',
    key.descending ? 'desc' : '',
    key.nulls ? `nulls ${key.nulls}` : '',
  ]
    .filter(Boolean)
    .join(' ');

const lettersWords = (letters: number | undefined): string =>
  letters === undefined ? '' : `(${letters})`;

/** `8,215 → 25`; of what was not planned `8,215 → ?`, or nothing. */
export function costWords({
  costBefore,
  costAfter,
}: Pick<StatementEffect, 'costBefore' | 'costAfter'>): string {
  if (costBefore === undefined) return '–';
  return `${formatCost(costBefore)} → ${costAfter === undefined ? '?' : formatCost(costAfter)}`;
}

/** `high: 41 of 42 plans are the same as on the server`. */
export const confidenceWords = ({ confidence, because }: Evidence): string =>
  because.length ? `${confidence}: ${because.join('; ')}` : confidence;

/** On what a saving stands: `if time follows cost, at the rate of the 40s that were watched`. */
export const savingWords = ({
  planner,
  watchedMs,
}: Pick<Evidence, 'planner'> & { watchedMs?: number | undefined }): string =>
  (planner === 'rules' ? 'at most, as a rule sees it' : 'if time follows cost') +
  rateWords(watchedMs);

const day_ms = 86_400_000;

/** What is said beside figures of a day where no whole day was watched. */
export const rateWords = (watchedMs: number | undefined): string =>
  watchedMs !== undefined && watchedMs < day_ms
    ? `, at the rate of the ${formatDuration(watchedMs)} that were watched`
    : '';

/** Less is what rounding leaves of a proof. */
const noGap = 0.000_5;

/** How far the set that was chosen may be from the best one there is. */
export function gapWords(selection: AdviceRun['selection']): string | undefined {
  if (!selection) return undefined;
  const { gap, method } = selection;
  if (method !== 'greedy' && gap < noGap)
    return 'no other set within the budget is cheaper, by the model (proven)';
  const away = `a set that is up to ${formatPercent(gap)} cheaper is not ruled out`;
  return method === 'greedy' ? `${away}: chosen one by one` : `${away}: time ran out`;
}

/** `41 of 42 plans are the same in the what-if planner as on the server`. */
export const agreementWords = (agreement: AdviceRun['agreement']): string | undefined =>
  agreement &&
  `${agreement.agreed} of ${agreement.compared} plans are the same in the what-if planner as on ` +
    'the server';

const refusals: Record<TableRefusal, string> = {
  many_indexes: 'it has twelve or more',
  many_partitions: 'there are more partitions beneath than are taken over',
  foreign_partitions: 'it has partitions on other servers',
  nested_partitions: 'its partitions have partitions themselves',
};

/** With a code of whatever version has written it. */
type UnseenShown =
  | Unseen
  | { kind: 'plans' | 'indexes'; database: string; code: string }
  | { kind: 'sandbox' | 'sandbox-cut' | 'sandbox-left'; code: string };

/** A line each. */
export function unseenWords(unseen: UnseenShown): string {
  switch (unseen.kind) {
    case 'plans':
      return `database ${unseen.database}: no statement was planned (${unseen.code})`;
    case 'indexes':
      return `database ${unseen.database}: its indexes were not listed (${unseen.code})`;
    case 'extended-statistics':
      return (
        `database ${unseen.database}: ${unseen.count} extended statistics are not shown to the ` +
        'role that collects'
      );
    case 'table':
      return (
        `table ${unseen.schema}.${unseen.table}: no index is advised, ` + refusals[unseen.reason]
      );
    case 'sandbox':
      return `the sandbox could not be asked (${unseen.code}): what is advised is by rules`;
    case 'sandbox-cut':
      return (
        `the sandbox went away before all was tried (${unseen.code}): what was measured until ` +
        'then stands, the rest is by rules'
      );
    case 'sandbox-table':
      return (
        `table ${unseen.schema}.${unseen.table} of the sandbox was held by others for a while: ` +
        'some index may not have been tried on it'
      );
    case 'sandbox-left':
      return (
        `indexes that were tried may still be on the sandbox (${unseen.code}): the next run ` +
        'drops them'
      );
    case 'replica':
      return `replica ${unseen.name} was not looked at of late: no index is said to be unused`;
    default:
      return unseen satisfies never;
  }
}

/** `withheld: plan_differs 3, no_sample 2`. */
export const withheldWords = (withheld: AdviceRun['withheld']): string =>
  withheld
    .toSorted((a, b) => b.statements - a.statements)
    .map(({ code, statements }) => `${code} ${statements}`)
    .join(', ');
