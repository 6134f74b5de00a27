import { keyWords, rateWords } from '../../../src/model/advice-words.ts';
import type { StatementEffect } from '../../../src/model/proposal.ts';
import { milliseconds, percent } from '../../../src/render/figures.ts';
import type { ProposalAnswer, RunAnswer } from '../../data/advice.ts';
import type { Tone } from '../../parts/mark.tsx';
import { clock } from '../../parts/span.ts';

/** What is said of advice. Costs are the planner's own units, and never called time. Pure. */
export type Phase = ProposalAnswer['state']['phase'];

export const phaseLooks: Record<Phase, { word: string; tone: Tone }> = {
  Proposed: { word: 'proposed', tone: 'info' },
  Approved: { word: 'approved', tone: 'wait' },
  Deferred: { word: 'waits', tone: 'wait' },
  Applying: { word: 'under way', tone: 'wait' },
  Cleaning: { word: 'cleaning up', tone: 'warning' },
  Hidden: { word: 'hidden', tone: 'wait' },
  Observing: { word: 'observed', tone: 'wait' },
  RollingBack: { word: 'being taken back', tone: 'warning' },
  Kept: { word: 'kept', tone: 'calm' },
  RolledBack: { word: 'taken back', tone: 'silent' },
  Failed: { word: 'failed', tone: 'critical' },
  Withdrawn: { word: 'withdrawn', tone: 'silent' },
  Rejected: { word: 'rejected', tone: 'silent' },
  Expired: { word: 'expired', tone: 'silent' },
  Gone: { word: 'gone', tone: 'silent' },
};

/** Somebody may still say yes or no to it. */
export const isOpen = ({ state }: ProposalAnswer): boolean => state.phase === 'Proposed';

/** It is in force, or was. */
export const isDone = ({ state }: Pick<ProposalAnswer, 'state'>): boolean =>
  ['Observing', 'Kept', 'RollingBack', 'RolledBack'].includes(state.phase);

/** What is built and dropped here; the rest a person runs. */
export const isOfIndex = ({ change }: Pick<ProposalAnswer, 'change'>): boolean =>
  change.kind === 'create-index' || change.kind === 'drop-index';

/** `index on orders (customer_id, created_at)`, `drop orders_email_idx`. */
export function changeWords({ change }: Pick<ProposalAnswer, 'change'>): string {
  switch (change.kind) {
    case 'create-index':
      return `index on ${indexWords(change.index)}`;
    case 'drop-index':
      return `drop ${change.name}`;
    case 'create-statistics':
      return `statistics on ${change.table} (${change.columns.join(', ')})`;
    case 'analyze':
      return `analyze ${change.table}`;
  }
}

export type Index = Extract<ProposalAnswer['change'], { kind: 'create-index' }>['index'];

const indexWords = (index: Index): string => `${index.table} ${keysWords(index)}`;

/** `(customer_id, created_at desc) with total where paid`, as SQL has it after the table. */
export function keysWords({ keys, include, where, method, unique }: Index): string {
  return (
    `${unique ? 'unique ' : ''}${method === 'btree' ? '' : `using ${method} `}` +
    `(${keys.map(keyWords).join(', ')})` +
    (include?.length ? ` with ${include.join(', ')}` : '') +
    (where ? ` where ${where}` : '')
  );
}

/** Database time a day, as people say it: `12 min a day`. */
export function perDay(ms: number): string {
  const size = Math.abs(ms);
  const text =
    size >= 3_600_000
      ? `${(size / 3_600_000).toPrecision(2)} h`
      : size >= 120_000
        ? `${Math.round(size / 60_000)} min`
        : milliseconds(size);
  return `${ms < 0 ? '−' : ''}${text} a day`;
}

export function bytes(size: number): string {
  const [amount, unit] =
    Math.abs(size) >= 2 ** 30
      ? [size / 2 ** 30, 'GiB']
      : Math.abs(size) >= 2 ** 20
        ? [size / 2 ** 20, 'MiB']
        : [size / 1_024, 'KiB'];
  return `${amount < 0 ? '−' : ''}${figure(Math.abs(amount))} ${unit}`;
}
const figure = (value: number) => (value >= 10 ? Math.round(value).toString() : value.toFixed(1));

/** Why an index could go, and of how many servers that is known. */
export function dropWords({ change }: Pick<ProposalAnswer, 'change'>): string | undefined {
  if (change.kind !== 'drop-index') return undefined;
  const { because } = change;
  switch (because.kind) {
    case 'redundant':
      return `redundant: ${because.covered} serves what it does`;
    case 'invalid':
      return 'invalid: no plan may use it, though writes may pay for it';
    case 'unused':
      return (
        `unused since ${clock(because.since)} on ${because.servers.join(', ') || 'this server'}` +
        (because.unknownServers ? '; of replicas nothing is known' : '')
      );
  }
}

/** What one looks at: all of it, what is to be built, or what could go. */
export const kinds = {
  build: { title: 'to build', of: ['create-index', 'create-statistics', 'analyze'] },
  drop: { title: 'indexes that could go', of: ['drop-index'] },
} as const satisfies Record<string, { title: string; of: ProposalAnswer['change']['kind'][] }>;
export type AdviceKind = keyof typeof kinds;

export const isOfKind = ({ change }: ProposalAnswer, kind: string | undefined): boolean =>
  kind === undefined ||
  !Object.hasOwn(kinds, kind) ||
  (kinds[kind as AdviceKind].of as readonly string[]).includes(change.kind);

/** The answer first: what is the most that can be had, and by how much it is believed. */
export function adviceSentence(open: readonly ProposalAnswer[]): { answer: string; rest: string } {
  if (open.length === 0) return { answer: 'Nothing is proposed.', rest: '' };
  const saved = open.reduce((sum, { evidence }) => sum + evidence.benefitMsPerDay, 0);
  const [best] = open.toSorted((a, b) => b.evidence.benefitMsPerDay - a.evidence.benefitMsPerDay);
  const answer = `${open.length} proposal${open.length === 1 ? '' : 's'}.`;
  if (!best || saved <= 0) return { answer, rest: '' };
  const watched = open.map(({ evidence }) => evidence.watchedMs ?? Number.POSITIVE_INFINITY);
  const rate = rateWords(Math.min(...watched));
  return {
    answer,
    rest:
      `Together they would save about ${perDay(saved)} if time follows cost${rate}. First: ` +
      `${changeWords(best)} at ${nameOf(best)}, ${percent(best.evidence.benefitShare)} of its ` +
      'database time.',
  };
}

/** Which of the server's: several may have the same tables. Not where a schema is a database. */
export function databaseWords({ database, change }: Pick<ProposalAnswer, 'change' | 'database'>) {
  const { schema } = 'index' in change ? change.index : change;
  return schema === database ? undefined : `in ${database}`;
}

export const nameOf = ({ target }: Pick<ProposalAnswer, 'target'>): string =>
  target.namespace === undefined ? target.name : `${target.namespace}/${target.name}`;

/** `8,215 → 12, 685 times less`; of what nobody has planned `8,215 now`. */
export function costWords({
  costBefore,
  costAfter,
}: Pick<StatementEffect, 'costBefore' | 'costAfter'>) {
  if (costBefore === undefined) return 'not known';
  if (costAfter === undefined) return `${cost(costBefore)} now`;
  const [more, less] = [costAfter / costBefore, costBefore / costAfter];
  const ratio =
    less >= 1.05 ? `${times(less)} less` : more >= 1.05 ? `${times(more)} more` : 'the same';
  return `${cost(costBefore)} → ${cost(costAfter)}, ${ratio}`;
}
const cost = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
const times = (ratio: number) =>
  ratio >= 2
    ? `${Math.round(ratio).toLocaleString('en-US')} times`
    : `${Math.round((ratio - 1) * 100)}%`;

/** What a run could do and could not: `24 of 26 statements were weighed, …`. */
export function runWords(run: RunAnswer) {
  const { statements, withheld, agreement, selection, whatIfCalls, planner } = run;
  if (planner === 'rules')
    return `${statements.weighed} statements were weighed by rules: no plan with an index was made`;
  const without = withheld.reduce((sum, each) => sum + each.statements, 0);
  return [
    `${statements.planned} of ${statements.weighed} statements could be planned`,
    without ? `${without} get no advice` : '',
    agreement
      ? `${agreement.agreed} of ${agreement.compared} plans agree with those of the server`
      : 'nothing was there to compare plans with',
    `${whatIfCalls.toLocaleString('en-US')} plans were tried`,
    selection ? boundWords(selection) : '',
  ]
    .filter(Boolean)
    .join('; ');
}

const boundWords = ({ gap, method }: NonNullable<RunAnswer['selection']>) =>
  gap <= 0 && method === 'optimal'
    ? 'no other set of indexes within the budget would do better'
    : `no other set would do better by more than ${percent(gap)}`;
